"""Member uuids become node names, and nothing that a record may still mention is forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.naming import KEPT, MemberRow, is_ours, learn, member_of, with_names
from peerfinder.core.view import Member, identity
from tests.support.sights import a_member, a_record, a_uuid, a_waiting_node

ROWS = {
    "a node of this set": (MemberRow(a_uuid("db-1"), "db-1", "10.0.0.1:3306"), Member(a_uuid("db-1"), "db-1")),
    "a node of this set without an address is no arbiter": (
        MemberRow(a_uuid("db-1"), "db-1", ""),
        Member(a_uuid("db-1"), "db-1"),
    ),
    "garbd has no address": (MemberRow(a_uuid("db-9"), "garb", ""), Member(a_uuid("db-9"), "garb", arbiter=True)),
    "a foreign server keeps its name": (
        MemberRow(a_uuid("db-9"), "old-master", "10.0.0.9:3306"),
        Member(a_uuid("db-9"), "old-master"),
    ),
    "a name that fills the column may have been cut": (
        MemberRow(a_uuid("db-1"), "a-release-name-of-32-characters0", "10.0.0.1:3306"),
        Member(a_uuid("db-1")),
    ),
    "ids are compared in lower case": (
        MemberRow(a_uuid("db-1").upper(), "db-1", "x"),
        Member(a_uuid("db-1"), "db-1"),
    ),
}


@pytest.mark.parametrize(("row", "member"), ROWS.values(), ids=ROWS)
def test_row(row: MemberRow, member: Member) -> None:
    assert member_of(row, "db-0") == member


@pytest.mark.parametrize(
    ("name", "ours"), [("db-0", True), ("db-12", True), ("garb", False), ("web-0", False), ("my-db-0", False)]
)
def test_a_node_of_ours_has_the_same_base(name: str, ours: bool) -> None:
    assert is_ours(name, "db-3") is ours


def test_a_node_names_its_own_processes_past_and_present() -> None:
    record = replace(a_record("db-1"), views=(), gcomm_uuid=a_uuid("db-10"), former_uuids=(a_uuid("db-11"),))
    names = learn({}, [a_waiting_node("db-1", record=record)], (), "db-0")
    assert {one: member.name for one, member in names.items()} == {
        identity(a_uuid("db-10")): "db-1",
        identity(a_uuid("db-11")): "db-1",
    }


def test_a_nodes_own_word_beats_what_was_learned_before() -> None:
    uuid = a_uuid("db-5")
    report = a_member("db-1")
    report = replace(report, server=replace(report.server, gcomm_uuid=uuid))
    assert learn({identity(uuid): Member(uuid, "db-2")}, [report], (), "db-0")[identity(uuid)].name == "db-1"


def test_members_of_a_peers_views_are_learned() -> None:
    assert learn({}, [a_member("db-1")], (), "db-0")[identity(a_uuid("db-2"))].name == "db-2"


def test_what_is_known_stays_when_nobody_mentions_it() -> None:
    known = {identity(a_uuid("db-7")): Member(a_uuid("db-7"), "db-7")}
    assert learn(known, (), (), "db-0") == known


def test_the_oldest_unused_names_go_when_there_are_too_many() -> None:
    known = {identity(a_uuid(f"db-{n}")): Member(a_uuid(f"db-{n}"), f"db-{n}") for n in range(KEPT + 10)}
    used = MemberRow(a_uuid("db-0"), "db-0", "x")
    names = learn(known, (), (used,), "db-0")
    assert len(names) == KEPT + 1
    assert identity(a_uuid("db-0")) in names
    assert identity(a_uuid("db-1")) not in names


def test_a_name_is_found_although_a_restart_changed_the_fourth_group() -> None:
    before = "ada5c8e4-e56a-11f1-973e-92602e503e09"
    after = "ada5c8e4-e56a-11f1-973f-92602e503e09"
    assert with_names([Member(after)], {identity(before): Member(before, "db-1")}) == (Member(after, "db-1"),)
