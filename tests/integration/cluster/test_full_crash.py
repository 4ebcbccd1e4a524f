"""All nodes lose power: they come back by themselves, with everything that was acknowledged."""

from __future__ import annotations

import pytest

from tests.support.cluster import LocalCluster, wait_for


def test_all_nodes_killed_come_back_with_their_data(crashed: LocalCluster):
    crashed.start()
    assert crashed.rows() == 20
    assert len(crashed.uuids()) == 1
    assert len(crashed.checksums()) == 1


def test_new_pods_find_their_run_directory_empty(crashed: LocalCluster):
    for name in ("db-0", "db-1", "db-2"):
        for path in crashed.node(name).run.iterdir():
            path.unlink()
    crashed.start()
    assert crashed.rows() == 20
    assert len(crashed.uuids()) == 1
    assert len(crashed.checksums()) == 1


def test_a_stale_node_0_is_not_chosen(cluster: LocalCluster):
    cluster.start()
    cluster.stop("db-0")
    cluster.write("db-1", 7)
    cluster.kill("db-1", "db-2")
    cluster.start()
    assert cluster.rows("db-0") == 27
    assert len(cluster.checksums()) == 1
    assert "started join" in cluster.node("db-0").log().rsplit("observed", 1)[1]


def test_an_emptied_volume_of_node_0_costs_nothing(crashed: LocalCluster):
    history = crashed.node("db-0").record()["lineage"][-1]["uuid"]
    crashed.galeractl("local", "wipe", "db-0")
    crashed.start()
    assert crashed.rows("db-0") == 20
    assert crashed.uuids() == {history}
    assert len(crashed.checksums()) == 1


def test_stopped_all_at_once_they_find_the_most_advanced_without_any_flag(cluster: LocalCluster):
    cluster.start()
    cluster.write("db-2", 3)
    cluster.stop()
    cluster.start()
    assert cluster.rows() == 23
    assert len(cluster.checksums()) == 1


def test_without_evidence_two_of_three_wait_by_name_until_an_operator_speaks(crashed: LocalCluster):
    crashed.start("db-0", "db-1", wait=False)
    reason = crashed.wait_for_decision("db-0", "wait", "waiting for db-2 (")
    assert reason.endswith("it was in the newest Primary view)")
    assert crashed.node("db-0").facts()["decision"]["remedy"] == "galeractl recover --without db-2"
    crashed.recover("--without", "db-2", "--dry-run")
    assert crashed.node("db-0").decision()[0] == "wait"
    crashed.recover("--without", "db-2")
    crashed.wait_for_synced("db-0", "db-1")
    assert crashed.rows() == 20
    crashed.start("db-2")
    assert len(crashed.checksums()) == 1


def test_with_evidence_that_the_missing_node_left_before_nobody_is_asked(cluster: LocalCluster):
    cluster.start()
    cluster.stop("db-2")
    cluster.write("db-0", 4)
    cluster.kill("db-0", "db-1")
    cluster.start("db-0", "db-1")
    assert cluster.rows() == 24
    assert "proven irrelevant: db-2" in cluster.node("db-0").log() + cluster.node("db-1").log()


def test_an_override_is_refused_while_the_excluded_node_answers(crashed: LocalCluster):
    crashed.start()
    answer = crashed.recover("--without", "db-2", expect=4)
    assert "db-2" in str(answer)


def test_a_survivor_without_quorum_is_frozen_and_the_cluster_comes_back(cluster: LocalCluster):
    cluster.start()
    cluster.kill("db-1", "db-2")
    wait_for(
        "db-0 to lose its quorum", lambda: cluster.node("db-0").status("wsrep_cluster_status") == "non-Primary", 20
    )
    cluster.start()
    assert cluster.rows() == 20
    assert len(cluster.checksums()) == 1


@pytest.mark.parametrize("victim", ["db-0", "db-2"])
def test_one_server_killed_is_back_by_ist(cluster: LocalCluster, victim: str):
    cluster.start()
    cluster.kill(victim, what="mariadbd")
    other = "db-1"
    cluster.write(other, 5)
    cluster.wait_for_synced()
    assert cluster.rows(victim) == 25
    assert "Proceeding with SST" not in cluster.node(victim).log().rsplit("observed", 1)[1]
