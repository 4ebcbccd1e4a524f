"""helm install: three Ready nodes, one history, and what the user is told."""

from __future__ import annotations

import pytest

from tests.support import kubectl as kube
from tests.support.release import Release

pytestmark = pytest.mark.smoke


def test_three_nodes_are_ready_and_one_cluster(cluster: Release, figure):
    figure(ready_seconds=cluster.installed_after)
    status = cluster.status()
    assert status["state"] == "ONLINE"
    assert status["tolerates"] == 1
    assert [node["name"] for node in status["nodes"]] == [cluster.node(0), cluster.node(1), cluster.node(2)]
    cluster.assert_nothing_lost()
    cluster.assert_no_restart()


def test_nobody_was_restarted_on_the_way(cluster: Release):
    assert set(cluster.restarts_at_birth.values()) == {0}, cluster.restarts_at_birth


def test_helm_test_passes(cluster: Release):
    said = kube.helm("test", cluster.name, "-n", cluster.ns.name, seconds=120)
    assert "Succeeded" in said


def test_the_nodes_run_on_three_machines(cluster: Release):
    assert len({pod["spec"]["nodeName"] for pod in cluster.pods().values()}) == 3
