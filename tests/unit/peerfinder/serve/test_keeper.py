"""How often the memory is read, and what is said of one that cannot be."""

from __future__ import annotations

import asyncio
import time

import pytest

from peerfinder.core.memory import ClusterMemory
from peerfinder.serve.keeper import Keeper
from tests.support.sights import FIRST_EPOCH, HISTORY, a_member

MEMORY = ClusterMemory("u", version=3)


class Source:
    """A memory that counts its readings, and can fail or hang."""

    pause = 0.9

    def __init__(self) -> None:
        self.readings = 0
        self.memory = MEMORY
        self.error: Exception | None = None
        self.takes = 0.0

    def read(self) -> ClusterMemory:
        self.readings += 1
        time.sleep(self.takes)
        if self.error:
            raise self.error
        return self.memory

    def swap(self, expected_version: int, new: ClusterMemory) -> bool:
        if self.error:
            raise self.error
        self.memory = new
        return True


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def keeper(source):
    return Keeper(source, "db-0", None)


def refresh(keeper, *moments, patience=0.5, anew=False):
    async def looks():
        for now in moments:
            await keeper.refresh(now, patience, anew=anew)

    asyncio.run(looks())
    return keeper.weigh({})


def test_a_malformed_memory_is_written_anew_by_the_primary_once_it_is_emptied_as_the_message_says(keeper, source):
    primary = {"db-0": a_member("db-0")}

    def look(now):
        async def both():
            await keeper.refresh(now, 0.5)
            return keeper.weigh(primary), await keeper.write_what_is_due(primary, ("db-0",), now, 0.5)

        return asyncio.run(both())

    source.error = ValueError("$.version: expected int, found str")
    reading, written = look(1.0)
    assert (reading.fresh, written) == (False, None)
    assert reading.problem == (
        "the cluster memory is malformed ($.version: expected int, found str), so it counts as unreadable; "
        "while a Primary runs, empty it: the Primary writes it anew"
    )
    source.error, source.memory = None, ClusterMemory()
    reading, written = look(2.0)
    assert written == source.memory
    assert (written.uuid, written.ballot) == (HISTORY, FIRST_EPOCH)


def test_a_look_within_the_pause_takes_the_last_reading_as_one_of_now(keeper, source):
    assert refresh(keeper, 10.0, 10.25, 10.5, 10.75).fresh
    assert source.readings == 1
    refresh(keeper, 11.0)
    assert source.readings == 2


def test_a_candidates_look_reads_anew(keeper, source):
    refresh(keeper, 10.0)
    refresh(keeper, 10.1, anew=True)
    assert source.readings == 2


def test_after_a_swap_it_is_read_again_at_once(keeper):
    refresh(keeper, 10.0)
    assert asyncio.run(keeper.swap(3, ClusterMemory("v", version=4))) is True
    assert refresh(keeper, 10.1).memory == ClusterMemory("v", version=4)


def test_a_memory_that_cannot_be_read_is_the_last_copy_and_not_fresh(keeper, source):
    refresh(keeper, 10.0)
    source.error = FileNotFoundError(2, "not found", "ConfigMap shop/my-memory")
    reading = refresh(keeper, 11.0, 11.25)
    assert (reading.memory, reading.fresh) == (MEMORY, False)
    assert reading.problem == (
        "the cluster memory ConfigMap shop/my-memory does not exist; missing is not empty, so nobody may start by it"
    )
    assert source.readings == 3
    source.error = None
    assert refresh(keeper, 11.5).fresh


def test_what_is_wrong_is_said_in_the_same_words_while_the_next_answer_is_on_its_way(keeper, source):
    source.error = ConnectionError("GET ConfigMap shop/my-memory: connection refused")
    before = refresh(keeper, 10.0).problem
    source.takes = 0.2
    assert refresh(keeper, 11.0, patience=0.01).problem == before
    assert "connection refused" in before


def test_a_swap_that_fails_is_a_sentence(keeper, source):
    source.error = TimeoutError("PUT ConfigMap shop/my-memory: the API does not answer within 2 s")
    assert "does not answer within 2 s" in str(asyncio.run(keeper.swap(3, MEMORY)))
