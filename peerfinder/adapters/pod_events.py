"""Events on the own pod: what `kubectl describe pod` shows below everything else.

The same event again raises the count of the one that is there, as long as the API keeps that (an hour by default).
Names are new with each start of this program: without the right to read events, a name that exists would be a riddle.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections import OrderedDict
from typing import Any, Protocol

from peerfinder.core.events import Event

COMPONENT = "peerfinder"
WRITE_SECONDS = 3.0  # for one request; nobody waits for it
KEPT = 50  # different events that can be counted


class Objects(Protocol):
    """The Kubernetes API as far as it is needed; all raise OSError and ValueError with a sentence."""

    def get(self, kind: str, name: str, within: float) -> dict[str, Any]:
        """Read an object."""

    def create(self, kind: str, new: dict[str, Any], within: float) -> dict[str, Any]:
        """Create an object."""

    def patch(self, kind: str, name: str, change: dict[str, Any], within: float) -> dict[str, Any]:
        """Merge a change into an object."""


class PodEvents:
    """The events of one pod, written one after the other."""

    def __init__(self, api: Objects, pod: str, namespace: str) -> None:
        self._api, self._pod, self._namespace = api, pod, namespace
        self._uid = ""
        self._written: OrderedDict[Event, tuple[str, int]] = OrderedDict()

    def write(self, event: Event) -> None:
        """Write an event, or count it once more; raises OSError and ValueError."""
        name, count = self._written.get(event, ("", 0))
        now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if name:
            try:
                self._api.patch("Event", name, {"count": count + 1, "lastTimestamp": now}, WRITE_SECONDS)
                self._written[event] = (name, count + 1)
                return
            except FileNotFoundError:  # the API has forgotten it
                del self._written[event]
        name = f"{self._pod}.{secrets.token_hex(8)}"
        self._api.create("Event", self._body(event, name, now), WRITE_SECONDS)
        self._written[event] = (name, 1)
        while len(self._written) > KEPT:
            self._written.popitem(last=False)

    def _body(self, event: Event, name: str, now: str) -> dict[str, Any]:
        if not self._uid:  # without it the event is of no pod; it is read once, this pod has no other
            self._uid = str(self._api.get("Pod", self._pod, WRITE_SECONDS)["metadata"]["uid"])
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": self._namespace},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": "Pod",
                "name": self._pod,
                "namespace": self._namespace,
                "uid": self._uid,
            },
            "type": event.kind.value,
            "reason": event.reason,
            "message": event.message,
            "count": 1,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "source": {"component": COMPONENT},
            "reportingComponent": COMPONENT,
            "reportingInstance": self._pod,
        }
