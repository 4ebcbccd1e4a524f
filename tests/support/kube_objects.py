"""Objects as the Kubernetes API gives them: the StatefulSet of a release, its pods, machines and events."""

from __future__ import annotations

import copy
from typing import Any

from tests.support import chart

Raw = dict[str, Any]
SCHEDULER = (
    "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. preemption: 0/3 nodes are available"
)


def a_stateful_set(release: str = "my", namespace: str = "shop", **values: Any) -> Raw:
    """The StatefulSet that the chart makes."""
    found = copy.deepcopy(chart.render(values, release=release).one("StatefulSet"))
    found["metadata"]["namespace"] = namespace
    return found


def a_pod(name: str, *, machine: str = "node1", address: str = "10.1.0.7", **status: Any) -> Raw:
    """A pod that runs well; `status` replaces parts of that."""
    running = {
        "phase": "Running",
        "podIP": address,
        "conditions": [{"type": "PodScheduled", "status": "True"}],
        "initContainerStatuses": [a_container("peerfinder")],
        "containerStatuses": [a_container("galera")],
    }
    metadata = {"name": name, "namespace": "shop"}
    return {"metadata": metadata, "spec": {"nodeName": machine}, "status": running | status}


def a_pending_pod(name: str, message: str = SCHEDULER) -> Raw:
    """A pod for which the scheduler found no machine."""
    refused = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    return {"metadata": {"name": name, "namespace": "shop"}, "spec": {},
            "status": {"phase": "Pending", "conditions": [refused]}}  # fmt: skip


def a_container(name: str, *, restarts: int = 0, last: Raw | None = None, **state: Raw) -> Raw:
    """The status of a container, running unless `state` says otherwise."""
    return {"name": name, "restartCount": restarts, "state": state or {"running": {}},
            "lastState": {"terminated": last} if last else {}}  # fmt: skip


def a_machine(name: str, *, status: str = "True", message: str = "") -> Raw:
    """A machine (a Node)."""
    ready = {"type": "Ready", "status": status, "message": message}
    return {"metadata": {"name": name}, "status": {"conditions": [{"type": "DiskPressure", "status": "False"}, ready]}}


def an_event(reason: str, message: str, *, kind: str = "Warning", at: str = "2026-11-28T10:00:00Z") -> Raw:
    """An event of something."""
    return {"type": kind, "reason": reason, "message": message, "lastTimestamp": at}
