"""A node whose volume is lost takes the whole state, in the smallest preset, with more data than its memory."""

from __future__ import annotations

import time

from tests.support.release import Release

BATCHES, ROWS = 12, 20_000  # of one KiB: half as much again as the buffer pool


def test_a_lost_volume_is_filled_again_within_the_small_preset(cluster: Release, figure):
    make = "CREATE TABLE IF NOT EXISTS probe.big (id BIGINT PRIMARY KEY, text VARCHAR(1024)) CHARACTER SET ascii"
    insert = "INSERT INTO probe.big SELECT seq, REPEAT(MD5(seq), 32) FROM probe.seq_{}_to_{}"
    ranges = [(batch * ROWS + 1, (batch + 1) * ROWS) for batch in range(BATCHES)]
    cluster.client.sql(cluster.name, make, *(insert.format(*one) for one in ranges))
    victim = cluster.node(2)
    uid = cluster.pods()[victim]["metadata"]["uid"]
    mark, began = cluster.client.now(), time.monotonic()
    cluster.ns("delete", "pvc", f"data-{victim}", "--wait=false")
    cluster.ns("delete", "pod", victim, "--wait=false")
    cluster.wait_replaced({uid})
    cluster.wait_ready()
    outage = cluster.client.since(mark)
    figure(ready_seconds=time.monotonic() - began, gap_seconds=outage.gap, failed=len(outage.failures))
    assert cluster.client.sql(cluster.host(victim), "SELECT COUNT(*) FROM probe.big") == [[[BATCHES * ROWS]]]
    cluster.client.sql(cluster.name, "DROP TABLE probe.big")
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()
