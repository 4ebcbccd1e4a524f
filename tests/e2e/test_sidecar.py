"""The sidecar dies, or takes too much memory: it comes back, and the database does not notice."""

from __future__ import annotations

import time

import pytest

from tests.support import lab
from tests.support.cluster import wait_for
from tests.support.kubectl import Failed
from tests.support.pod_processes import PYTHON
from tests.support.release import Release


def sidecar_restarts(cluster: Release, name: str) -> int:
    statuses = cluster.pods()[name]["status"]["initContainerStatuses"]
    return next(int(status["restartCount"]) for status in statuses if status["name"] == "peerfinder")


@pytest.mark.power
def test_a_killed_sidecar_comes_back_and_the_database_does_not_notice(cluster: Release, figure):
    victim = cluster.node(1)
    before = sidecar_restarts(cluster, victim)
    mark, began = cluster.client.now(), time.monotonic()
    lab.kill(cluster.pods()[victim]["spec"]["nodeName"], victim, "peerfinder serve")
    wait_for("the sidecar's restart", lambda: sidecar_restarts(cluster, victim) == before + 1, 60)
    cluster.wait_ready()
    outage = cluster.client.since(mark)
    figure(ready_seconds=time.monotonic() - began, gap_seconds=outage.gap, failed=len(outage.failures))
    assert [failure for failure in outage.failures if failure["held"]] == []
    cluster.assert_nothing_lost()
    cluster.assert_no_restart(but=(f"{victim}/peerfinder",))


def test_a_sidecar_beyond_its_memory_limit_is_killed_alone(cluster: Release):
    victim = cluster.node(0)
    mark = cluster.client.now()
    # A process beside it takes the container's memory; the kernel ends one of the two, or the container as a whole.
    hog = "taken = []\nwhile True: taken.append(bytes(1 << 22).replace(b'\\0', b'x'))"
    with pytest.raises(Failed) as killed:
        cluster.ns.exec(victim, "peerfinder", PYTHON, "-c", hog)
    assert "137" in str(killed.value)
    cluster.wait_ready()
    assert [failure for failure in cluster.client.since(mark).failures if failure["held"]] == []
    cluster.assert_nothing_lost()
    cluster.assert_no_restart(but=(f"{victim}/peerfinder",))
