"""Which connections may be closed now."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from peerfinder.core.drain import (
    ASLEEP_SECONDS,
    BRIEF_SECONDS,
    EARLY,
    GENTLE_SECONDS,
    NOTICE_SECONDS,
    PATIENT_SECONDS,
    SLACK_SECONDS,
    STRAY_SECONDS,
    Closing,
    Connection,
    Drain,
    Step,
    is_succeeded,
    mode_of_writes,
    step,
    took_before,
)
from peerfinder.core.report import NodeReport
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.wsrep import WriteAccess
from tests.support.sights import a_lone_server, a_member

LOST = Drain(100.0, 5.0)
STOPS = Drain(100.0, math.inf, stops=True)
IDLE = Connection(7, "app", "10.0.0.9:41234", "Sleep", 1.0, 70)
BUSY = Connection(8, "app", "10.0.0.9:41235", "Query", 1.0, 80)
OPEN = Connection(9, "app", "10.0.0.9:41236", "Sleep", 1.0, 90, in_transaction=True)


def at(seconds: float, *connections: Connection, drain: Drain = LOST) -> Step:
    """What is to be done so many seconds after its beginning."""
    return step(drain, connections, "monitor", drain.began + seconds)[1]


def test_who_does_nothing_goes_first_and_who_is_busy_when_the_time_is_up() -> None:
    assert at(0.0, IDLE, BUSY, OPEN) == Step((Closing(IDLE),), left=2)
    assert at(4.9, IDLE, BUSY, OPEN) == Step((Closing(IDLE),), left=2)
    assert at(5.0, IDLE, BUSY, OPEN) == Step(overdue=(IDLE, BUSY, OPEN), left=3)
    assert at(5.2, BUSY) == Step(overdue=(BUSY,), left=1)  # it commits, and is told again
    assert at(5.4) == Step(is_over=True)


def test_without_a_drain_time_all_go_at_once_and_strays_after_them() -> None:
    now = replace(LOST, seconds=0.0)
    assert at(0.0, BUSY, drain=now) == Step(overdue=(BUSY,), left=1)
    assert at(STRAY_SECONDS, OPEN, drain=now) == Step(overdue=(OPEN,), left=1)
    assert at(STRAY_SECONDS, drain=now) == Step(is_over=True)


WINDOW = (BRIEF_SECONDS, BRIEF_SECONDS + SLACK_SECONDS)


@pytest.mark.parametrize(
    ("asleep", "elapsed", "when"),
    [
        pytest.param(ASLEEP_SECONDS, 0.0, (0.0, math.inf), id="idle beyond doubt"),
        pytest.param(ASLEEP_SECONDS / 2, 0.0, None, id="it may be between two statements"),
        pytest.param(BRIEF_SECONDS / 2, PATIENT_SECONDS, WINDOW, id="later in the first moment that is allowed"),
        pytest.param(BRIEF_SECONDS + SLACK_SECONDS, PATIENT_SECONDS, None, id="which is over"),
        pytest.param(0.004, GENTLE_SECONDS, (BRIEF_SECONDS, math.inf), id="in the end at any moment"),
    ],
)
def test_how_long_somebody_sleeps_counts(asleep: float, elapsed: float, when: tuple[float, float] | None) -> None:
    one = replace(IDLE, seconds=asleep)
    assert at(elapsed, one).idle == ((Closing(one, *when),) if when else ())


def test_who_was_seen_to_sleep_longer_may_be_closed_in_the_first_part_of_that() -> None:
    long, short = replace(IDLE, seconds=0.4), replace(IDLE, seconds=0.2)
    drain, _ = step(LOST, [long], "monitor", LOST.began)
    drain, late = step(drain, [long], "monitor", LOST.began + PATIENT_SECONDS)
    assert late.idle == ()
    drain, early = step(drain, [short], "monitor", LOST.began + PATIENT_SECONDS)
    assert early.idle == (Closing(short, BRIEF_SECONDS, EARLY * 0.4),)
    drain, _gone = step(drain, [], "monitor", LOST.began + PATIENT_SECONDS)
    assert not drain.longest


def test_the_sleep_of_an_open_transaction_says_nothing_of_when_its_client_comes_back() -> None:
    drain, _ = step(LOST, [OPEN], "monitor", LOST.began)
    assert drain.longest == {OPEN.id: 0.0}


@pytest.mark.parametrize(
    "spared",
    [
        replace(IDLE, user="system user", host="", command="Slave_IO"),
        replace(IDLE, user="event_scheduler", host="localhost", command="Daemon"),
        replace(IDLE, user="monitor", host="localhost"),
        replace(IDLE, user="root", host="localhost"),
        replace(IDLE, user="replica", command="Binlog Dump"),
        replace(IDLE, user="unauthenticated user", command="Connect"),
    ],
    ids=lambda one: f"{one.user} {one.command}",
)
def test_spared_for_ever(spared: Connection) -> None:
    assert at(0.0, spared) == Step()
    assert at(9.0, spared) == Step(is_over=True)


def test_who_connects_late_stays_and_who_was_still_sent_here_goes() -> None:
    early, late = replace(IDLE, id=20), replace(IDLE, id=21)
    drain, first = step(LOST, [IDLE], "monitor", LOST.began)
    assert first.idle == (Closing(IDLE),)
    drain, second = step(drain, [early], "monitor", LOST.began + STRAY_SECONDS)
    assert second.idle == (Closing(early),)
    drain, third = step(drain, [late], "monitor", LOST.began + STRAY_SECONDS + 0.1)
    assert third == Step(is_over=True)


def test_who_was_not_looked_at_in_time_is_looked_at_once() -> None:
    assert at(STRAY_SECONDS + 1, IDLE, BUSY).idle == (Closing(IDLE),)


def test_it_is_over_when_nobody_is_left_but_not_while_strays_may_come() -> None:
    assert not at(1.0).is_over
    assert at(STRAY_SECONDS + 0.1).is_over


def test_a_node_that_stops_closes_what_is_idle_and_leaves_the_rest_to_its_server() -> None:
    assert at(NOTICE_SECONDS - 0.1, IDLE, OPEN, drain=STOPS) == Step(left=2)
    assert at(NOTICE_SECONDS, IDLE, OPEN, drain=STOPS) == Step((Closing(IDLE),), left=1)
    assert at(99.0, replace(IDLE, id=999), BUSY, drain=STOPS) == Step((Closing(replace(IDLE, id=999)),), left=1)


HOLDERS = {"a member": a_member("db-1"), "a stale one": replace(a_member("db-1"), age=9.0),
           "no member": a_lone_server("db-1"), "silent": None}  # fmt: skip


@pytest.mark.parametrize("node", ["", "db-1"])
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("took", [None, *Mode])
@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_who_took_writes_and_takes_none_is_to_be_left(
    took: Mode | None, role: Role, node: str, holder: NodeReport | None
) -> None:
    writer = WriterView(Mode.SINGLE, node, 4, role)
    is_known = holder is HOLDERS["a member"] or took is Mode.SINGLE
    assert is_succeeded(took, writer, holder) == bool(took and role is Role.SECONDARY and node and is_known)


@pytest.mark.parametrize("access", WriteAccess)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("mode", Mode)
def test_a_sidecar_before_this_one_may_have_ended_in_the_middle_of_a_drain(
    mode: Mode, role: Role, access: WriteAccess
) -> None:
    mine, writer = a_member("db-0"), WriterView(mode, "db-1", 4, role)
    mine = replace(mine, server=replace(mine.server, access=access))
    before = ClusterSnapshot("db-0", 1.0, "b", reports={"db-0": mine}, writer=writer)
    drained = role is Role.SECONDARY and access is WriteAccess.OPEN
    assert took_before(before) is (mode if role is Role.PRIMARY or drained else None)
    assert mode_of_writes(writer) is (mode if role is Role.PRIMARY else None)


def test_where_there_was_none_nothing_is_known() -> None:
    assert took_before(None) is None
