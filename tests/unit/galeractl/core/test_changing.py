"""When the schema may be changed, on which node, and by which statements."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from galeractl.core.changing import Change, changes, databases, hindrance, node_for, progress_words, unwanted
from galeractl.core.programs import Programs
from galeractl.core.schema import Key, Kind
from galeractl.core.sight import ClusterSight
from galeractl.core.statement import statements
from peerfinder.core.report import NodeReport
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.wsrep import WsrepState
from tests.support.sights import NAMES, a_cluster, a_lone_server, a_member, with_writer

ALL = with_writer(a_cluster(*(a_member(name) for name in NAMES)), "db-1")


def but(**server: Any) -> ClusterSight:
    """Three members, of which db-2's server is different."""
    odd = a_member("db-2")
    odd = replace(odd, server=replace(odd.server, **server))
    return with_writer(a_cluster(a_member("db-0"), a_member("db-1"), odd), "db-1")


def two_and(third: NodeReport) -> ClusterSight:
    return with_writer(a_cluster(a_member("db-0"), a_member("db-1"), third), "db-1")


NOW: dict[str, tuple[ClusterSight, str]] = {
    "all are there": (ALL, ""),
    "one is not": (with_writer(a_cluster(a_member("db-0"), a_member("db-1"), db_2=Programs.STOPPED), "db-1"),
                   "the cluster is ONLINE_PARTIAL"),
    "one has lost the others": (two_and(a_lone_server("db-2")), "the cluster is ONLINE_PARTIAL"),
    "no Primary component": (a_cluster(*(a_lone_server(name) for name in NAMES)), "the cluster is NO_QUORUM"),
    "a donor": (but(state=WsrepState.DONOR), "db-2 is Donor/Desynced, not Synced"),
    "one that joins": (but(state=WsrepState.JOINED), "the cluster is ONLINE_PARTIAL"),
    "desynced": (but(desynced=True), "db-2 is desynced, not Synced"),
    "maintenance": (but(maintenance="12:00"), "db-2 is in maintenance since 12:00"),
    "stuck": (but(stuck="its appliers stand still"), "db-2 is stuck: its appliers stand still"),
    "nobody takes writes": (a_cluster(*(a_member(name) for name in NAMES)), "no node is known to take the writes"),
}  # fmt: skip


@pytest.mark.parametrize(("sight", "why"), NOW.values(), ids=NOW)
def test_nothing_is_changed_unless_all_nodes_are_there_and_whole(sight: ClusterSight, why: str) -> None:
    found = hindrance(sight)
    assert why in found
    assert bool(found) is bool(why)


def test_it_is_changed_on_the_writer_and_in_mode_multi_on_the_first() -> None:
    assert node_for(ALL) == "db-1"
    multi = WriterView(Mode.MULTI, "", 0, Role.PRIMARY)
    nodes = {
        name: replace(one, snapshot=replace(one.snapshot, writer=multi))
        for name, one in ALL.nodes.items()
        if one.snapshot
    }
    assert node_for(replace(ALL, nodes=nodes)) == "db-0"
    assert hindrance(replace(ALL, nodes=nodes)) == ""


def test_a_file_with_rows_is_refused_unless_that_is_allowed() -> None:
    found = statements("CREATE TABLE t (a INT); INSERT INTO t VALUES (1); DELETE FROM t")
    assert unwanted(found, allow_dml=False) == (
        "no definitions, but rows: statement 2 (line 1) INSERT t, 3 (line 1) DELETE t"
    )
    assert unwanted(found, allow_dml=True) == ""
    assert unwanted(found[:1], allow_dml=False) == ""


def test_what_is_always_refused_says_why_and_how_many_there_are() -> None:
    found = unwanted(statements("COMMIT;" * 7), allow_dml=True)
    assert found.count("there are no transactions here") == 5
    assert found.endswith(" and 2 more")


def test_a_name_without_a_database_is_of_the_one_that_is_used() -> None:
    found = statements("CREATE TABLE a (i INT); USE shop; CREATE TABLE b LIKE a; use `other`; DROP TABLE b")
    assert list(databases(found, "first")) == ["first", "shop", "shop", "other", "other"]


def test_what_has_changed_is_made_changed_or_dropped() -> None:
    a, b, c, d = (Key(Kind.TABLE, "shop", name) for name in "abcd")
    found = changes({a: "x", b: "x", d: "x"}, {a: "x", b: "y", c: "z"})
    assert [(one.key, one.what) for one in found] == [(b, "changed"), (c, "made"), (d, "dropped")]
    assert found[0] == Change(b, "x", "y")


def test_how_far_a_statement_is() -> None:
    assert progress_words({"stage": 1.0, "max_stage": 2.0, "progress": 33.7}) == ", stage 1 of 2, 34 %"
    assert progress_words({"stage": 0.0, "max_stage": 0.0, "progress": 0.0}) == ""
    assert progress_words({}) == ""
