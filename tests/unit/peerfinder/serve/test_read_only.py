"""When read_only is set, what is known of it meanwhile, and what a claim does to a change on its way."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest

from peerfinder.core.report import FRESH_SECONDS, NodeReport
from peerfinder.core.role import Role
from peerfinder.core.wsrep import ServerError, WriteAccess
from peerfinder.serve import read_only
from peerfinder.serve.read_only import RETRY_SECONDS, ReadOnly
from tests.support.sights import a_member

FREE, UNSURE, OPEN, CLOSED = WriteAccess


def mine(*, pid: int = 7, **server: Any) -> NodeReport:
    one = a_member("db-0")
    return replace(one, facts=replace(one.facts, server_pid=pid), server=replace(one.server, **server))


class Variable:
    """read_only of a server; a change waits while `holds_up` is set, and `error` is what it ends with."""

    def __init__(self) -> None:
        self.set: list[bool] = []
        self.error = ""
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.is_waiting = threading.Event()

    def switch(self, on: bool) -> None:
        self.is_waiting.set()
        assert self.goes_on.wait(10)
        if self.error:
            raise ServerError(self.error)
        self.set.append(on)


@pytest.fixture
def variable() -> Variable:
    return Variable()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    times = [100.0]
    monkeypatch.setattr(read_only.clock, "now", lambda: times[0])
    return times


async def look(one: ReadOnly, role: Role, now: float = 100.0, *, drains: bool = False, **server: Any) -> WriteAccess:
    """Look once, and let what it began come to its end; gives what is known afterwards."""
    report = one.told(mine(**server), now)
    assert report is not None
    one.look(report, role, now, drains=drains, done=lambda: None)
    if one._task is not None:
        await one._task
    report = one.told(mine(**server), now)
    assert report is not None
    return report.server.access


def test_it_follows_the_role_and_waits_for_the_drain(variable: Variable) -> None:
    async def live() -> list[WriteAccess]:
        one = ReadOnly(variable.switch, None, is_enforced=True)
        return [
            await look(one, Role.NONE),
            await look(one, Role.SECONDARY),
            await look(one, Role.PRIMARY, read_only=True),
            await look(one, Role.SECONDARY, drains=True),
            await look(one, Role.SECONDARY),
            await look(one, Role.SECONDARY, read_only=True),
        ]

    assert asyncio.run(live()) == [UNSURE, CLOSED, OPEN, OPEN, CLOSED, CLOSED]
    assert variable.set == [True, False, True]


def test_where_it_is_not_asked_for_nothing_is_set(variable: Variable) -> None:
    async def live() -> list[WriteAccess]:
        one = ReadOnly(variable.switch, None, is_enforced=False)
        one.open()
        return [await look(one, role) for role in Role]

    assert asyncio.run(live()) == [FREE] * 3
    assert variable.set == []


@pytest.mark.parametrize(("before", "was_set"), [(CLOSED, [False]), (UNSURE, [False]), (OPEN, []), (FREE, [])])
def test_a_sidecar_that_does_not_keep_it_takes_back_what_the_one_before_has_set(
    variable: Variable, before: WriteAccess, was_set: list[bool]
) -> None:
    async def live() -> WriteAccess:
        one = ReadOnly(variable.switch, mine(access=before), is_enforced=False)
        return await look(one, Role.SECONDARY, read_only=True)

    assert asyncio.run(live()) is FREE
    assert variable.set == was_set


def test_a_sidecar_that_was_started_anew_knows_what_was_set(variable: Variable) -> None:
    async def live() -> WriteAccess:
        one = ReadOnly(variable.switch, mine(access=CLOSED), is_enforced=True)
        return await look(one, Role.SECONDARY, read_only=True)

    assert asyncio.run(live()) is CLOSED
    assert variable.set == []


def test_of_a_new_server_nothing_is_known(variable: Variable) -> None:
    async def live() -> WriteAccess:
        one = ReadOnly(variable.switch, mine(access=CLOSED), is_enforced=True)
        return await look(one, Role.NONE, pid=8)

    assert asyncio.run(live()) is UNSURE


def test_what_sql_showed_before_the_change_says_nothing_any_more(variable: Variable) -> None:
    async def live() -> list[bool]:
        one = ReadOnly(variable.switch, None, is_enforced=True)
        await look(one, Role.PRIMARY, read_only=True)
        found = [one.told(mine(read_only=True), now) for now in (100.1, 100.1 + FRESH_SECONDS)]
        return [report.server.read_only for report in found if report is not None]

    assert asyncio.run(live()) == [False, True]  # and later it was set by hand


def test_a_change_that_fails_is_not_known_and_tried_again_later_and_at_once_for_the_writer(variable: Variable) -> None:
    async def live() -> list[WriteAccess]:
        one = ReadOnly(variable.switch, mine(access=OPEN), is_enforced=True)
        variable.error = "Lock wait timeout exceeded"
        found = [await look(one, Role.SECONDARY)]
        assert one.problem == "read_only could not be set ON, it is tried again: Lock wait timeout exceeded"
        variable.error = ""
        found += [await look(one, Role.SECONDARY, 101.0), await look(one, Role.SECONDARY, 100.0 + RETRY_SECONDS)]
        assert not one.problem
        variable.error = "no SQL yet"
        found.append(await look(one, Role.PRIMARY, 110.0))
        variable.error = ""
        return [*found, await look(one, Role.PRIMARY, 110.3)]

    assert asyncio.run(live()) == [UNSURE, UNSURE, CLOSED, UNSURE, OPEN]


def test_a_claim_waits_for_a_change_on_its_way_and_has_the_last_word(variable: Variable) -> None:
    async def live() -> None:
        one = ReadOnly(variable.switch, mine(), is_enforced=True)
        variable.goes_on.clear()
        one.look(one.told(mine(), 100.0), Role.SECONDARY, 100.0, drains=False, done=lambda: None)
        assert await asyncio.to_thread(variable.is_waiting.wait, 10)
        claim = asyncio.ensure_future(asyncio.to_thread(one.open))
        variable.goes_on.set()
        await claim
        assert one._task is not None
        await one._task

    asyncio.run(live())
    assert variable.set == [True, False]


def test_a_change_to_on_that_comes_after_a_claim_is_none(variable: Variable) -> None:
    async def live() -> WriteAccess:
        one = ReadOnly(variable.switch, mine(), is_enforced=True)
        one.look(one.told(mine(), 100.0), Role.SECONDARY, 100.0, drains=False, done=lambda: None)
        one.open()  # before the thread of the other has begun
        assert one._task is not None
        await one._task
        report = one.told(mine(), 100.0)
        assert report is not None
        return report.server.access

    assert asyncio.run(live()) is OPEN
    assert variable.set == [False]


def test_a_claim_whose_order_fails_leaves_it_to_the_next_look(variable: Variable) -> None:
    async def live() -> list[WriteAccess]:
        one = ReadOnly(variable.switch, mine(access=CLOSED), is_enforced=True)
        variable.error = "no SQL yet"
        one.open()
        report = one.told(mine(read_only=True), 100.0)
        assert report is not None
        variable.error = ""
        return [report.server.access, await look(one, Role.PRIMARY, read_only=True)]

    assert asyncio.run(live()) == [UNSURE, OPEN]
