"""The history of the writer role: read when it has grown, and never waited for."""

from __future__ import annotations

import asyncio

import pytest

from peerfinder.adapters.writer_table import NoTable
from peerfinder.core.history import Change, History
from peerfinder.core.wsrep import ServerError
from peerfinder.serve.turns import AGAIN_SECONDS, Turns

FIRST, SECOND = Change(1, 1000.0, "db-0", "", "it is the first"), Change(2, 2000.0, "db-1", "db-0", "gone", 1.5)


class Data:
    """A server's history, and how often it was read."""

    def __init__(self, *changes: Change) -> None:
        self.changes, self.reads = changes, 0

    def read(self) -> History:
        self.reads += 1
        return History(self.changes)


async def asked(turns: Turns, epoch: int, now: float) -> tuple[Change, ...]:
    """What is known once the reading is over."""
    turns.known(epoch, now)
    if turns._task:
        await turns._task
    return turns.known(epoch, now)


def test_it_is_read_when_the_role_has_been_claimed():
    async def play() -> None:
        data = Data(FIRST)
        turns = Turns(data.read)
        assert turns.known(1, 10.0) == ()
        assert await asked(turns, 1, 10.0) == (FIRST,)
        assert await asked(turns, 1, 100.0) == (FIRST,)
        assert data.reads == 1
        data.changes = (SECOND, FIRST)
        assert await asked(turns, 2, 101.0) == (SECOND, FIRST)
        assert data.reads == 2

    asyncio.run(play())


def test_a_change_that_is_not_written_down_yet_is_asked_for_again_after_a_while():
    async def play() -> None:
        data = Data(FIRST)
        turns = Turns(data.read)
        for second in range(10):
            await asked(turns, 2, float(second))
        assert data.reads == 1 + int(9 / AGAIN_SECONDS)

    asyncio.run(play())


@pytest.mark.parametrize("answer", [NoTable("none"), ServerError("away")], ids=["no table", "no server"])
def test_what_cannot_be_read_leaves_what_is_known(answer):
    def read() -> NoTable:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def play() -> None:
        assert await asked(Turns(read), 3, 10.0) == ()

    asyncio.run(play())
