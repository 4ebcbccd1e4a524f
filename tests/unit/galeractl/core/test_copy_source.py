"""From which node is a backup taken?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from galeractl.core.copy_source import choose
from galeractl.core.sight import ClusterSight
from peerfinder.core.copying import CopyOrder, Why
from peerfinder.core.report import Purpose
from peerfinder.core.role import Mode, Preference
from tests.support.sights import a_cluster, a_member, a_waiting_node, with_writer

ORDER = CopyOrder(Purpose.BACKUP)
THREE = with_writer(a_cluster(a_member("db-0"), a_member("db-1"), a_member("db-2")), "db-0")


def preferring(sight: ClusterSight, **wishes: Preference) -> ClusterSight:
    preferences = {name.replace("_", "-"): wish for name, wish in wishes.items()}
    nodes = {}
    for name, one in sight.nodes.items():
        assert one.snapshot
        writer = replace(one.snapshot.writer, preferences=preferences)
        nodes[name] = replace(one, snapshot=replace(one.snapshot, writer=writer))
    return replace(sight, nodes=nodes)


def behind(sight: ClusterSight, name: str, queue: int) -> ClusterSight:
    one = sight.nodes[name]
    assert one.snapshot
    report = one.snapshot.reports[name]
    report = replace(report, server=replace(report.server, recv_queue=queue))
    return replace(
        sight, nodes=dict(sight.nodes) | {name: replace(one, snapshot=replace(one.snapshot, reports={name: report}))}
    )


CHOSEN = {
    "secondaries, the highest ordinal first": (THREE, ORDER, ("db-2", "db-1")),
    "the writer last, where it is allowed": (THREE, replace(ORDER, allow_writer=True), ("db-2", "db-1", "db-0")),
    "who must not be the writer first": (
        preferring(THREE, db_1=Preference.MUST_NOT), ORDER, ("db-1", "db-2")),
    "who is preferred as the writer last": (preferring(THREE, db_2=Preference.PREFER), ORDER, ("db-1", "db-2")),
    "the least behind": (behind(THREE, "db-2", 9), ORDER, ("db-1", "db-2")),
}  # fmt: skip


@pytest.mark.parametrize("case", CHOSEN)
def test_the_order(case: str):
    sight, order, nodes = CHOSEN[case]
    assert choose(sight, order).nodes == nodes


def test_why_the_others_are_none():
    sight = with_writer(a_cluster(a_member("db-0"), a_member("db-1"), a_waiting_node("db-2")), "db-0")
    found = choose(sight, ORDER)
    assert found.nodes == ()
    assert {name: one.why for name, one in found.refused.items()} == {
        "db-0": Why.WRITER, "db-1": Why.FEW, "db-2": Why.STATE}  # fmt: skip
    assert choose(sight, replace(ORDER, allow_few=True)).nodes == ("db-1",)


def test_one_that_is_wanted():
    assert choose(THREE, ORDER, "db-1").nodes == ("db-1",)
    assert choose(THREE, ORDER, "db-0").refused["db-0"].why is Why.WRITER
    assert choose(THREE, ORDER, "db-7").refused["db-7"].reason == "db-7 is in no Primary component"


def test_where_every_node_takes_writes_there_is_no_writer_to_spare():
    nodes = {
        name: replace(
            one, snapshot=replace(one.snapshot, writer=replace(one.snapshot.writer, mode=Mode.MULTI, node=""))
        )
        for name, one in THREE.nodes.items()
        if one.snapshot
    }
    assert choose(replace(THREE, nodes=nodes), ORDER).nodes == ("db-2", "db-1", "db-0")
