"""A machine loses its power: for a while, or for good."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.support import kubectl as kube
from tests.support import lab
from tests.support.cluster import wait_for
from tests.support.release import Release

pytestmark = pytest.mark.power


def machine_of(release: Release, ordinal: int) -> str:
    return str(release.pods()[release.node(ordinal)]["spec"]["nodeName"])


def somewhere_else(release: Release, ordinal: int) -> str:
    """A machine that keeps its power."""
    return machine_of(release, (ordinal + 1) % 3)


@pytest.fixture(scope="module")
def powered(namespaces) -> Iterator[Release]:
    release = Release(namespaces("galera-power"))
    release.install()
    release.wait_ready()
    release.client.create(node=somewhere_else(release, 2))
    yield release
    release.ns.delete()


def test_a_power_cut_and_return(powered: Release, figure):
    powered.wait_ready()
    powered.client.start()
    machine = machine_of(powered, 2)
    mark = powered.client.now()
    with lab.power_cut(machine):
        wait_for("Kubernetes to notice", lambda: powered.node(2) not in powered.ready(), 120)
        outage = powered.client.since(mark)
    back = powered.wait_ready()
    figure(gap_seconds=outage.gap, held_gap=outage.held_gap, failed=len(outage.failures), ready_after_boot_seconds=back)
    powered.assert_nothing_lost()


def test_a_machine_gone_for_good_with_volumes_that_follow(own_release: Release, figure):
    """The person says that the machine is gone (taint out-of-service); the pod and its volume come up elsewhere."""
    release = own_release
    release.install({"persistence": {"storageClass": "network"}, "antiAffinity": "preferred"})
    release.wait_ready()
    release.client.create(node=somewhere_else(release, 2))
    release.client.start()
    machine = machine_of(release, 2)
    with lab.power_cut(machine):
        wait_for("Kubernetes to notice", lambda: not lab.is_ready(machine), 120)
        taint = "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"
        kube.kubectl("taint", "node", machine, taint)
        try:
            began = time.monotonic()
            wait_for("the pod elsewhere", lambda: machine_of(release, 2) != machine, 120, release.words)
            release.wait_ready()
            figure(ready_seconds=time.monotonic() - began)
        finally:
            kube.kubectl("taint", "node", machine, f"{taint}-")
    release.assert_nothing_lost()


def test_a_machine_gone_for_good_with_its_volume(own_release: Release, figure):
    """The volume is lost with its machine: the person removes the claim, and the node is filled anew elsewhere."""
    release = own_release
    release.install({"antiAffinity": "preferred"})
    release.wait_ready()
    release.client.create(node=somewhere_else(release, 2))
    release.client.start()
    machine = machine_of(release, 2)
    with lab.power_cut(machine):
        wait_for("Kubernetes to notice", lambda: not lab.is_ready(machine), 120)
        kube.kubectl("cordon", machine)
        try:
            began = time.monotonic()
            release.ns("delete", "pvc", f"data-{release.node(2)}", "--wait=false")
            release.ns("delete", "pod", release.node(2), "--force", "--grace-period=0")
            wait_for("the pod elsewhere", lambda: release.node(2) in release.ready(), 240, release.words)
            figure(ready_seconds=time.monotonic() - began)
        finally:
            kube.kubectl("uncordon", machine)
    release.assert_nothing_lost()
