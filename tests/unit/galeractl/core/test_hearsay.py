"""A node that cannot be asked, as the others know it."""

from __future__ import annotations

from dataclasses import replace

from galeractl.core.hearsay import hearsay
from peerfinder.core.role import Role
from peerfinder.core.snapshot import ClusterSnapshot
from tests.support.sights import a_cluster, a_lone_server, a_member, with_writer


def told_by(name: str, *reports: object, writer: str = "db-0") -> ClusterSnapshot:
    """The snapshot of a node that heard these reports."""
    sight = with_writer(a_cluster(a_member(name)), writer)
    snapshot = sight.nodes[name].snapshot
    assert snapshot
    return replace(snapshot, reports={one.facts.name: one for one in reports})  # type: ignore[attr-defined]


def test_nobody_knows_it() -> None:
    assert hearsay("db-2", [told_by("db-0", a_member("db-0"))]) is None
    assert hearsay("db-2", []) is None


def test_an_old_report_is_none() -> None:
    assert hearsay("db-2", [told_by("db-0", replace(a_member("db-2"), age=4.0))]) is None


def test_the_newest_report_counts_and_who_told_it_is_named() -> None:
    old, new = replace(a_member("db-2", seqno=7), age=2.0), replace(a_member("db-2", seqno=8), age=0.5)
    found = hearsay("db-2", [told_by("db-0", old), told_by("db-1", new)])
    assert found
    assert (found.me, found.own_report, found.ready) == ("db-2", new, True)
    assert found.ready_reason == "as db-1 sees it: Primary and Synced"


def test_its_part_is_known_from_who_the_writer_is() -> None:
    def part(writer: str) -> Role:
        found = hearsay("db-2", [told_by("db-0", a_member("db-2"), writer=writer)])
        assert found
        return found.writer.role

    assert (part("db-2"), part("db-0"), part("")) == (Role.PRIMARY, Role.SECONDARY, Role.NONE)


def test_a_node_outside_of_a_primary_component_is_not_ready_and_has_no_part() -> None:
    found = hearsay("db-2", [told_by("db-0", a_lone_server("db-2"))])
    assert found
    assert (found.ready, found.writer.role) == (False, Role.NONE)
    assert found.ready_reason == "as db-0 sees it: not in a Primary component"
