"""kubectl delete pod, of each node: clients of that pod reconnect once, nobody else notices."""

from __future__ import annotations

import time

import pytest

from tests.support.release import Release

pytestmark = pytest.mark.smoke


@pytest.mark.parametrize("ordinal", [0, 1, 2])
def test_a_deleted_pod_comes_back_and_nobody_else_notices(cluster: Release, figure, ordinal: int):
    victim = cluster.node(ordinal)
    held = {worker["number"]: worker["node"] for worker in cluster.client.state()["workers"] if worker["held"]}
    assert victim in held.values(), "no client is connected to the victim"
    uid = cluster.pods()[victim]["metadata"]["uid"]
    mark, began = cluster.client.now(), time.monotonic()
    cluster.ns("delete", "pod", victim, "--wait=false")
    cluster.wait_replaced({uid})
    cluster.wait_ready()
    ready = time.monotonic() - began
    outage = cluster.client.since(mark)
    own = [failure for failure in outage.failures if failure["held"] and held[failure["worker"]] == victim]
    figure(
        ready_seconds=ready,
        gap_seconds=outage.gap,
        own_failed=len(own),
        strangers_failed=len(outage.failures) - len(own),
    )
    for number, node in held.items():
        failed = [failure for failure in outage.failures if failure["worker"] == number]
        assert len(failed) <= (1 if node == victim else 0), failed
    assert [failure for failure in outage.failures if not failure["held"]] == []
    assert outage.gap < 10
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()
