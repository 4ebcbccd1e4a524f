"""When the appliers of a node count as stuck, and what it does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from peerfinder.core.health import is_ready
from peerfinder.core.policy import Policy
from peerfinder.core.report import NodeReport
from peerfinder.core.role import WriterRow
from peerfinder.core.wedge import DRAINED, Go, Standstill, StayIn, StepIn, StepOut, decide, observe
from peerfinder.core.writer import WriterFacts, unfitness
from peerfinder.core.wsrep import ServerFacts, WsrepState
from tests.support.sights import NAMES, OTHER_HISTORY, a_lone_server, a_member

STUCK = 30.0
AHEAD, LEVEL = a_member("db-1", seqno=830), a_member("db-1", seqno=812)


def member(name: str = "db-0", *, queue: int = 20, seqno: int = 812, **server: Any) -> NodeReport:
    one = a_member(name, seqno=seqno)
    return replace(one, server=replace(one.server, recv_queue=queue, **server))


MINE = member()
SINCE_5 = Standstill(812, 5.0)

SEEN = {
    "behind, with write sets waiting: from now on": (None, MINE, (AHEAD,), Standstill(812, 9.0)),
    "still there: since then": (SINCE_5, MINE, (AHEAD,), SINCE_5),
    "moved on, and behind again: anew": (Standstill(811, 5.0), MINE, (AHEAD,), Standstill(812, 9.0)),
    "nothing waits": (SINCE_5, member(queue=0), (AHEAD,), None),
    "nobody is ahead": (SINCE_5, MINE, (LEVEL,), None),
    "nobody else is there": (SINCE_5, MINE, (), None),
    "who is ahead has another history": (SINCE_5, MINE, (a_member("db-1", seqno=830, uuid=OTHER_HISTORY),), None),
    "who is ahead is in no Primary": (SINCE_5, MINE, (a_lone_server("db-1"),), None),
    "outside of a Primary nothing is due": (SINCE_5, a_lone_server("db-0"), (AHEAD,), None),
    "SQL that does not answer says nothing": (SINCE_5, replace(MINE, server=ServerFacts(error="?")), (AHEAD,), SINCE_5),
}


@pytest.mark.parametrize("case", SEEN)
def test_what_is_a_standstill(case: str):
    before, mine, others, found = SEEN[case]
    assert observe(before, mine, others, 9.0) == found


WHY = "its appliers stand still at seqno 812 for 30 s, with 20 write sets waiting"
STUCK_TOO = member("db-1", seqno=830, stuck="x")
DONOR = member(state=WsrepState.DONOR)
DECIDED = {
    "not for long enough": (MINE, (AHEAD,), 34.9, STUCK, False, Go()),
    "for long enough": (MINE, (AHEAD,), 35.0, STUCK, False, StepOut(WHY)),
    "never, where that is said": (MINE, (AHEAD,), 9e9, 0.0, False, Go()),
    "no other node is ready": (MINE, (a_lone_server("db-1"),), 35.0, STUCK, False,
                               StayIn(f"{WHY}; it stays in, because no other node is ready")),
    "the other one is stuck, too": (MINE, (STUCK_TOO,), 35.0, STUCK, False,
                                    StayIn(f"{WHY}; it stays in, because no other node is ready")),
    "of two others one is stuck": (MINE, (STUCK_TOO, member("db-2", queue=0)), 35.0, STUCK, False, StepOut(WHY)),
    "a donor": (DONOR, (AHEAD,), 35.0, STUCK, False,
                StayIn(f"{WHY}; flow control leaves it alone already (Donor/Desynced)")),
    "desynced by a person": (member(desynced=True), (AHEAD,), 35.0, STUCK, False,
                             StayIn(f"{WHY}; flow control leaves it alone already (Synced)")),
    "it is out and stays out": (MINE, (AHEAD,), 35.0, STUCK, True, StepOut(WHY)),
    "also where nobody else is ready any more": (MINE, (), 35.0, STUCK, True, StepOut(WHY)),
}  # fmt: skip


@pytest.mark.parametrize("case", DECIDED)
def test_what_is_done_about_it(case: str):
    mine, others, now, stuck, is_out, step = DECIDED[case]
    assert decide(SINCE_5, mine, others, now, stuck=stuck, is_out=is_out) == step


@pytest.mark.parametrize(("queue", "back"), [(DRAINED - 1, True), (DRAINED, False)])
def test_it_steps_in_once_the_queue_is_drained(queue: int, back: bool):
    step = decide(None, member(queue=queue, desynced=True), (AHEAD,), 99.0, stuck=STUCK, is_out=True)
    caught_up = StepOut(f"it catches up with {queue} write sets")
    assert step == (StepIn() if back else caught_up)


def test_behind_at_a_seqno_that_has_just_moved_is_no_standstill():
    assert decide(Standstill(812, 99.0), member(queue=3), (AHEAD,), 99.0, stuck=STUCK, is_out=True) == StepIn()


def test_outside_of_a_primary_it_does_not_step_in():
    assert isinstance(decide(None, a_lone_server("db-0"), (), 99.0, stuck=STUCK, is_out=True), StepOut)


def test_it_is_not_ready_whatever_galera_calls_it_unless_no_other_is():
    stuck = member(stuck=WHY)
    assert (is_ready(stuck, (AHEAD,)).ok, is_ready(stuck, (AHEAD,)).reason) == (False, WHY)
    assert not is_ready(
        replace(stuck, server=replace(stuck.server, state=WsrepState.DONOR)), (AHEAD,), donor_ready=True
    ).ok
    for others in ((), (STUCK_TOO,), (a_lone_server("db-1"),)):
        assert is_ready(stuck, others).ok
    assert is_ready(AHEAD, (stuck,)).reason == "Primary and Synced"


def test_a_writer_that_is_stuck_loses_the_role():
    reports = {"db-0": member(stuck=WHY), "db-1": AHEAD, "db-2": a_member("db-2")}
    facts = WriterFacts("db-1", reports, frozenset(NAMES), WriterRow("db-0", 4))
    unfit = unfitness(facts, Policy())
    assert unfit is not None
    assert unfit.reason == WHY


RESTS = member(queue=0, maintenance="2026-11-28")
OUT_FOR_IT = StepOut("in maintenance since 2026-11-28", is_stuck=False)
BUSY = member(queue=20, maintenance="2026-11-28")
MAINTAINED = {
    "it steps out": (None, RESTS, (AHEAD,), {}, OUT_FOR_IT),
    "once the role has gone": (None, RESTS, (AHEAD,), {"holds_role": True}, Go()),
    "not where no other node is ready": (None, RESTS, (a_lone_server("db-1"),), {}, Go()),
    "nor where the only other one is in maintenance": (
        None, RESTS, (member("db-1", maintenance="2026-11-28"),), {}, Go()),
    "not while it is a donor": (None, member(state=WsrepState.DONOR, queue=0, maintenance="x"), (AHEAD,), {}, Go()),
    "what a person has desynced stays as it is": (None, member(desynced=True, maintenance="x"), (AHEAD,), {}, Go()),
    "it stays out": (None, RESTS, (AHEAD,), {"is_out": True, "was_stuck": False}, OUT_FOR_IT),
    "it steps in where nobody else is ready any more": (
        None, RESTS, (a_lone_server("db-1"),), {"is_out": True, "was_stuck": False}, StepIn()),
    "write sets that wait are no standstill": (
        Standstill(812, 34.0), BUSY, (AHEAD,), {"is_out": True, "was_stuck": False},
        StepOut("its appliers stand still at seqno 812 for 1 s, with 20 write sets waiting", is_stuck=False)),
    "for as long as they do not wait for long": (
        SINCE_5, BUSY, (AHEAD,), {"is_out": True, "was_stuck": False}, StepOut(WHY)),
    "one that was stuck counts so until it has caught up": (
        None, BUSY, (AHEAD,), {"is_out": True}, StepOut("it catches up with 20 write sets")),
    "then it is out for the maintenance": (None, RESTS, (AHEAD,), {"is_out": True}, OUT_FOR_IT),
    "when it has ended, it catches up": (
        None, member(queue=20), (AHEAD,), {"is_out": True, "was_stuck": False},
        StepOut("it catches up with 20 write sets", is_stuck=False)),
    "and steps in": (None, member(queue=0), (AHEAD,), {"is_out": True, "was_stuck": False}, StepIn()),
}  # fmt: skip


@pytest.mark.parametrize("case", MAINTAINED)
def test_a_node_in_maintenance(case: str):
    standstill, mine, others, more, step = MAINTAINED[case]
    given: dict[str, Any] = {"is_out": False, **more}
    assert decide(standstill, mine, others, 35.0, stuck=STUCK, **given) == step
