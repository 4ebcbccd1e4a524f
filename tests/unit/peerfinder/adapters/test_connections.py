"""What the server says of its connections, and what it is told; that it does so is tested on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from peerfinder.adapters.connections import close, read
from peerfinder.core.drain import Closing, Connection

ME, IDLE, OPEN = 3, 7, 9
PROCESSES = (
    (ME, "monitor", "localhost", "Query", 0.1, 30),
    (IDLE, b"app", "10.0.0.9:1", "Sleep", 1500.5, 70),
    (OPEN, "app", "10.0.0.9:2", "Sleep", 20.0, 90),
    (1, "system user", None, "Sleep", 20.0, 0),
)


class Answers:
    """A server with these connections, of whom these have a transaction; a closed one is gone."""

    def __init__(self, *transactions: int, stays: tuple[int, ...] = (), stale: bool = False) -> None:
        self._transactions, self._stays, self._stale = transactions, stays, stale
        self.told: list[str] = []

    def rows(self, query: str, _values: tuple[object, ...] = ()) -> Sequence[tuple[Any, ...]]:
        if "CONNECTION_ID" in query:
            return ((ME,),)
        if "INNODB_TRX" in query:
            assert self.told == ["START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"]
            asked = "what was asked before" if self._stale else query
            return tuple((one, asked if one == ME else None) for one in self._transactions)
        return PROCESSES if "COMMAND" in query else tuple((one,) for one in (ME, *self._stays))

    def change(self, statement: str, _values: tuple[object, ...] = ()) -> int:
        self.told.append(statement)
        return 0


def test_who_is_there_and_in_a_transaction() -> None:
    found = read(Answers(ME, OPEN))
    assert found[0] == Connection(IDLE, "app", "10.0.0.9:1", "Sleep", 1.5005, 70)
    assert [(one.id, one.is_idle) for one in found] == [(IDLE, True), (OPEN, False), (1, True)]
    assert found[2].host == ""


def test_a_list_of_transactions_that_is_older_than_the_reader_makes_nobody_idle() -> None:
    assert not any(one.is_idle for one in read(Answers(OPEN)))
    assert not any(one.is_idle for one in read(Answers(ME, OPEN, stale=True)))


@pytest.mark.parametrize(("stays", "closed"), [((), 2), ((IDLE,), 1)], ids=["all", "one that woke up"])
def test_what_is_closed_is_counted_by_who_is_gone(stays: tuple[int, ...], closed: int) -> None:
    idle, opened, _system = read(Answers(ME, OPEN))
    server = Answers(stays=stays)
    assert close(server, [Closing(idle)], [opened]) == closed
    of_idle, of_overdue = server.told
    assert "ID = 7 AND COMMAND = 'Sleep' AND QUERY_ID = 70) THEN KILL CONNECTION 7;" in of_idle
    assert "ID = 9) THEN KILL CONNECTION 9;" in of_overdue


@pytest.mark.parametrize(
    ("closing", "asked"),
    [((0.003,), "TIME_MS >= 3.000"), ((0.003, 0.0245), "TIME_MS BETWEEN 3.000 AND 24.500")],
    ids=["at least", "in a moment"],
)
def test_the_server_looks_how_long_it_has_slept(closing: tuple[float, ...], asked: str) -> None:
    server = Answers()
    close(server, [Closing(read(Answers(ME))[0], *closing)])
    assert f"QUERY_ID = 70 AND {asked}) THEN KILL" in server.told[0]


def test_nothing_to_close_asks_nothing() -> None:
    server = Answers()
    assert close(server, []) == 0
    assert server.told == []
