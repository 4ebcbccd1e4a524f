"""What is read from objects of the API; the StatefulSet is the one that the chart makes."""

from __future__ import annotations

import pytest

from galeractl.adapters.kube_objects import Release, machine_trouble, newest_warning, pod_of, release_of
from galeractl.core.pods import Container
from tests.support.kube_objects import SCHEDULER, a_container, a_machine, a_pending_pod, a_pod, a_stateful_set, an_event

PODS = "app.kubernetes.io/component=node,app.kubernetes.io/instance=my,app.kubernetes.io/name=galera"


def test_a_release_is_read_from_its_stateful_set():
    assert release_of(a_stateful_set()) == Release(
        "my", "shop", "my-galera", 3, PODS, "my-galera", "agent-token", "my-galera-memory", 8008
    )


def test_nothing_of_a_release_is_guessed_from_its_name():
    auth = {"existingSecret": "shared", "existingSecretKeys": {"agentToken": "word"}}
    found = release_of(a_stateful_set(nameOverride="base", fullnameOverride="db", auth=auth, replicas=5))
    assert found
    assert (found.name, found.set_name, found.replicas) == ("my", "db", 5)
    assert (found.secret, found.token_key, found.memory) == ("shared", "word", "db-memory")
    assert "app.kubernetes.io/name=base" in found.selector


def test_a_stateful_set_of_something_else_is_no_release():
    other = a_stateful_set()
    other["spec"]["template"]["spec"]["initContainers"][0]["name"] = "init"
    assert release_of(other) is None
    assert release_of({"metadata": {"name": "x"}, "spec": {}}) is None


def test_no_replicas_are_not_the_default_of_one():
    none = a_stateful_set()
    none["spec"]["replicas"] = 0
    found = release_of(none)
    assert found
    assert found.replicas == 0


def test_a_pod_that_runs():
    found = pod_of(a_pod("my-galera-1"), "my-galera")
    assert (found.phase, found.machine, found.address, found.unscheduled) == ("Running", "node1", "10.1.0.7", "")
    assert found.containers == (Container("peerfinder", "running"), Container("galera", "running"))
    assert not found.is_ending


def test_a_pod_without_a_machine_has_the_schedulers_words():
    found = pod_of(a_pending_pod("my-galera-2"), "my-galera")
    assert (found.phase, found.machine, found.unscheduled) == ("Pending", "", SCHEDULER)
    assert found.containers == ()


def test_a_container_that_crashes_has_its_last_end():
    waits = a_container(
        "galera", restarts=4, last={"exitCode": 2, "reason": "Error"},
        waiting={"reason": "CrashLoopBackOff", "message": "back-off 40s\nrestarting"},
    )  # fmt: skip
    found = pod_of(a_pod("my-galera-0", containerStatuses=[waits], initContainerStatuses=[]), "my-galera")
    assert found.containers == (
        Container("galera", "waiting", "CrashLoopBackOff", "back-off 40s restarting", 4, 2, "Error"),
    )


def test_a_pod_that_is_deleted_is_ending():
    raw = a_pod("my-galera-0")
    raw["metadata"]["deletionTimestamp"] = "2026-11-28T10:00:00Z"
    assert pod_of(raw, "my-galera").is_ending


MACHINES = {
    "Ready": (a_machine("node1"), ""),
    "silent": (
        a_machine("node1", status="Unknown", message="Kubelet stopped posting node status."),
        "NotReady (Kubelet stopped posting node status.)",
    ),
    "no word of it": ({"metadata": {"name": "node1"}}, "NotReady"),
    "deleted": (None, "not known to Kubernetes any more"),
}


@pytest.mark.parametrize(("raw", "trouble"), MACHINES.values(), ids=MACHINES)
def test_the_trouble_of_a_machine(raw, trouble):
    assert machine_trouble(raw) == trouble


def test_the_newest_warning_counts():
    events = [
        an_event("FailedMount", "no such volume", at="2026-11-28T10:00:05Z"),
        an_event("FailedScheduling", "no machine", at="2026-11-28T09:00:00Z"),
        an_event("Pulled", "image is there", kind="Normal", at="2026-11-28T11:00:00Z"),
    ]
    assert newest_warning(events) == "FailedMount: no such volume"
    assert newest_warning([]) == ""


def test_long_words_are_cut():
    assert len(newest_warning([an_event("Failed", "word " * 200)])) < 330
