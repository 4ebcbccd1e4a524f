"""Sidecars that have an API of Kubernetes: the number of nodes, the memory and the events, while it comes and goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from peerfinder.core.codec import to_json
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import DecisionSummary
from tests.support.kube_api import Fault, KubeApi, running
from tests.support.sidecars import Sidecars, wait_for

STUCK = DecisionSummary("wait", 5, "waiting for db-2", "galeractl recover --without db-2", ("db-2",), True)


@pytest.fixture
def api(idle: Sidecars) -> Iterator[KubeApi]:
    with running(idle.root, tls=True) as api:
        api.namespace = "default"
        api.put("configmaps", "db-memory", {"metadata": {"labels": {"app": "db"}}})
        api.put("statefulsets", "db", {"spec": {"replicas": 2}})
        for node in idle.nodes[:2]:
            api.put("pods", node.name, {"metadata": {"uid": f"uid-of-{node.name}"}})
            node.start(
                idle.dns.address, "--memory", "configmap:db-memory", "--statefulset", "db", "--api", api.url,
                "--api-dir", str(api.directory),
            )  # fmt: skip
        for node in idle.nodes[:2]:
            wait_for("the number of the API", lambda node=node: node.snapshot and node.snapshot.expected)  # type: ignore[misc]
        yield api


def test_a_scale_counts_at_once_and_the_file_only_without_the_api(idle: Sidecars, api: KubeApi) -> None:
    node = idle.nodes[0]
    assert len(node.snapshot.expected) == 2  # the file says 3
    api.put("statefulsets", "db", {"spec": {"replicas": 1}})
    wait_for("a scale down", lambda: len(node.snapshot.expected) == 1, seconds=4)
    api.fault = Fault.BROKEN
    wait_for("the file", lambda: len(node.snapshot.expected) == 3)
    api.fault = Fault.NONE
    wait_for("the API again", lambda: len(node.snapshot.expected) == 1, seconds=4)


def test_the_memory_is_swapped_by_one_and_read_by_all(idle: Sidecars, api: KubeApi) -> None:
    one, other = idle.nodes[:2]
    wait_for("an empty memory", lambda: one.snapshot.memory_fresh)
    memory = to_json(ClusterMemory("6f0e2a34-0000-11f1-8000-00000000000a", replicas=2))
    question = {"verb": "swap", "expected_version": 0, "memory": memory}
    assert one.ask(question)["outcome"] == "swapped"
    assert other.ask(question)["outcome"] == "conflict"
    wait_for("the other reads it", lambda: other.snapshot.memory.version == 1)
    found = api.objects["configmaps", "db-memory"]
    assert json.loads(found["data"]["memory"])["replicas"] == 2
    assert found["metadata"]["labels"] == {"app": "db"}


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.BROKEN, Fault.CLOSED, Fault.NONSENSE])
def test_without_the_api_everything_goes_on_and_the_memory_is_not_fresh(
    idle: Sidecars, api: KubeApi, fault: Fault
) -> None:
    one, other = idle.nodes[:2]
    wait_for("fresh", lambda: one.snapshot.memory_fresh)
    api.fault = fault
    wait_for("not fresh", lambda: not one.snapshot.memory_fresh)
    assert one.snapshot.memory_problem
    written = one.snapshot.written_at
    wait_for("looks go on", lambda: one.snapshot.written_at > written + 1)
    assert other.name in one.snapshot.reports
    assert one.http("/metrics")[0] == one.http("/livez")[0] == 200
    assert one.ask({"verb": "swap", "expected_version": 0, "memory": {}})["outcome"] == "unreachable"
    api.fault = Fault.NONE
    wait_for("fresh again", lambda: one.snapshot.memory_fresh)


def test_what_a_person_wants_to_know_is_an_event_of_the_pod(idle: Sidecars, api: KubeApi) -> None:
    node = idle.nodes[1]
    node.facts = replace(node.facts, decision=STUCK)

    def found() -> list[dict[str, object]]:
        return [one for (plural, _name), one in list(api.objects.items()) if plural == "events"]

    (event,) = wait_for("an event", found)
    assert (event["reason"], event["involvedObject"]["uid"]) == ("WaitingForPeer", "uid-of-db-1")
    assert event["message"] == "waiting for db-2. What ends it: galeractl recover --without db-2"
