"""Events leave the sidecar one by one, a few at most, and nobody waits for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from peerfinder.core.events import Event
from peerfinder.serve import announcer
from peerfinder.serve.announcer import MOST, WITHIN_SECONDS, Announcer
from tests.support.sights import a_lone_server, a_member

GOOD, LOST = a_member("db-0"), a_lone_server("db-0")


def announced(write: Callable[[Event], None], looks: int, *, step: float = 1.0) -> Announcer:
    """A node that loses its quorum and regains it, again and again."""

    async def live() -> Announcer:
        told = Announcer(write)
        for number in range(looks):
            told.look(LOST if number % 2 else GOOD, number * step)
            if told._task:
                await told._task
        return told

    return asyncio.run(live())


def test_what_happens_is_told_in_its_order():
    found: list[str] = []
    announced(lambda event: found.append(event.reason), 4)
    assert found == ["LostQuorum", "QuorumRegained", "LostQuorum"]


def test_a_fluttering_node_is_held_to_a_few():
    found: list[Event] = []
    announced(found.append, 5 * MOST)
    assert len(found) == MOST


def test_after_a_while_it_may_speak_again():
    found: list[Event] = []
    announced(found.append, 3 * MOST, step=WITHIN_SECONDS / MOST + 1)
    assert len(found) == 3 * MOST - 1


def test_an_event_that_cannot_be_written_is_tried_again_and_dropped(monkeypatch):
    monkeypatch.setattr(announcer, "RETRY_SECONDS", 0.01)
    tries: list[Event] = []

    def fail(event: Event) -> None:
        tries.append(event)
        raise PermissionError("POST Event shop/db-0: the API answers 403 (no)")

    told = announced(fail, 2)
    assert len(tries) == 2
    assert told.problem == "an event of the pod cannot be written (POST Event shop/db-0: the API answers 403 (no))"


def test_a_slow_api_keeps_nobody_waiting():
    async def look() -> float:
        told = Announcer(lambda _event: time.sleep(0.3))
        began = time.monotonic()
        for report in (GOOD, LOST, GOOD):
            told.look(report, 0.0)
            await asyncio.sleep(0)
        return time.monotonic() - began

    assert asyncio.run(look()) < 0.2


@pytest.mark.parametrize("report", [None, GOOD])
def test_without_an_api_nothing_is_told(report):
    told = Announcer(None)
    told.look(report, 0.0)
    assert told._task is None
