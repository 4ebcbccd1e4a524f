"""SIGKILL of one mariadbd: the container lives on, and its first process starts the server again."""

from __future__ import annotations

import time

from tests.support.cluster import wait_for
from tests.support.release import Release


def test_a_killed_server_is_back_by_an_incremental_transfer_and_no_container_restarts(cluster: Release, figure):
    victim = cluster.node(2)
    mark, began = cluster.client.now(), time.monotonic()
    cluster.signal(victim, "galera", "mariadbd", "SIGKILL")
    wait_for("Kubernetes to see it", lambda: victim not in cluster.ready(), 30)
    cluster.wait_ready()
    outage = cluster.client.since(mark)
    figure(ready_seconds=time.monotonic() - began, gap_seconds=outage.gap, failed=len(outage.failures))
    assert "SST" not in " ".join(line for line in cluster.log(victim, lines=200).splitlines() if "Proceeding" in line)
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()
