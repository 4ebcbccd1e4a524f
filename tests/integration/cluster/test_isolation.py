"""Nodes with a network each: `galeractl local start --isolated`, what is cut off, and what mends by itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from tests.support.cluster import SMALL, LocalCluster, wait_for


@pytest.fixture(scope="module")
def isolated(yard: Path) -> Iterator[LocalCluster]:
    """Three nodes that can be parted."""
    cluster = LocalCluster(yard / "isolated")
    cluster.galeractl("local", "start", "--isolated", *[w for one in SMALL for w in ("--mariadb-option", one)])
    cluster.node("db-0").sql("CREATE DATABASE lab", "CREATE TABLE lab.t (id SERIAL, v CHAR(36) NOT NULL)")
    yield cluster
    cluster.destroy()


@pytest.fixture
def cluster(isolated: LocalCluster) -> Iterator[LocalCluster]:
    """The cluster, whole, and whole again."""
    isolated.wait_for_synced()
    yield isolated
    isolated.galeractl("local", "mend")
    isolated.wait_for_synced()
    wait_for("three members", lambda: sizes(isolated) == {"3"}, 30, isolated.words)


def sizes(cluster: LocalCluster) -> set[str]:
    return {node.status("wsrep_cluster_size") for node in cluster.nodes}


def servers(cluster: LocalCluster) -> dict[str, int]:
    return {node["name"]: node["pids"]["mariadbd"] for node in cluster.galeractl("local", "status")["nodes"]}


def is_primary(cluster: LocalCluster, name: str) -> bool:
    return cluster.node(name).status("wsrep_cluster_status") == "Primary"


def test_who_is_cut_off_takes_no_writes_and_comes_back_without_a_restart(cluster: LocalCluster):
    before = servers(cluster)
    cluster.galeractl("local", "cut", "db-2")
    wait_for("db-2 to lose its Primary", lambda: not is_primary(cluster, "db-2"), 20, cluster.words)
    with pytest.raises(pymysql.Error):
        cluster.write("db-2", 1)
    wait_for("the others to go on", lambda: is_primary(cluster, "db-0") and is_primary(cluster, "db-1"), 20)
    cluster.write("db-0", 5)
    cluster.galeractl("local", "mend")
    cluster.wait_for_synced("db-2", seconds=30)
    assert servers(cluster) == before
    assert len(cluster.checksums()) == 1


def test_one_each_is_nobodys_primary_and_heals_by_itself(cluster: LocalCluster):
    before = servers(cluster)
    for name in ("db-0", "db-1", "db-2"):
        cluster.galeractl("local", "cut", name)
    wait_for("no Primary", lambda: not any(is_primary(cluster, node.name) for node in cluster.nodes), 20)
    cluster.galeractl("local", "mend")
    cluster.wait_for_synced(seconds=60)
    assert servers(cluster) == before


def test_sidecars_that_do_not_hear_each_other_change_nothing_for_the_servers(cluster: LocalCluster):
    before = servers(cluster)
    cluster.galeractl("local", "cut", "db-1", "--traffic", "agents")

    def is_silent() -> bool:
        seen = json.loads((cluster.node("db-0").run / "cluster.json").read_text())
        return "db-1" in seen.get("silent", {})

    wait_for("db-0 to miss the sidecar of db-1", is_silent, 20, lambda: str(cluster.status()))
    cluster.write("db-0", 3)
    assert cluster.rows("db-1") == cluster.rows("db-0")
    assert servers(cluster) == before
    assert sizes(cluster) == {"3"}


def test_a_cluster_that_shares_one_network_cannot_be_cut(yard: Path):
    cluster = LocalCluster(yard / "together")
    cluster.start("db-0", wait=False)
    try:
        said = cluster.galeractl("local", "cut", "db-0", expect=4)
        assert "share one network" in str(said)
        said = cluster.galeractl("local", "start", "--isolated", "--no-wait", expect=2)
        assert "since it was created" in str(said)
    finally:
        cluster.destroy()


def test_nothing_of_it_is_left_when_the_cluster_is_stopped(yard: Path):
    cluster = LocalCluster(yard / "gone")
    cluster.galeractl("local", "start", "--isolated", "--no-wait")
    listed = [node["address"] for node in cluster.galeractl("local", "status")["nodes"]]
    network = listed[0].split(".")[2]
    assert listed[0].startswith("10.77.")
    names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert f"gk{network}-0" in names
    cluster.destroy()
    names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert f"gk{network}-" not in names
    assert not Path(f"/sys/class/net/gk{network}").exists()
