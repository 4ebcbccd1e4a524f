"""Scaling by kubectl and by helm, under writes: nobody restarts, and who leaves leaves gracefully."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.support.release import Release

SOFT = {"antiAffinity": "preferred"}  # five nodes on three machines


@pytest.fixture(scope="module")
def wide(namespaces) -> Iterator[Release]:
    release = Release(namespaces("galera-scale"))
    release.install(SOFT)
    release.wait_ready()
    release.client.create()
    yield release
    release.ns.delete()


def test_there_and_back_under_writes(wide: Release, figure):
    wide.client.start(service=wide.name)
    wide.note_restarts()
    survivor = wide.pods()[wide.node(0)]["metadata"]["uid"]
    for step, (how, replicas) in enumerate([("helm", 5), ("kubectl", 3), ("helm", 1), ("kubectl", 3)]):
        mark = wide.client.now()
        if how == "helm":
            wide.upgrade(SOFT, replicas=replicas)
        else:
            wide.scale(replicas)
        took = wide.wait_ready(replicas)
        outage = wide.client.since(mark)
        figure(step=step, how=how, to=replicas, ready_seconds=took, gap_seconds=outage.gap, failed=len(outage.failures))
        assert outage.gap < 10
        wide.assert_no_restart()
    assert wide.pods()[wide.node(0)]["metadata"]["uid"] == survivor
    wide.assert_nothing_lost()


def views(release: Release) -> list[str]:
    """The members of every Primary view that node 0 was in, oldest first."""
    return re.findall(r"view applied .*members=(\S+)", release.log(release.node(0), "peerfinder"))


def test_the_highest_ordinal_leaves_first(wide: Release):
    wide.wait_ready(3)
    before = len(views(wide))
    wide.scale(1)
    wide.wait_ready(1)
    assert wide.status()["state"] == "ONLINE"
    assert views(wide)[before:] == [f"{wide.node(0)},{wide.node(1)}", wide.node(0)]
