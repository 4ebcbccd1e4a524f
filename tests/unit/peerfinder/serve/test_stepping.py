"""A step out is asked for once, beside the looks, and taken back only when it is there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from peerfinder.core.report import FRESH_SECONDS, Copying, NodeReport, Purpose
from peerfinder.core.wsrep import ServerError
from peerfinder.serve.stepping import RETRY_SECONDS, Stepper
from tests.support.sights import a_member

AHEAD = (a_member("db-1", seqno=830),)
STUCK = 30.0


def mine(queue: int = 20, *, seqno: int = 812, desynced: bool = False, pid: int = 7, **server: Any) -> NodeReport:
    one = a_member("db-0", seqno=seqno)
    facts = replace(one.facts, start_id="s", server_pid=pid)
    return replace(one, facts=facts, server=replace(one.server, recv_queue=queue, desynced=desynced, **server))


class Appliers:
    """The server; a desync answers when `move` says that the appliers move."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.was_asked = threading.Event()
        self.move = threading.Event()
        self.error = ""

    def desync(self, on: bool) -> None:
        self.asked.append(on)
        self.was_asked.set()
        if on:
            assert self.move.wait(10)
        if self.error:
            raise ServerError(self.error)


@pytest.fixture
def appliers() -> Appliers:
    return Appliers()


def live(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(story())


async def answered(stepper: Stepper) -> None:
    assert stepper._setting is not None
    await asyncio.wait((stepper._setting,), timeout=5)


def look(stepper: Stepper, report: NodeReport, now: float) -> tuple[bool, bool]:
    """Whether it counts as stuck, and as stepped out."""
    found = stepper.look(report, AHEAD, now)
    stepper.act()
    assert found is not None
    return bool(found.server.stuck), found.server.stepped_out


def test_out_while_the_desync_waits_for_the_appliers_and_in_when_they_have_caught_up(appliers: Appliers):
    async def story() -> None:
        one = Stepper(STUCK, appliers.desync, None)
        assert look(one, mine(), 0) == (False, False)
        assert look(one, mine(), 29) == (False, False)
        assert look(one, mine(), 30) == (True, True)
        assert look(one, mine(), 31) == (True, True)
        assert await asyncio.to_thread(appliers.was_asked.wait, 5)
        appliers.move.set()
        await answered(one)
        assert look(one, mine(20, seqno=813, desynced=True), 40) == (True, True)
        assert appliers.asked == [True]
        assert look(one, mine(3, seqno=829, desynced=True), 41) == (False, True)
        await answered(one)
        assert appliers.asked == [True, False]
        assert look(one, mine(0, seqno=830), 42) == (False, True)  # SQL may have shown it before the answer
        assert look(one, mine(0, seqno=830), 43 + FRESH_SECONDS) == (False, False)
        assert appliers.asked == [True, False]

    live(story)


def test_a_reset_never_overtakes_the_desync(appliers: Appliers):
    async def story() -> None:
        one = Stepper(STUCK, appliers.desync, None)
        look(one, mine(), 0)
        look(one, mine(), 30)
        assert await asyncio.to_thread(appliers.was_asked.wait, 5)
        for now in (31, 40, 50):
            assert look(one, mine(0, seqno=830), now) == (False, True)
        assert appliers.asked == [True]
        appliers.move.set()
        await answered(one)
        look(one, mine(0, seqno=830), 51)  # what SQL shows is older than the answer
        assert appliers.asked == [True]
        look(one, mine(0, seqno=830, desynced=True), 52)
        await answered(one)
        assert appliers.asked == [True, False]

    live(story)


def test_a_sidecar_that_was_started_anew_takes_back_what_the_one_before_it_has_set(appliers: Appliers):
    async def story() -> None:
        one = Stepper(STUCK, appliers.desync, mine(stepped_out=True, stuck="its appliers stand still"))
        assert look(one, mine(), 100) == (True, True)
        look(one, mine(0, seqno=830, desynced=True), 101)
        await answered(one)
        assert appliers.asked == [False]

    live(story)


def test_what_a_person_has_set_stays(appliers: Appliers):
    async def story() -> None:
        one = Stepper(STUCK, appliers.desync, mine(desynced=True))
        for now in (0, 100):
            look(one, mine(desynced=True), now)
        look(one, mine(0, seqno=830, desynced=True), 200)
        assert appliers.asked == []

    live(story)


def test_another_server_process_begins_anew(appliers: Appliers):
    async def story() -> None:
        one = Stepper(STUCK, appliers.desync, mine(stepped_out=True))
        assert look(one, mine(0, pid=8), 100) == (False, False)
        assert appliers.asked == []

    live(story)


def test_a_desync_that_is_refused_is_said_and_tried_again_after_a_while(appliers: Appliers):
    async def story() -> None:
        appliers.error = "no"
        appliers.move.set()
        one = Stepper(STUCK, appliers.desync, None)
        look(one, mine(), 0)
        look(one, mine(), 30)
        await answered(one)
        assert look(one, mine(), 31) == (True, False)
        assert one.problem == "wsrep_desync could not be set: no"
        assert appliers.asked == [True]
        look(one, mine(), 31 + RETRY_SECONDS)
        await answered(one)
        assert appliers.asked == [True, True]

    live(story)


def test_without_a_report_there_is_nothing_to_say(appliers: Appliers):
    assert Stepper(STUCK, appliers.desync, None).look(None, AHEAD, 0) is None


SINCE = "2026-11-28 14:01:50 UTC"


def test_maintenance_is_a_step_out_that_calls_nothing_stuck(appliers: Appliers):
    async def story() -> None:
        appliers.move.set()
        one = Stepper(STUCK, appliers.desync, None)
        assert look(one, mine(0, seqno=830), 0) == (False, False)
        holding = one.look(mine(0, seqno=830, maintenance=SINCE), AHEAD, 1, holds_role=True)
        assert holding
        assert not holding.server.stepped_out
        assert look(one, mine(0, seqno=830, maintenance=SINCE), 2) == (False, True)
        await answered(one)
        assert look(one, mine(0, seqno=830, maintenance=SINCE, desynced=True), 3) == (False, True)
        assert appliers.asked == [True]
        assert look(one, mine(20, seqno=830, desynced=True), 10) == (False, True)  # ended; it catches up
        look(one, mine(0, seqno=850, desynced=True), 11)
        await answered(one)
        assert appliers.asked == [True, False]
        look(one, mine(0, seqno=850), 12)
        assert look(one, mine(0, seqno=850), 13 + FRESH_SECONDS) == (False, False)

    live(story)


def test_maintenance_that_begins_again_before_the_step_in_was_seen(appliers: Appliers):
    async def story() -> None:
        appliers.move.set()
        one = Stepper(STUCK, appliers.desync, mine(0, seqno=830, stepped_out=True, maintenance=SINCE))
        look(one, mine(0, seqno=830, desynced=True), 100)
        await answered(one)
        assert appliers.asked == [False]
        look(one, mine(0, seqno=830, maintenance=SINCE), 101)
        look(one, mine(0, seqno=830, maintenance=SINCE), 102 + FRESH_SECONDS)
        await answered(one)
        assert appliers.asked == [False, True]

    live(story)


def test_a_sidecar_that_was_started_anew_leaves_a_node_in_maintenance_out(appliers: Appliers):
    async def story() -> None:
        rests = mine(0, seqno=830, stepped_out=True, maintenance=SINCE, desynced=True)
        one = Stepper(STUCK, appliers.desync, rests)
        assert look(one, rests, 100) == (False, True)
        assert appliers.asked == []

    live(story)


COPYING = Copying(Purpose.BACKUP)


def copied(**server: Any) -> NodeReport:
    return replace(mine(0, seqno=830, **server), copying=COPYING)


def test_a_node_is_out_while_it_is_copied_and_in_again_afterwards(appliers: Appliers):
    async def story() -> None:
        appliers.move.set()
        one = Stepper(STUCK, appliers.desync, None)
        assert look(one, copied(), 0) == (False, True)
        await answered(one)
        assert look(one, copied(desynced=True), 1) == (False, True)
        assert look(one, mine(0, seqno=830, desynced=True), 2) == (False, True)
        await answered(one)
        assert appliers.asked == [True, False]
        look(one, mine(0, seqno=830), 3)
        assert look(one, mine(0, seqno=830), 4 + FRESH_SECONDS) == (False, False)

    live(story)


def test_a_sidecar_that_was_killed_in_a_copy_leaves_no_desync_behind(appliers: Appliers):
    async def story() -> None:
        last_words = copied(stepped_out=True, desynced=True)
        one = Stepper(STUCK, appliers.desync, last_words)
        assert look(one, mine(0, seqno=830, desynced=True), 100) == (False, True)
        await answered(one)
        assert appliers.asked == [False]

    live(story)


def test_the_server_is_not_touched_before_the_report_says_so(appliers: Appliers):
    async def story() -> None:
        one = Stepper(STUCK, appliers.desync, None)
        found = one.look(copied(), AHEAD, 0)
        assert found
        assert found.server.stepped_out
        assert one._setting is None
        assert look(one, copied(), 0.25) == (False, True)  # the look before was not published
        assert await asyncio.to_thread(appliers.was_asked.wait, 5)
        appliers.move.set()
        await answered(one)
        assert appliers.asked == [True]

    live(story)


def test_what_was_decided_and_is_not_wanted_any_more_is_not_done(appliers: Appliers):
    async def story() -> None:
        one = Stepper(STUCK, appliers.desync, None)
        one.look(copied(), AHEAD, 0)
        assert look(one, mine(0, seqno=830), 10) == (False, False)
        assert one._setting is None
        assert appliers.asked == []

    live(story)
