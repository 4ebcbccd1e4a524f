"""kill -9 of every mariadbd at once: writable again without any hand."""

from __future__ import annotations

import time

import pytest

from tests.support.release import Release

pytestmark = pytest.mark.smoke


def test_after_kill_9_of_all_servers_the_cluster_writes_again_by_itself(cluster: Release, figure):
    mark = cluster.client.now()
    cluster.kill_all_servers()
    began = time.monotonic()
    cluster.client.wait_written()
    cluster.wait_ready()
    outage = cluster.client.since(mark)
    figure(writable_seconds=outage.gap, ready_seconds=time.monotonic() - began)
    assert outage.gap > 0.5, "somebody went on serving"
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()
