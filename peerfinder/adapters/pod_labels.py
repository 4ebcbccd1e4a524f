"""Labels of the own pod: what Services select."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

WRITE_SECONDS = 2.0  # for one request; no look waits for it


class Objects(Protocol):
    """The Kubernetes API as far as it is needed; raises OSError and ValueError with a sentence."""

    def patch(self, kind: str, name: str, change: dict[str, Any], within: float) -> dict[str, Any]:
        """Merge a change into an object."""


class PodLabels:
    """The labels of one pod."""

    def __init__(self, api: Objects, pod: str) -> None:
        self._api, self._pod = api, pod

    def write(self, labels: Mapping[str, str | None]) -> None:
        """Set labels, and remove those that are None; raises OSError and ValueError."""
        self._api.patch("Pod", self._pod, {"metadata": {"labels": dict(labels)}}, WRITE_SECONDS)
