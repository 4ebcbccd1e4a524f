"""The log tells what changed, each thing once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.changes import changes
from peerfinder.core.snapshot import AppliedView, ClusterSnapshot
from peerfinder.core.view import Member
from tests.support.sights import NAMES, a_member, a_uuid, a_waiting_node

ALL_WELL = ClusterSnapshot(
    "db-0", 0.0, "b", NAMES, {name: a_member(name) for name in NAMES}, ready=True, ready_reason="Primary and Synced"
)
TWO = {name: a_member(name) for name in NAMES[:2]}


def said(before: ClusterSnapshot | None, after: ClusterSnapshot) -> list[str]:
    return [" ".join([one.sentence, *one.facts.values()]) for one in changes(before, after)]


def test_the_first_look_tells_everything() -> None:
    assert said(None, ALL_WELL) == [
        *(f"node {name} running present Synced Primary" for name in NAMES),
        "expected nodes db-0,db-1,db-2",
        "ready Primary and Synced",
    ]


def test_nothing_changed_nothing_said() -> None:
    assert said(ALL_WELL, replace(ALL_WELL, written_at=1.0)) == []


SILENT = replace(ALL_WELL, reports=TWO, silent={"db-2": "refused (last seen running 4 s ago)"})
APPLIED = AppliedView(4, (Member(a_uuid("db-0"), "db-0"), Member(a_uuid("db-1"))), 77)
CASES = {
    "a node falls silent": (ALL_WELL, SILENT, ["no report db-2 refused (last seen running 4 s ago)"]),
    "and stays silent": (SILENT, replace(SILENT, silent={"db-2": "refused (last seen running 5 s ago)"}), []),
    "for another reason": (SILENT, replace(SILENT, silent={"db-2": "timeout"}), ["no report db-2 timeout"]),
    "and is back": (SILENT, ALL_WELL, ["node db-2 running present Synced Primary"]),
    "a node is scaled away": (ALL_WELL, replace(ALL_WELL, reports=TWO), ["node is gone db-2"]),
    "a server stops": (
        ALL_WELL,
        replace(ALL_WELL, reports={**ALL_WELL.reports, "db-1": a_waiting_node("db-1")}),
        ["node db-1 waiting present"],
    ),
    "DNS breaks": (ALL_WELL, replace(ALL_WELL, dns="SERVFAIL"), ["DNS trouble SERVFAIL"]),
    "DNS heals": (replace(ALL_WELL, dns="SERVFAIL"), ALL_WELL, ["DNS trouble is over"]),
    "the memory breaks": (ALL_WELL, replace(ALL_WELL, memory_problem="gone"), ["memory trouble gone"]),
    "readiness ends": (
        ALL_WELL,
        replace(ALL_WELL, ready=False, ready_reason="no SQL yet"),
        ["not ready no SQL yet"],
    ),
    "the number of nodes changes": (ALL_WELL, replace(ALL_WELL, expected=("db-0",)), ["expected nodes db-0"]),
    "a view is applied": (ALL_WELL, replace(ALL_WELL, applied=APPLIED), [f"view applied 4 77 {a_uuid('db-1')},db-0"]),
}


@pytest.mark.parametrize(("before", "after", "lines"), CASES.values(), ids=CASES)
def test_change(before: ClusterSnapshot, after: ClusterSnapshot, lines: list[str]) -> None:
    assert said(before, after) == lines
