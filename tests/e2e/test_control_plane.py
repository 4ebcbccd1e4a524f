"""The API server is down, or DNS is, and the servers are killed: the nodes do not need either to recover."""

from __future__ import annotations

import time

import pytest

from tests.support import lab
from tests.support.release import Release

pytestmark = pytest.mark.power

AWAY_SECONDS = 30.0


def test_all_servers_killed_while_the_api_server_is_down(cluster: Release, figure):
    machines = {name: pod["spec"]["nodeName"] for name, pod in cluster.pods().items()}
    mark = cluster.client.now()
    with lab.without_api():
        for name, machine in machines.items():
            lab.kill(machine, name, "mariadbd")
        time.sleep(AWAY_SECONDS)  # nobody can ask anything meanwhile; what clients felt is read afterwards
    cluster.client.wait_written()
    outage = cluster.client.since(mark)
    figure(writable_seconds=outage.gap)
    assert 0.5 < outage.gap < AWAY_SECONDS, "it recovered only when the API server was back"
    cluster.wait_ready()
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()


def test_all_servers_killed_while_dns_is_down(cluster: Release, figure):
    address = cluster.ns.get("service", cluster.name)["spec"]["clusterIP"]
    cluster.client.stop()
    cluster.client.start(service=address)
    mark = cluster.client.now()
    with lab.without_dns():
        cluster.kill_all_servers()
        cluster.client.wait_written()
        cluster.wait_ready()
        figure(writable_seconds=cluster.client.since(mark).gap)
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()
