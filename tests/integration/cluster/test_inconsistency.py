"""A node whose data differ is voted out by Galera; it comes back by itself with the group's data."""

from __future__ import annotations

from tests.support.cluster import LocalCluster, wait_for


def test_a_node_that_the_group_voted_out_takes_the_groups_data_and_returns(cluster: LocalCluster):
    cluster.start()
    node = cluster.node("db-2")
    node.sql("SET SESSION wsrep_on=OFF", "DELETE FROM lab.t ORDER BY id LIMIT 5")
    cluster.node("db-0").sql("UPDATE lab.t SET v = UUID()")
    wait_for("db-2 to see that it was voted out", lambda: "the group voted against this node" in node.log(), 40,
             cluster.words)  # fmt: skip
    cluster.wait_for_synced()
    assert cluster.rows("db-2") == 20
    assert len(cluster.checksums()) == 1
    wait_for("the data to be known as whole", lambda: node.record()["incomplete"] == "", 10)
