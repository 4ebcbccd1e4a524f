"""The record keeps up with a running server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.following import STATE_TRANSFER, followed, has_lost_primary, is_left_alone
from peerfinder.core.gvwstate import SavedView
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.position import ZERO_UUID
from peerfinder.core.record import NodeRecord, Start, StartKind, starting
from peerfinder.core.snapshot import AppliedView, ClusterSnapshot
from peerfinder.core.view import Member
from peerfinder.core.wsrep import ServerFacts, WsrepState
from tests.support.reports import facts, running, view, waiting

U = "96c5d6fb-e56c-11f1-a836-ab317f4824b2"
A = "11111111-e56c-11f1-a93b-b3e152adb9b7"
B = "22222222-e56c-11f1-a93b-b3e152adb9b7"
LINEAGE = (Epoch(Ballot(1, "db-0"), ZERO_UUID, 0),)
SYNCED = ServerFacts(sql=True, state=WsrepState.SYNCED, cluster_status="Primary", ready=True, uuid=U)


def started(incomplete=""):
    return starting(NodeRecord("db-0"), Start(StartKind.BOOTSTRAP, LINEAGE, None), incomplete=incomplete)


def snapshot(applied=None):
    return ClusterSnapshot("db-0", 0.0, "boot", applied=applied)


def test_a_saved_view_is_recorded_before_sql_shows_it():
    record = followed(started(), SavedView(A, 4, (A,)), None, None, receives_sst=False)
    assert (record.newest_view.seq, record.newest_view.start) == (4, None)


def test_an_applied_view_gets_its_seqno_and_names():
    applied = AppliedView(4, (Member(A, "db-0"), Member(B, "db-1")), 77)
    record = followed(started(), SavedView(A, 4, (A, B)), snapshot(applied), SYNCED, receives_sst=False)
    assert record.newest_view.start == 77
    assert record.newest_view.names == {"db-0", "db-1"}


def test_an_applied_view_of_another_moment_is_not_mixed_in():
    applied = AppliedView(3, (Member(A, "db-0"), Member(B, "db-1")), 77)
    record = followed(started(), SavedView(A, 4, (A, B)), snapshot(applied), SYNCED, receives_sst=False)
    assert record.newest_view.start is None


def test_a_primary_makes_the_started_epoch_part_of_the_lineage():
    record = followed(started(), None, None, SYNCED, receives_sst=False)
    assert record.lineage == (Epoch(Ballot(1, "db-0"), U, 0),)


def test_a_state_transfer_is_marked_before_it_replaces_anything():
    assert followed(started(), None, None, None, receives_sst=True).incomplete == STATE_TRANSFER


def test_data_are_whole_once_synced_and_not_before():
    joining = ServerFacts(sql=True, state=WsrepState.JOINED, cluster_status="Primary", ready=True, uuid=U)
    assert followed(started(STATE_TRANSFER), None, None, joining, receives_sst=False).incomplete == STATE_TRANSFER
    assert followed(started(STATE_TRANSFER), None, None, SYNCED, receives_sst=False).incomplete == ""


ALONE = replace(SYNCED, cluster_status="non-Primary", ready=False)
LEFT = replace(ALONE, cluster_status="Disconnected")


@pytest.mark.parametrize(
    ("server", "was_synced", "lost"),
    [
        (SYNCED, True, False),
        (ALONE, True, True),
        (LEFT, True, True),
        (replace(LEFT, sql=False), True, False),
        (replace(LEFT, sql=False), False, False),
        (ALONE, False, True),
        (replace(SYNCED, ready=False, state=WsrepState.JOINING), False, False),
        (LEFT, False, True),
    ],
    ids=[
        "in its Primary", "out of it", "out of the group", "silent", "it has not begun to answer",
        "it lost it while it received an IST", "it receives an IST", "its IST failed, and Galera does not try again",
    ],
)  # fmt: skip
def test_a_server_has_lost_its_primary(server, was_synced, lost):
    assert has_lost_primary(server, was_synced=was_synced) is lost


RECEIVES = ServerFacts(state=WsrepState.JOINING)


def joiner(kind=StartKind.JOIN, server=RECEIVES):
    one = running("db-0", view("db-0", "db-1"), primary=False)
    record = starting(one.facts.record, Start(kind, LINEAGE, None), incomplete="")
    return replace(one, server=server, facts=replace(one.facts, record=record))


@pytest.mark.parametrize(
    ("mine", "other", "was_synced", "alone"),
    [
        pytest.param(joiner(), waiting("db-1", 5), False, True, id="its donor is gone"),
        pytest.param(joiner(), running("db-1", view("db-0", "db-1")), False, False, id="a Primary answers"),
        pytest.param(joiner(StartKind.BOOTSTRAP), waiting("db-1", 5), False, False, id="it forms the Primary itself"),
        pytest.param(joiner(server=SYNCED), waiting("db-1", 5), False, False, id="it says how it is by SQL"),
        pytest.param(joiner(), waiting("db-1", 5), True, False, id="it was Synced, and only its SQL is away"),
    ],
)
def test_a_joiner_is_left_alone_when(mine, other, was_synced, alone):
    assert is_left_alone(facts("db-0", mine, other), was_synced=was_synced) is alone
