"""kill -9 of every mariadbd at once: writable again without any hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.release import Release

pytestmark = pytest.mark.smoke


def test_after_kill_9_of_all_servers_the_cluster_writes_again_by_itself(cluster: Release, figure):
    mark = cluster.client.now()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: cluster.signal(name, "galera", "mariadbd", "SIGKILL"), sorted(cluster.pods())))
    writable = cluster.client.wait_written(mark)
    ready = cluster.wait_ready()
    figure(writable_seconds=writable, ready_seconds=writable + ready)
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()
