"""kubectl delete pod --force --grace-period=0: the process is killed, its name comes back at once."""

from __future__ import annotations

import time

from tests.support.release import Release


def test_a_force_deleted_pod_comes_back(cluster: Release, figure):
    victim = cluster.node(1)
    uid = cluster.pods()[victim]["metadata"]["uid"]
    mark, began = cluster.client.now(), time.monotonic()
    cluster.ns("delete", "pod", victim, "--force", "--grace-period=0")
    cluster.wait_replaced({uid})
    cluster.wait_ready()
    outage = cluster.client.since(mark)
    figure(ready_seconds=time.monotonic() - began, gap_seconds=outage.gap, failed=len(outage.failures))
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()


def test_all_pods_force_deleted_write_again_by_themselves(cluster: Release, figure):
    uids = {pod["metadata"]["uid"] for pod in cluster.pods().values()}
    mark = cluster.client.now()
    cluster.ns("delete", "pod", *cluster.pods(), "--force", "--grace-period=0")
    cluster.wait_replaced(uids)
    cluster.client.wait_written(240)
    cluster.wait_ready()
    figure(writable_seconds=cluster.client.since(mark).gap)
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()
