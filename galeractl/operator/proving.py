"""Whether a chunk of a table is the same on all nodes, found out while clients write (the theory is in `core.rows`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Protocol, TypeVar

from galeractl.core.rows import (
    LOCK_SECONDS,
    MOST_SUSPECTS,
    Chunk,
    Finding,
    Hashes,
    OddChunk,
    Sum,
    Unsettled,
    Values,
    are_equal,
    odd_rows,
    suspects,
)
from galeractl.core.sql import ABORTED, LATE, SqlError

PAUSES = (0.0, 0.05, 0.15, 0.4)  # seconds before each reading of a chunk: a write on its way takes less
TRIES = 5  # of a proof
BETWEEN_TRIES = 0.3  # seconds, more with each
MOST_ROWS = 20_000  # of one chunk on one node that are read one by one: some megabytes

T = TypeVar("T")


class Rows(Protocol):
    """The rows of the table on one node; all raise SqlError."""

    def checksum(self, chunk: Chunk, *, locked: bool = False) -> Sum:
        """Read a chunk as one value."""

    def hashes(self, chunk: Chunk, most: int) -> Hashes:
        """Read the rows of a chunk one by one."""

    def these(self, keys: Iterable[Values], *, locked: bool = False) -> Hashes:
        """Read some rows."""

    def lock(self) -> None:
        """Begin the transaction that keeps locks."""

    def unlock(self) -> None:
        """Let go of them."""

    def catch_up(self) -> None:
        """Wait, beside the locks, until all is applied that the group has ordered."""


class NodeFailed(Exception):
    """A node did not answer, so nothing can be compared with it."""

    def __init__(self, node: str, error: SqlError) -> None:
        super().__init__(str(error))
        self.node, self.error = node, error


class Comparison:
    """One table on all nodes; `reference` is the one whose rows are locked where that is needed."""

    def __init__(self, nodes: Mapping[str, Rows], reference: str, *, has_key: bool) -> None:
        self._nodes, self._reference, self._has_key = nodes, reference, has_key
        self.read_again = 0  # chunks that differed at first

    def chunk(self, chunk: Chunk) -> tuple[int, tuple[Finding, ...]]:
        """Compare a chunk; gives its number of rows, and what is not the same. Raises NodeFailed."""
        for number, pause in enumerate(PAUSES):
            time.sleep(pause)
            sums = self._all(lambda one: one.checksum(chunk))
            if are_equal(sums.values()):
                return sums[self._reference].rows, ()
            self.read_again += number == 0
        rows = max(one.rows for one in sums.values())
        if self._has_key and rows <= MOST_ROWS:
            hashes = self._all(lambda one: one.hashes(chunk, MOST_ROWS))
            keys = suspects(hashes)
            if not keys:
                return rows, ()
            if len(keys) <= MOST_SUSPECTS:
                return rows, self._prove_rows(chunk, keys)
        return rows, self._prove_chunk(chunk)

    def _prove_rows(self, chunk: Chunk, keys: tuple[Values, ...]) -> tuple[Finding, ...]:
        found = self._prove(lambda one, locked: one.these(keys, locked=locked))
        return (Unsettled(chunk, found),) if isinstance(found, str) else odd_rows(found)

    def _prove_chunk(self, chunk: Chunk) -> tuple[Finding, ...]:
        found = self._prove(lambda one, locked: one.checksum(chunk, locked=locked))
        if isinstance(found, str):
            return (Unsettled(chunk, found),)
        return () if are_equal(found.values()) else (OddChunk(chunk, found),)

    def _prove(self, read: Callable[[Rows, bool], T]) -> dict[str, T] | str:
        """Read one point of the history on all nodes; a sentence where that cannot be had."""
        why = ""
        for number in range(TRIES):
            time.sleep(number * BETWEEN_TRIES)
            found = self._try_to_prove(read)
            if not isinstance(found, str):
                return found
            why = found
        return why

    def _try_to_prove(self, read: Callable[[Rows, bool], T]) -> dict[str, T] | str:
        reference = self._nodes[self._reference]
        try:
            reference.lock()
            first = read(reference, True)
            others = self._in_time(lambda one: read(one, False))
            if others is None:
                return f"a node did not answer within {LOCK_SECONDS:g} s"
            if not self._has_caught_up(reference):
                return f"{self._reference} did not apply what was ordered within {LOCK_SECONDS:g} s"
            if read(reference, True) != first:
                return "it was changed at every try"
        except SqlError as error:
            if error.code in ABORTED:
                return "it was changed at every try"
            if error.code in LATE:
                return "a transaction held it at every try"
            raise NodeFailed(self._reference, error) from None
        finally:
            with suppress(SqlError):
                reference.unlock()
        return {name: first if name == self._reference else others[name] for name in self._nodes}

    def _in_time(self, read: Callable[[Rows], T]) -> dict[str, T] | None:
        """Ask all but the reference; None, with its locks let go, where one of them takes too long."""
        others = {name: one for name, one in self._nodes.items() if name != self._reference}
        with ThreadPoolExecutor(max(1, len(others))) as pool:
            asked = {name: pool.submit(read, one) for name, one in others.items()}
            if not self._end_in_time(asked.values()):
                return None
        return {name: _answer(name, one) for name, one in asked.items()}

    def _has_caught_up(self, reference: Rows) -> bool:
        with ThreadPoolExecutor(1) as pool:
            waits = pool.submit(reference.catch_up)
            if not self._end_in_time((waits,)):
                return False
        waits.result()
        return True

    def _end_in_time(self, asked: Iterable[Future[T]]) -> bool:
        _done, late = wait(asked, LOCK_SECONDS)
        if late:
            self._nodes[self._reference].unlock()  # before anybody waits for them
        return not late

    def _all(self, read: Callable[[Rows], T]) -> dict[str, T]:
        with ThreadPoolExecutor(len(self._nodes)) as pool:
            asked = {name: pool.submit(read, one) for name, one in self._nodes.items()}
        return {name: _answer(name, one) for name, one in asked.items()}


def _answer(name: str, asked: Future[T]) -> T:
    try:
        return asked.result()
    except SqlError as error:
        raise NodeFailed(name, error) from None
