"""All pods deleted gracefully at once: the highest ordinal leaves first, and the cluster comes back by itself."""

from __future__ import annotations

from tests.support.release import Release


def test_all_pods_deleted_gracefully_write_again_by_themselves(cluster: Release, figure):
    uids = {pod["metadata"]["uid"] for pod in cluster.pods().values()}
    mark = cluster.client.now()
    cluster.ns("delete", "pod", *cluster.pods(), "--wait=false")
    cluster.wait_replaced(uids)
    cluster.client.wait_written(240)
    cluster.wait_ready()
    figure(writable_seconds=cluster.client.since(mark).gap)
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()
