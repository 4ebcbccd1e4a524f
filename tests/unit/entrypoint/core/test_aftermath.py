"""What a node learns when its server is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.aftermath import left, settled
from peerfinder.core.gvwstate import SavedView
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.position import ZERO_UUID, Position
from peerfinder.core.record import Ending, NodeRecord, Start, StartKind, starting, viewed
from peerfinder.core.view import Member, identity

U = "96c5d6fb-e56c-11f1-a836-ab317f4824b2"
A = "11111111-e56c-11f1-a93b-b3e152adb9b7"
B = "22222222-e56c-11f1-a93b-b3e152adb9b7"
OLD = (Epoch(Ballot(1, "db-0"), U, 0),)
NEW = (*OLD, Epoch(Ballot(2, "db-1"), U, 50))
NAMES = {identity(A): Member(A, "db-0"), identity(B): Member(B, "db-1")}


def started(kind, lineage, position):
    return starting(NodeRecord("db-0", lineage=OLD), Start(kind, lineage, position), incomplete="")


def test_a_view_written_by_the_start_proves_its_epoch():
    after = settled(started(StartKind.JOIN, NEW, Position(U, 50)), SavedView(A, 7, (A, B)), Position(U, 50), NAMES)
    assert after.lineage == NEW
    assert after.newest_view.epoch == Ballot(2, "db-1")
    assert after.newest_view.names == {"db-0", "db-1"}
    assert after.start is None


@pytest.mark.parametrize(
    ("seqno", "lineage"), [(50, OLD), (51, NEW)], ids=["the same position proves nothing", "a write beyond it does"]
)
def test_without_a_view_the_position_decides(seqno, lineage):
    assert settled(started(StartKind.JOIN, NEW, Position(U, 50)), None, Position(U, seqno), {}).lineage == lineage


def test_a_first_bootstrap_gets_its_uuid_from_the_data():
    first = (Epoch(Ballot(1, "db-0"), ZERO_UUID, 0),)
    record = starting(NodeRecord("db-0"), Start(StartKind.BOOTSTRAP, first, None), incomplete="")
    assert settled(record, SavedView(A, 1, (A,)), Position(U, 9), {}).lineage == OLD


def test_a_view_without_a_start_belongs_to_the_epoch_of_the_data():
    after = settled(NodeRecord("db-0", lineage=OLD), SavedView(A, 3, (A,)), Position(U, 9), {})
    assert after.newest_view.epoch == Ballot(1, "db-0")


def test_a_member_nobody_knows_keeps_its_id():
    after = settled(
        NodeRecord("db-0", lineage=OLD), SavedView(A, 3, (A, B)), Position(U, 9), {identity(A): Member(A, "db-0")}
    )
    assert after.newest_view.unnamed == {identity(B)}


def in_views(*seqs, ended=Ending.LEFT, applied=60):
    """A record of a running server that has applied the first of these views; the last one is the node alone."""
    record = replace(started(StartKind.JOIN, NEW, Position(U, 50)), ended=ended)
    for seq in seqs:
        members = (A,) if seq == seqs[-1] else (A, B)
        record = viewed(record, SavedView(A, seq, members), NAMES, applied if seq == seqs[0] else None)
    return record


def test_who_left_in_order_has_applied_the_view_that_sql_had_no_time_to_show():
    after = settled(in_views(4, 5, 6), None, Position(U, 70), NAMES, in_order=True)
    assert [(view.seq, view.start) for view in after.views] == [(6, 70)]


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(in_views(4, 5, 6, ended=Ending.INSIDE), id="it crashed"),
        pytest.param(in_views(4, 5, 6, ended=Ending.FELL_OUT), id="it had lost its Primary"),
        pytest.param(in_views(4, 6), id="a view is missing: it may have been away"),
        pytest.param(in_views(4, 5, applied=None), id="it had applied none of them"),
        pytest.param(replace(in_views(4, 5), gcomm_uuid=B), id="they are another process's"),
    ],
)
def test_a_view_is_not_taken_for_applied_when(record):
    assert settled(record, None, Position(U, 70), NAMES, in_order=True).newest_view.start is None


def test_nor_when_galera_itself_saved_no_position():
    assert settled(in_views(4, 5, 6), None, Position(U, 70), NAMES).newest_view.start is None


@pytest.mark.parametrize(
    ("cleanly", "primary", "ending"),
    [
        (True, True, Ending.LEFT),
        (False, True, Ending.INSIDE),
        (True, False, Ending.FELL_OUT),
        (False, False, Ending.FELL_OUT),
    ],
)
def test_how_a_node_left(cleanly, primary, ending):
    assert left(NodeRecord("db-0"), cleanly=cleanly, primary=primary).ended is ending
