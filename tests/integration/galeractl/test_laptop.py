"""galeractl on a laptop: what it tells of real sidecars behind the port-forwards of a pretended Kubernetes."""

from __future__ import annotations

import json

from tests.support.kube_objects import SCHEDULER, a_container, a_machine, a_pod, a_stateful_set, an_event
from tests.support.laptop import Laptop
from tests.support.sidecars import TOKEN

HISTORY = "6f0e2a34-0000-11f1-8000-00000000000a"


def test_every_node_is_asked_and_the_pod_of_a_silent_one_is_told(laptop: Laptop) -> None:
    told = laptop.status()
    assert (told["cluster"], told["state"], told["uuid"]) == ("db", "NO_QUORUM", HISTORY)
    assert [node["role"] for node in told["nodes"]] == ["waiting", "waiting", "pending"]
    assert [node["seqno"] for node in told["nodes"]] == [812, 812, None]
    assert told["nodes"][2]["reason"] == f"its pod is Pending: {SCHEDULER}"
    shown = laptop("status")
    assert shown.returncode == 1
    assert "galeractl --context lab -n shop --release my recover --without db-2" in shown.stdout
    assert "kubectl --context lab -n shop scale statefulset db" in shown.stdout
    drawn = laptop("topology")
    assert drawn.returncode == 0
    assert f"- db-2  [-,pending,-,-,-,]  its pod is Pending: {SCHEDULER}" in drawn.stdout
    page = laptop("page")
    assert page.stdout.startswith("kubectl --context lab port-forward -n shop db-0 8008:8008\nhttp://127.0.0.1:8008/ ")
    for said in (shown, drawn, page):
        assert TOKEN not in said.stdout + said.stderr


def test_a_machine_without_power_and_a_pod_that_is_not_there_are_named(laptop: Laptop) -> None:
    dark = a_machine("node1", status="Unknown", message="Kubelet stopped posting node status.")
    laptop.api.put("nodes", "node1", dark)
    del laptop.api.forwards["db-1"]
    del laptop.api.objects["pods", "db-2"]
    refused = an_event("FailedCreate", "exceeded quota: small")
    laptop.api.put("events", "e1", refused | {"involvedObject": {"kind": "StatefulSet", "name": "db"}})
    told = laptop.status()
    assert told["nodes"][1]["flags"] == ["needs-operator", "machine-not-ready"]
    assert told["nodes"][1]["seqno"] == 812  # db-0 hears it
    assert told["nodes"][2]["reason"] == "it has no pod: FailedCreate: exceeded quota: small"


def test_an_image_that_is_not_there_and_a_container_that_crashes_are_named(laptop: Laptop) -> None:
    lacking = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off"}}
    laptop.put_pod(a_pod("db-2", phase="Pending", initContainerStatuses=[a_container("peerfinder", **lacking)]))
    assert laptop.status()["nodes"][2]["reason"] == "its container peerfinder has no image: ImagePullBackOff (Back-off)"
    crashes = a_container(
        "galera", restarts=3, last={"exitCode": 2, "reason": "Error"}, waiting={"reason": "CrashLoopBackOff"}
    )
    laptop.put_pod(a_pod("db-2", containerStatuses=[crashes]))
    told = laptop.status()["nodes"][2]
    assert told["reason"] == "its container galera ends again and again (3 restarts): exit code 2"
    assert told["remedy"] == "kubectl -n shop logs db-2 -c galera --previous"


def test_what_a_person_may_not_see_is_left_out(laptop: Laptop) -> None:
    laptop.api.forbidden |= {"nodes", "events", "configmaps"}
    told = laptop.status()
    assert (told["state"], told["uuid"]) == ("NO_QUORUM", HISTORY)  # an agent told the memory
    assert [node["role"] for node in told["nodes"]] == ["waiting", "waiting", "pending"]


def test_a_word_for_the_memory_is_stored_in_its_configmap(laptop: Laptop) -> None:
    explained = laptop("recover", "--json")
    assert explained.returncode == 0
    assert "db-2" in json.loads(explained.stdout)["would"]
    stored = laptop("recover", "--without", "db-2", "--yes", "--timeout", "1")
    assert stored.returncode == 3, stored.stderr  # these nodes have no servers that could follow
    memory = json.loads(laptop.api.objects["configmaps", "db-memory"]["data"]["memory"])
    assert (memory["override"]["without"], memory["version"]) == (["db-2"], 1)


def test_a_word_that_may_not_be_stored_is_told(laptop: Laptop) -> None:
    laptop.api.forbidden.add("PUT configmaps")
    refused = laptop("recover", "--without", "db-2", "--yes")
    assert refused.returncode == 4
    assert "update configmap db-memory in namespace shop is forbidden" in refused.stderr


def test_a_cluster_of_no_nodes_is_offline(laptop: Laptop) -> None:
    found = a_stateful_set("my", fullnameOverride="db")
    found["spec"]["replicas"] = 0
    laptop.api.put("statefulsets", "db", found)
    for name in ("db-0", "db-1", "db-2"):
        del laptop.api.objects["pods", name]
    told = laptop.status()
    assert (told["state"], told["nodes"]) == ("OFFLINE", [])
    assert "kubectl -n shop scale statefulset db --replicas=3" in told["summary"]
