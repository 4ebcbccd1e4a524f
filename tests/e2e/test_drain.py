"""kubectl drain: the pod leaves gracefully, and a second drain waits until the first one's pod is Ready elsewhere."""

from __future__ import annotations

import subprocess

import pytest

from tests.support import kubectl as kube
from tests.support.release import Release

pytestmark = pytest.mark.power  # wants a storage class whose volumes follow their pods

NETWORK = {"persistence": {"storageClass": "network"}, "antiAffinity": "preferred"}


def test_the_second_drain_waits_for_the_first(own_release: Release, figure):
    release = Release(own_release.ns, "galera-drained")  # drains take the pods of this one alone
    release.install(NETWORK)
    release.wait_ready()
    quiet = release.pods()[release.node(0)]["spec"]["nodeName"]
    release.client.create(node=quiet)
    release.client.start()
    release.note_restarts()
    mark = release.client.now()
    others = [release.pods()[release.node(n)]["spec"]["nodeName"] for n in (1, 2)]
    command = ["kubectl", "drain", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=200s",
               f"--pod-selector=app.kubernetes.io/instance={release.name}"]  # fmt: skip
    try:
        drains = [subprocess.Popen([*command, node], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                  for node in others]  # fmt: skip
        least = 3
        while any(drain.poll() is None for drain in drains):
            least = min(least, len(release.ready()))
        said = [drain.communicate()[0] for drain in drains]
        assert [drain.returncode for drain in drains] == [0, 0], said
        assert least == 2, "the budget let two nodes go at once"
        assert any("Cannot evict pod as it would violate the pod's disruption budget" in text for text in said)
    finally:
        for node in others:
            kube.kubectl("uncordon", node)
    release.wait_ready()
    outage = release.client.since(mark)
    figure(gap_seconds=outage.gap, failed=len(outage.failures))
    assert [failure for failure in outage.failures if not failure["held"]] == []
    release.assert_nothing_lost()
    release.assert_no_restart()
