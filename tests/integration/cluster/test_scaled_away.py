"""A crash right behind a scale-down: the nodes that are left wait for those that left, and one command ends it."""

from __future__ import annotations

import json

from tests.support.cluster import LocalCluster


def shrink(cluster: LocalCluster) -> None:
    """What `galeractl local` does not do: the cluster is to have one node, and nobody is told who the others were."""
    (cluster.directory / "replicas").write_text("1\n")
    for name, key in (("cluster.json", "nodes"), ("memory.json", "replicas")):
        path = cluster.directory / name
        path.write_text(json.dumps(json.loads(path.read_text()) | {key: 1}))


def test_the_command_that_is_shown_ends_the_wait_for_nodes_that_were_scaled_away(crashed: LocalCluster):
    shrink(crashed)
    crashed.start("db-0", wait=False)
    reason = crashed.wait_for_decision("db-0", "wait", "waiting for db-1 (")
    assert "db-2 (" in reason
    shown = crashed.galeractl("recover")["remedy"]
    assert shown == "galeractl recover --without db-1 --without db-2"
    assert crashed.node("db-0").facts()["decision"]["remedy"] == shown
    crashed.recover(*shown.split()[2:])
    crashed.wait_for_synced("db-0")
    assert crashed.rows() == 20
    assert crashed.status()["state"] == "ONLINE"
