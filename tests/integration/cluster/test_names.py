"""DNS that lies, fails or is silent: nobody starts alone, and who runs stays."""

from __future__ import annotations

import time

import pytest

from tests.support.cluster import LocalCluster, wait_for


@pytest.mark.parametrize("mode", ["empty", "servfail"])
def test_without_dns_at_the_start_all_wait_and_go_on_when_it_is_back(crashed: LocalCluster, mode: str):
    for node in crashed.nodes:
        (node.run / "cluster.json").unlink()  # as in a new pod: nobody remembers an address
    crashed.dns(mode)
    crashed.start(wait=False)
    for name, other in (("db-0", "db-1"), ("db-1", "db-2"), ("db-2", "db-0")):
        crashed.wait_for_decision(name, "wait", f"{other} (DNS gives no answer")
    time.sleep(3)  # several looks: none may end in a start
    assert not crashed.uuids()
    assert all("started" not in node.log().rsplit("observed", 1)[1] for node in crashed.nodes)
    crashed.dns("ok")
    crashed.wait_for_synced()
    assert crashed.rows() == 20


def test_without_dns_the_node_that_left_last_starts_and_the_others_join_nobody_until_they_know_an_address(
    cluster: LocalCluster,
):
    for node in cluster.nodes:
        (node.run / "cluster.json").unlink()
    cluster.dns("empty")
    cluster.start(wait=False)
    cluster.wait_for_synced("db-2")
    cluster.wait_for_decision("db-0", "wait", "DNS gives no answer")
    assert "started" not in cluster.node("db-0").log().rsplit("observed", 1)[1]
    cluster.dns("ok")
    cluster.wait_for_synced()
    assert len(cluster.uuids()) == 1
    assert cluster.rows() == 20


def test_dns_that_fails_later_drops_nobody_and_a_returning_node_finds_its_peers(cluster: LocalCluster):
    cluster.start()
    cluster.dns("servfail")
    cluster.write("db-0", 3)
    cluster.kill("db-2", what="mariadbd")
    cluster.wait_for_synced()
    wait_for("the cluster to be ONLINE", lambda: cluster.status()["state"] == "ONLINE", 10, cluster.words)
    cluster.dns("empty")
    cluster.kill("db-1", what="mariadbd")
    cluster.wait_for_synced()
    assert cluster.rows("db-1") == 23


def test_two_clusters_side_by_side_never_mix(cluster: LocalCluster, yard):
    """Even with the other's address in their DNS: its agent refuses the token, its Galera has another name."""
    other = LocalCluster(yard / "other")
    try:
        other.start(wait=False, options=("innodb_log_file_size=16M",), expect=None)
        other.galeractl("local", "stop")
        other.galeractl("local", "wipe", "db-1", "db-2", expect=None)
        wait_for("nothing of the other to run", lambda: not other.uuids(), 30)
        cluster.start("db-1", "db-2", wait=False)
        cluster.wait_for_synced("db-1", "db-2")
        other.start(wait=False)
        cluster.start("db-0", wait=False)
        cluster.wait_for_synced()
        other.wait_for_synced()
        assert len(cluster.uuids()) == len(other.uuids()) == 1
        assert not cluster.uuids() & other.uuids()
        assert {node.status("wsrep_cluster_size") for node in (*cluster.nodes, *other.nodes)} == {"3"}
    finally:
        other.destroy()
