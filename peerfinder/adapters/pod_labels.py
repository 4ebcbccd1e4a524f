"""Labels of pods: what Services select."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

WRITE_SECONDS = 2.0  # for one request; no look waits for it

Wanted = Mapping[str, str | None]


class Objects(Protocol):
    """The Kubernetes API as far as it is needed; raises OSError and ValueError with a sentence."""

    def get(self, kind: str, name: str, within: float) -> dict[str, Any]:
        """Read an object."""

    def patch(self, kind: str, name: str, change: dict[str, Any], within: float) -> dict[str, Any]:
        """Merge a change into an object."""


class PodLabels:
    """The labels of the own pod, and a label that another pod must not have."""

    def __init__(self, api: Objects, pod: str) -> None:
        self._api, self._pod = api, pod

    def write(self, labels: Wanted) -> None:
        """Set labels of the own pod, and remove those that are None; raises OSError and ValueError."""
        self._patch(self._pod, labels)

    def replace(self, pod: str, label: str, value: str, labels: Wanted) -> None:
        """Set labels of another pod if one of its labels has a value; raises OSError and ValueError."""
        try:
            found = self._api.get("Pod", pod, WRITE_SECONDS)
            if ((found.get("metadata") or {}).get("labels") or {}).get(label) == value:
                self._patch(pod, labels)
        except FileNotFoundError:  # a pod that is not there has no label
            return

    def _patch(self, pod: str, labels: Wanted) -> None:
        self._api.patch("Pod", pod, {"metadata": {"labels": dict(labels)}}, WRITE_SECONDS)
