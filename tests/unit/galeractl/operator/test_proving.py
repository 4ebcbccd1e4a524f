"""A chunk is compared while clients write: no false alarm in thousands of histories, and every real difference."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import pytest

from galeractl.core.rows import MOST_SUSPECTS, Chunk, Finding, Hashes, OddChunk, OddRow, Sum, Unsettled, Values
from galeractl.core.sql import SqlError
from galeractl.operator import proving
from galeractl.operator.proving import TRIES, Comparison, NodeFailed
from tests.support.world_rows import Group

WHOLE = Chunk()
HISTORIES = 150
EVERYWHERE = ("db-0", "db-1", "db-2")
TOGGLED = (1, 2, 3)  # rows that clients change all the time, forth and back


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody rests in a simulated group."""
    monkeypatch.setattr(proving, "PAUSES", (0.0,) * len(proving.PAUSES))
    monkeypatch.setattr(proving, "BETWEEN_TRIES", 0.0)


def compare(group: Group, *, has_key: bool = True, catches_up: bool = True) -> tuple[Finding, ...]:
    return Comparison(group.rows(catches_up=catches_up), "db-0", has_key=has_key).chunk(WHOLE)[1]


@pytest.mark.parametrize("has_key", [True, False], ids=["with a key", "without a key"])
@pytest.mark.parametrize("writers", [("db-0",), EVERYWHERE], ids=["one writer", "every node writes"])
def test_live_writes_give_no_false_alarm(writers: tuple[str, ...], has_key: bool) -> None:
    found = [compare(Group(seed, 6, TOGGLED, writers), has_key=has_key) for seed in range(HISTORIES)]
    assert all(isinstance(one, Unsettled) for findings in found for one in findings)
    if writers == ("db-0",):
        assert not any(found)  # where the locked node is the writer, everything is settled


def test_and_would_if_the_reference_did_not_look_whether_its_lock_still_holds() -> None:
    found = [compare(Group(seed, 6, TOGGLED, EVERYWHERE), catches_up=False) for seed in range(HISTORIES)]
    assert any(isinstance(one, OddRow) for findings in found for one in findings)


@pytest.mark.parametrize("content", [None, 7], ids=["gone", "another"])
@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("writers", [("db-0",), EVERYWHERE], ids=["one writer", "every node writes"])
def test_a_row_that_differs_is_found_with_its_node_whatever_else_is_written(
    writers: tuple[str, ...], name: str, content: int | None
) -> None:
    for seed in range(60):
        group = Group(seed, 6, TOGGLED, writers)
        group.odd(name, 5, content)
        findings = compare(group)
        if writers != ("db-0",) and any(isinstance(one, Unsettled) for one in findings):
            continue  # said, not hidden
        expected = {other: content if other == name else 0 for other in EVERYWHERE}
        assert findings == (OddRow((5,), expected),), seed


def test_a_row_that_is_on_one_node_alone_is_found() -> None:
    group = Group(1, 6, ())
    group.odd("db-2", 99, 1)
    assert compare(group) == (OddRow((99,), {"db-0": None, "db-1": None, "db-2": 1}),)


def test_without_a_key_the_table_differs_as_a_whole() -> None:
    group = Group(1, 6, TOGGLED)
    group.odd("db-1", 5, None)
    (found,) = compare(group, has_key=False)
    assert isinstance(found, OddChunk)
    assert len({one.rows for name, one in found.sums.items() if name != "db-1"}) == 1


def test_of_more_rows_than_can_be_named_the_chunk_is() -> None:
    group = Group(1, MOST_SUSPECTS + 1, ())
    for key in range(MOST_SUSPECTS + 1):
        group.odd("db-1", key, 5)
    (found,) = compare(group)
    assert isinstance(found, OddChunk)


class Still:
    """A node that answers always the same, or fails; its lock is broken, or cannot be had."""

    def __init__(self, total: int, lock: SqlError | None = None, read: SqlError | None = None) -> None:
        self.total, self.cannot_lock, self.cannot_read = total, lock, read
        self.unlocked = 0

    def checksum(self, chunk: Chunk, *, locked: bool = False) -> Sum:
        failure = self.cannot_lock if locked else self.cannot_read
        if failure:
            raise failure
        return Sum(self.total, self.total, self.total)

    def hashes(self, chunk: Chunk, most: int) -> Hashes:
        raise AssertionError("there is no key")

    def these(self, keys: Iterable[Values], *, locked: bool = False) -> Hashes:
        raise AssertionError("there is no key")

    def lock(self) -> None:
        pass

    def unlock(self) -> None:
        self.unlocked += 1

    def catch_up(self) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SqlError("Deadlock", 1213), "it was changed at every try"),
        (SqlError("Lock wait timeout", 1205), "a transaction held it at every try"),
        (SqlError("max_statement_time", 1969), "a transaction held it at every try"),
    ],
)
def test_what_cannot_be_locked_is_said_and_let_go_of(error: SqlError, reason: str) -> None:
    reference = Still(1, lock=error)
    findings = Comparison({"db-0": reference, "db-1": Still(2)}, "db-0", has_key=False).chunk(WHOLE)[1]
    assert findings == (Unsettled(WHOLE, reason),)
    assert reference.unlocked == TRIES


@pytest.mark.parametrize(
    ("nodes", "name"),
    [
        ({"db-0": Still(1), "db-1": Still(2, read=SqlError("gone"))}, "db-1"),
        ({"db-0": Still(1, lock=SqlError("gone")), "db-1": Still(2)}, "db-0"),
    ],
)
def test_a_node_that_fails_is_named(nodes: dict[str, Still], name: str) -> None:
    with pytest.raises(NodeFailed, match="gone") as failed:
        Comparison(nodes, "db-0", has_key=False).chunk(WHOLE)
    assert failed.value.node == name


def test_a_node_that_takes_too_long_costs_the_lock_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "LOCK_SECONDS", 0.05)
    monkeypatch.setattr(proving, "TRIES", 1)
    let_go, seen = threading.Event(), list[bool]()

    class Locked(Still):
        def unlock(self) -> None:
            let_go.set()

    class Slow(Still):
        def checksum(self, chunk: Chunk, *, locked: bool = False) -> Sum:
            seen.append(len(seen) < len(proving.PAUSES) or let_go.wait(10))  # slow in the proof
            return super().checksum(chunk)

    findings = Comparison({"db-0": Locked(1), "db-1": Slow(2)}, "db-0", has_key=False).chunk(WHOLE)[1]
    assert findings == (Unsettled(WHOLE, "a node did not answer within 0.05 s"),)
    assert all(seen)
