"""SIGTERM in every phase: the node is gone within ten seconds."""

from __future__ import annotations

import time

import pytest

import tests.support.cluster
from tests.support.cluster import LocalCluster, wait_for

LIMIT = 10.0


def stopped_within_limit(cluster: LocalCluster, name: str) -> bool:
    began = time.monotonic()
    cluster.stop(name)
    took = time.monotonic() - began
    pid = cluster.node(name).facts()["server_pid"]
    return took < LIMIT and pid == 0


@pytest.mark.parametrize("after", [0.0, 0.3, 0.6, 1.0], ids=lambda seconds: f"{seconds} s after its start")
def test_while_it_looks_at_its_volume(crashed: LocalCluster, after: float):
    crashed.start("db-0", wait=False)
    time.sleep(after)  # an offset, not a wait: the phases before the first decision last about a second
    began = time.monotonic()
    crashed.stop("db-0")
    assert time.monotonic() - began < LIMIT
    crashed.start()
    assert crashed.rows() == 20


def test_while_it_waits(crashed: LocalCluster):
    crashed.start("db-0", wait=False)
    crashed.wait_for_decision("db-0", "wait", "waiting for db-1 (")
    assert stopped_within_limit(crashed, "db-0")


def test_while_it_receives_a_state_transfer(cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(tests.support.cluster.ENVIRONMENT, *tests.support.cluster.BY_SST)
    cluster.galeractl("local", "wipe", "db-1")
    cluster.start(wait=False)
    wait_for("the state transfer", (cluster.node("db-1").datadir / ".sst").exists, 60, cluster.words)
    assert stopped_within_limit(cluster, "db-1")


def test_while_it_serves_and_then_without_its_quorum(cluster: LocalCluster):
    cluster.start()
    assert stopped_within_limit(cluster, "db-2")
    assert "ended status=0" in cluster.node("db-2").log()
    assert cluster.node("db-2").facts()["decision"] is None  # what led to its start says nothing of its end
    cluster.kill("db-1")
    wait_for(
        "db-0 to lose its quorum", lambda: cluster.node("db-0").status("wsrep_cluster_status") == "non-Primary", 20
    )
    assert stopped_within_limit(cluster, "db-0")


def test_while_it_initialises(yard):
    cluster = LocalCluster(yard / "initialising")
    try:
        cluster.start(wait=False)
        wait_for("db-0 to initialise", lambda: cluster.node("db-0").facts().get("phase") == "initialising", 60)
        assert stopped_within_limit(cluster, "db-0")
        assert not cluster.node("db-0").datadir.exists()
    finally:
        cluster.destroy()
