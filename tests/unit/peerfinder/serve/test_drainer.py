"""When clients are sent away, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from peerfinder.core.drain import STRAY_SECONDS, Closing, Connection
from peerfinder.core.events import Event
from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.wsrep import ServerError, ServerFacts
from peerfinder.serve import drainer
from peerfinder.serve.drainer import Drainer
from tests.support.sights import a_lone_server, a_member

MINE = a_member("db-0")
STOPPING = replace(MINE, facts=replace(MINE.facts, phase=Phase.STOPPING))
IS_WRITER = WriterView(Mode.SINGLE, "db-0", 4, Role.PRIMARY)
LOST_IT = WriterView(Mode.SINGLE, "db-1", 5, Role.SECONDARY)
UNKNOWN = WriterView(Mode.SINGLE, "", 0, Role.NONE)
MULTI = WriterView(Mode.MULTI, "", 0, Role.PRIMARY)
BEING_CHOSEN = WriterView(Mode.SINGLE, "", 0, Role.SECONDARY)
NAMES_ONE_WHO_LEFT = WriterView(Mode.SINGLE, "db-2", 4, Role.SECONDARY)
IDLE = Connection(7, "app", "10.0.0.9:1", "Sleep", 9.0, 70)
OPEN = Connection(8, "app", "10.0.0.9:2", "Sleep", 9.0, 80, in_transaction=True)


class Clients:
    """Connections, of which those that are closed go away; `fails` times the server does not answer."""

    def __init__(self, *there: Connection, fails: int = 0) -> None:
        self.there, self.fails = list(there), fails

    def read(self) -> tuple[Connection, ...]:
        if self.fails:
            self.fails -= 1
            raise ServerError("no SQL yet")
        return tuple(self.there)

    def close(self, idle: Sequence[Closing], overdue: Sequence[Connection]) -> int:
        for one in (*(closing.one for closing in idle), *overdue):
            self.there.remove(one)
        return len(idle) + len(overdue)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set; each round comes at once."""
    times = [100.0]
    monkeypatch.setattr(drainer.clock, "now", lambda: times[0])
    monkeypatch.setattr(drainer, "ROUND_SECONDS", 0.0)
    return times


def seen(writer: WriterView, mine: NodeReport = MINE) -> ClusterSnapshot:
    return ClusterSnapshot("db-0", 100.0, "b", None, {"db-0": mine, "db-1": a_member("db-1")}, writer=writer)


class Played:
    """One drainer, its looks, and what came of them."""

    def __init__(self, clock: list[float], *there: Connection, took: Mode | None = None, fails: int = 0) -> None:
        self.clock, self.clients, self.events = clock, Clients(*there, fails=fails), list[Event]()
        self.drainer = Drainer(self.clients, "monitor", 5.0, took, self.events.append)

    async def look(self, writer: WriterView, mine: NodeReport = MINE, now: float | None = None) -> list[int]:
        """Look, let some rounds pass, and tell who is left."""
        self.clock[0] = now if now is not None else self.clock[0]
        self.drainer.look(seen(writer, mine), self.clock[0])
        for _round in range(40):
            await asyncio.sleep(0.002)
        return [one.id for one in self.clients.there]


def test_who_loses_the_role_sends_its_clients_away_and_says_how_many(clock: list[float]) -> None:
    async def live() -> list[Event]:
        one = Played(clock, IDLE, OPEN)
        assert await one.look(IS_WRITER) == [7, 8]
        assert await one.look(LOST_IT) == [8]
        assert await one.look(LOST_IT, now=105.0) == []
        assert not one.drainer.problem
        return one.events

    (event,) = asyncio.run(live())
    assert (event.reason, event.message) == (
        "ConnectionsKilled", "1 connections were closed while busy, because their 5 s were over; 1 when idle"
    )  # fmt: skip


def test_the_winner_of_the_epoch_says_how_long(clock: list[float]) -> None:
    async def live() -> list[int]:
        one = Played(clock, OPEN)
        await one.look(IS_WRITER)
        one.drainer.expect(5, 60.0)
        await one.look(LOST_IT)
        left = await one.look(LOST_IT, now=159.0)
        await one.look(LOST_IT, now=160.0)
        return left

    assert asyncio.run(live()) == [8]


@pytest.mark.parametrize(
    ("looks", "left"),
    [
        pytest.param(
            [(IS_WRITER, MINE), (UNKNOWN, MINE), (LOST_IT, MINE)], [], id="a row that cannot be read meanwhile"
        ),
        pytest.param([(LOST_IT, MINE), (LOST_IT, MINE)], [7], id="never the writer"),
        pytest.param([(IS_WRITER, MINE), (MULTI, MINE)], [7], id="mode multi"),
        pytest.param([(MULTI, MINE), (LOST_IT, MINE)], [], id="mode single, and another is the writer"),
        pytest.param([(MULTI, MINE), (IS_WRITER, MINE)], [7], id="mode single, and the writer"),
        pytest.param([(MULTI, MINE), (BEING_CHOSEN, MINE)], [7], id="mode single, and the writer is being chosen"),
        pytest.param([(MULTI, MINE), (BEING_CHOSEN, MINE), (LOST_IT, MINE)], [], id="mode single, and it was chosen"),
        pytest.param([(MULTI, MINE), (NAMES_ONE_WHO_LEFT, MINE)], [7], id="mode single, and the row is an old one"),
        pytest.param(
            [(MULTI, MINE), (NAMES_ONE_WHO_LEFT, MINE), (IS_WRITER, MINE)], [7], id="mode single, and claims it itself"
        ),
        pytest.param([(IS_WRITER, MINE), (LOST_IT, a_lone_server("db-0"))], [7], id="out of the Primary"),
        pytest.param([(IS_WRITER, STOPPING), (LOST_IT, STOPPING)], [], id="told to stop, and succeeded"),
        pytest.param([(IS_WRITER, STOPPING), (IS_WRITER, STOPPING)], [7], id="told to stop, and the writer still"),
    ],
)
def test_whose_clients_are_sent_away(
    clock: list[float], looks: list[tuple[WriterView, NodeReport]], left: list[int]
) -> None:
    async def live() -> list[int]:
        one = Played(clock, IDLE)
        for writer, mine in looks:
            there = await one.look(writer, mine)
        one.drainer._drain = None
        await asyncio.sleep(0.02)
        return there

    assert asyncio.run(live()) == left


def test_a_secondary_that_stops_closes_its_idle_connections_after_a_while(clock: list[float]) -> None:
    async def live() -> tuple[list[int], list[int]]:
        one = Played(clock, IDLE, OPEN)
        first = await one.look(LOST_IT, STOPPING)
        second = await one.look(LOST_IT, STOPPING, now=100.0 + STRAY_SECONDS)
        await one.look(UNKNOWN, a_lone_server("db-0"))  # its server goes
        return first, second

    assert asyncio.run(live()) == ([7, 8], [8])


def test_a_sidecar_that_was_started_anew_knows_that_its_node_was_the_writer(clock: list[float]) -> None:
    async def live() -> list[int]:
        one = Played(clock, IDLE, took=Mode.SINGLE)
        left = await one.look(LOST_IT)
        await one.look(LOST_IT, now=110.0)
        return left

    assert asyncio.run(live()) == []


def test_so_it_does_when_every_node_took_the_writes_before(clock: list[float]) -> None:
    async def live() -> list[int]:
        one = Played(clock, IDLE, took=Mode.MULTI)
        left = await one.look(LOST_IT)
        await one.look(LOST_IT, now=110.0)
        return left

    assert asyncio.run(live()) == []


def test_the_seconds_of_an_older_takeover_are_not_those_of_the_end_of_mode_multi(clock: list[float]) -> None:
    async def live() -> list[int]:
        one = Played(clock, OPEN)
        one.drainer.expect(5, 60.0)
        await one.look(LOST_IT)
        await one.look(MULTI)
        await one.look(LOST_IT)
        left = await one.look(LOST_IT, now=105.0)
        await one.look(LOST_IT, now=110.0)
        return left

    assert asyncio.run(live()) == []


def test_there_are_writers_until_all_of_them_have_gone(clock: list[float]) -> None:
    async def live() -> list[bool]:
        one, found = Played(clock, OPEN), []
        for writer, now in ((LOST_IT, 100.0), (MULTI, 100.0), (NAMES_ONE_WHO_LEFT, 100.0), (LOST_IT, 101.0),
                            (LOST_IT, 106.0), (LOST_IT, 107.0)):  # fmt: skip
            await one.look(writer, now=now)
            found.append(one.drainer.has_writers)
        return found

    assert asyncio.run(live()) == [False, True, True, True, False, False]


def test_a_server_that_does_not_answer_for_a_while_is_no_reason_to_end_it(clock: list[float]) -> None:
    async def live() -> list[int]:
        one = Played(clock, OPEN)
        await one.look(IS_WRITER)
        await one.look(LOST_IT)
        await one.look(UNKNOWN, replace(MINE, server=ServerFacts(error="no answer")))
        await one.look(LOST_IT)
        return await one.look(LOST_IT, now=105.0)

    assert asyncio.run(live()) == []


def test_the_role_that_comes_back_ends_it(clock: list[float]) -> None:
    async def live() -> list[int]:
        one = Played(clock, OPEN)
        await one.look(IS_WRITER)
        await one.look(LOST_IT)
        await one.look(replace(IS_WRITER, epoch=6))
        return await one.look(replace(IS_WRITER, epoch=6), now=110.0)

    assert asyncio.run(live()) == [8]


def test_a_server_that_does_not_answer_is_asked_again(clock: list[float]) -> None:
    async def live() -> list[int]:
        one = Played(clock, IDLE, fails=2)
        await one.look(IS_WRITER)
        left = await one.look(LOST_IT)
        await one.look(LOST_IT, now=110.0)
        return left

    assert asyncio.run(live()) == []
