"""Which connections may be closed now."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from peerfinder.core.drain import (
    ASLEEP_SECONDS,
    BRIEF_SECONDS,
    NOTICE_SECONDS,
    PATIENT_SECONDS,
    STRAY_SECONDS,
    Connection,
    Drain,
    Step,
    step,
)

LOST = Drain(100.0, 5.0)
STOPS = Drain(100.0, math.inf, stops=True)
IDLE = Connection(7, "app", "10.0.0.9:41234", "Sleep", 1.0, 70)
BUSY = Connection(8, "app", "10.0.0.9:41235", "Query", 1.0, 80)
OPEN = Connection(9, "app", "10.0.0.9:41236", "Sleep", 1.0, 90, in_transaction=True)


def at(seconds: float, *connections: Connection, drain: Drain = LOST) -> Step:
    """What is to be done so many seconds after its beginning."""
    return step(drain, connections, "monitor", drain.began + seconds)[1]


def test_who_does_nothing_goes_first_and_who_is_busy_when_the_time_is_up() -> None:
    assert at(0.0, IDLE, BUSY, OPEN) == Step((IDLE,), left=2)
    assert at(4.9, IDLE, BUSY, OPEN) == Step((IDLE,), left=2)
    assert at(5.0, IDLE, BUSY, OPEN) == Step(overdue=(IDLE, BUSY, OPEN), left=3)
    assert at(5.2, BUSY) == Step(overdue=(BUSY,), left=1)  # it commits, and is told again
    assert at(5.4) == Step(is_over=True)


def test_without_a_drain_time_all_go_at_once_and_strays_after_them() -> None:
    now = replace(LOST, seconds=0.0)
    assert at(0.0, BUSY, drain=now) == Step(overdue=(BUSY,), left=1)
    assert at(STRAY_SECONDS, OPEN, drain=now) == Step(overdue=(OPEN,), left=1)
    assert at(STRAY_SECONDS, drain=now) == Step(is_over=True)


@pytest.mark.parametrize(
    ("asleep", "elapsed", "goes"),
    [
        pytest.param(ASLEEP_SECONDS, 0.0, True, id="idle beyond doubt"),
        pytest.param(ASLEEP_SECONDS / 2, 0.0, False, id="it may be between two statements"),
        pytest.param(BRIEF_SECONDS, PATIENT_SECONDS, True, id="later a shorter pause is enough"),
        pytest.param(BRIEF_SECONDS / 2, 4.0, False, id="but none that may be between BEGIN and a statement"),
    ],
)
def test_how_long_somebody_sleeps_counts(asleep: float, elapsed: float, goes: bool) -> None:
    one = replace(IDLE, seconds=asleep)
    assert (one in at(elapsed, one).idle) is goes


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
    assert first.idle == (IDLE,)
    drain, second = step(drain, [early], "monitor", LOST.began + STRAY_SECONDS)
    assert second.idle == (early,)
    drain, third = step(drain, [late], "monitor", LOST.began + STRAY_SECONDS + 0.1)
    assert third == Step(is_over=True)


def test_who_was_not_looked_at_in_time_is_looked_at_once() -> None:
    assert at(STRAY_SECONDS + 1, IDLE, BUSY).idle == (IDLE,)


def test_it_is_over_when_nobody_is_left_but_not_while_strays_may_come() -> None:
    assert not at(1.0).is_over
    assert at(STRAY_SECONDS + 0.1).is_over


def test_a_node_that_stops_closes_what_is_idle_and_leaves_the_rest_to_its_server() -> None:
    assert at(NOTICE_SECONDS - 0.1, IDLE, OPEN, drain=STOPS) == Step(left=2)
    assert at(NOTICE_SECONDS, IDLE, OPEN, drain=STOPS) == Step((IDLE,), left=1)
    assert at(99.0, replace(IDLE, id=999), BUSY, drain=STOPS) == Step((replace(IDLE, id=999),), left=1)
