"""galeractl with a kubeconfig, outside of the cluster: the same answers as in a pod, and what becomes of pods."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.support import lab
from tests.support.cluster import wait_for
from tests.support.release import Release

SAME = (
    "name",
    "ordinal",
    "address",
    "role",
    "ready",
    "phase",
    "state",
    "cluster_status",
    "version",
    "read_only",
    "flags",
)


def galeractl(release: Release, *words: str) -> subprocess.CompletedProcess[str]:
    """Run it as a person does, in the release's namespace."""
    command = [sys.executable, "-m", "galeractl", "-n", release.ns.name, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)


def status(release: Release, *words: str) -> dict[str, Any]:
    """The answer of status --json."""
    told = galeractl(release, *words, "status", "--json")
    assert told.returncode in {0, 1}, told.stderr
    return dict(json.loads(told.stdout))


def node(release: Release, ordinal: int) -> dict[str, Any]:
    """What is told of one node."""
    return next((one for one in status(release)["nodes"] if one["ordinal"] == ordinal), {"role": "", "flags": []})


def substance(told: dict[str, Any]) -> dict[str, Any]:
    """What does not change from one moment to the next while clients write."""
    whole = {key: told[key] for key in ("cluster", "uuid", "state", "tolerates", "summary", "writer", "epoch")}
    return whole | {"nodes": [{key: one[key] for key in SAME} for one in told["nodes"]]}


@pytest.mark.smoke
def test_it_tells_the_same_as_in_a_pod(cluster: Release, figure: Any) -> None:
    def alike() -> bool:
        return substance(status(cluster)) == substance(cluster.status())

    wait_for("the same answer from a laptop and from a pod", alike, 60)
    began = time.monotonic()
    assert galeractl(cluster, "status").returncode == 0
    figure(laptop_status=time.monotonic() - began)
    from_a_pod = cluster.ns.exec(cluster.node(0), "galera", "galeractl", "topology")
    assert _names(galeractl(cluster, "topology").stdout) == _names(from_a_pod)
    assert galeractl(cluster, "recover").returncode == 0
    cluster.assert_nothing_lost()


def _names(drawn: str) -> list[str]:
    """The head of a drawing, and its nodes with their marks: the rest changes all the time."""
    return [line.partition("[")[0] for line in drawn.strip().splitlines()]


def test_orders_reach_the_agents(cluster: Release) -> None:
    former = status(cluster)["writer"]
    moved = galeractl(cluster, "takeover", "--json")
    assert moved.returncode == 0, moved.stderr
    wait_for("all nodes to know the new writer", lambda: status(cluster)["writer"] not in {former, None}, 30)
    newest = json.loads(galeractl(cluster, "history", "--json").stdout)["history"][0]
    assert (newest["former"], newest["node"]) == (former, status(cluster)["writer"])
    cluster.assert_nothing_lost()


def test_a_pod_without_a_machine_is_named_with_the_schedulers_reason(cluster: Release) -> None:
    machines = len(cluster.ns.objects("nodes"))
    cluster.scale(machines + 1)
    try:
        wait_for(
            "the node without a machine to be pending",
            lambda: "anti-affinity" in node(cluster, machines).get("reason", ""),
            60,
        )
        found = node(cluster, machines)
        assert found["role"] == "pending"
        assert found["reason"].startswith("its pod is Pending: ")
        assert "antiAffinity=preferred" in found["remedy"]
        assert f"- {cluster.node(machines)}  [-,pending," in galeractl(cluster, "topology").stdout
    finally:
        cluster.scale(3)
    cluster.wait_ready()
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()


def test_of_two_releases_one_has_to_be_named(cluster: Release) -> None:
    other = Release(cluster.ns, "galera-two")
    other.install({"antiAffinity": "none"}, replicas=1)
    try:
        several = galeractl(cluster, "status")
        assert several.returncode == 2
        assert "2 releases are in namespace" in several.stderr
        assert "--release NAME: galera, galera-two" in several.stderr
        assert status(cluster, "--release", "galera-two")["cluster"] == "galera-two"
        assert galeractl(cluster, "--release", "galera", "status").returncode == 0
    finally:
        other.uninstall()
    cluster.assert_nothing_lost()


@pytest.mark.power
def test_a_machine_without_power_is_named(cluster: Release) -> None:
    kept = (cluster.ns.get("pod", cluster.client.name) or {})["spec"]["nodeName"]
    machines = {name: pod["spec"]["nodeName"] for name, pod in cluster.pods().items()}
    secondaries = [one for one in status(cluster)["nodes"] if one["role"] == "secondary"]
    victim = next(one["ordinal"] for one in secondaries if machines[one["name"]] != kept)
    machine = machines[cluster.node(victim)]
    with lab.power_cut(machine):
        wait_for("Kubernetes to miss the machine", lambda: "machine-not-ready" in node(cluster, victim)["flags"], 120)
        found = node(cluster, victim)
        assert found["role"] == "unreachable"
        assert found["reason"].startswith(f"its machine {machine} is NotReady")
        assert status(cluster)["state"] == "ONLINE_PARTIAL"
    cluster.wait_ready()
    cluster.assert_nothing_lost()
