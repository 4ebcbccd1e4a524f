"""The cluster memory as this node keeps it: read at each look, written when it is this node's turn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from peerfinder.core.bookkeeping import MemoryReading, due, judge_memory
from peerfinder.core.lineage import latest
from peerfinder.core.memory import ClusterMemory, Mark
from peerfinder.core.report import NodeReport, lineage_of
from peerfinder.serve.latest import Latest

FRESH_READ_SECONDS = 2.0
"""A reading that was asked for longer ago is no reading of now."""


class MemorySource(Protocol):
    """Where the memory lives: a file on one machine, a ConfigMap in Kubernetes. Both calls block.

    `pause` is the seconds after which an ordinary look reads again; until then the last reading is a reading of now.
    """

    pause: float

    def read(self) -> ClusterMemory:
        """Give the memory as it is now; raises OSError or ValueError with a sentence."""

    def swap(self, expected_version: int, new: ClusterMemory) -> bool:
        """Write `new` if the present version is the expected one, else give False; raises as `read` does."""


class Keeper:
    """Reads, weighs and writes; `last` is the last copy that was accepted as the memory."""

    def __init__(self, source: MemorySource, me: str, last: ClusterMemory | None) -> None:
        self._source, self._me = source, me
        self._last = last
        self._latest = Latest(self._read)
        self._read_now: ClusterMemory | None = None
        self._problem = "the cluster memory has not been read yet"
        self._asked_at: float | None = None
        self._read_at = float("-inf")
        self._written_at: float | None = None
        self._writing: asyncio.Future[bool | str] | None = None
        self._committed: Mark | None = None  # of the look before

    async def refresh(self, now: float, patience: float, *, anew: bool = False) -> None:
        """Read the source; what takes too long counts as unread in this look. `anew` takes no answer on its way."""
        if anew:
            self._latest.forget()
        elif self._read_now is not None and now - self._read_at < self._source.pause:
            return
        if self._asked_at is None or anew:
            self._asked_at = now
        answer = await self._latest.within(patience)
        asked_at = self._asked_at
        if answer is not None:
            self._asked_at = None
        if answer is None or now - asked_at > FRESH_READ_SECONDS:
            self._read_now, self._problem = None, self._problem or "the cluster memory does not answer in time"
        elif isinstance(answer, ClusterMemory):
            self._read_now, self._read_at, self._problem = answer, asked_at, ""
        else:
            self._read_now, self._problem = None, answer

    def weigh(self, reports: Mapping[str, NodeReport]) -> MemoryReading:
        """Give the memory as this look has it, in the light of the fresh reports."""
        reading = judge_memory(self._read_now, self._problem, self._last, reports)
        if reading.fresh:
            self._last = reading.memory
        return reading

    async def write_what_is_due(
        self, reports: Mapping[str, NodeReport], nodes: tuple[str, ...] | None, now: float, patience: float
    ) -> ClusterMemory | None:
        """Bring the memory up to date if that is this node's task; gives what was written, unless only the mark."""
        committed, self._committed = self._committed, _committed(reports.get(self._me))
        if self._read_now is None:
            return None
        since = now - self._written_at if self._written_at is not None else float("inf")
        new = due(self._read_now, self._last, self._me, reports, nodes, committed, since)
        if new is None:
            return None
        if self._writing is None or self._writing.done():
            self._writing = asyncio.ensure_future(self.swap(self._read_now.version, new))
            self._written_at = now
        await asyncio.wait((self._writing,), timeout=patience)
        done = self._writing.done() and self._writing.result() is True
        return new if done and _without_mark(new) != _without_mark(self._read_now) else None

    async def swap(self, expected_version: int, new: ClusterMemory) -> bool | str:
        """Swap; a sentence when the source could not be reached, and then it may be written or not."""
        try:
            return await asyncio.to_thread(self._source.swap, expected_version, new)
        except (OSError, ValueError, RecursionError) as error:
            return _sentence(error)
        finally:
            self._read_at = float("-inf")  # what was read before says nothing any more

    async def _read(self) -> ClusterMemory | str:
        try:
            return await asyncio.to_thread(self._source.read)
        except (OSError, ValueError, RecursionError) as error:
            return _sentence(error)


def _sentence(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"the cluster memory {error.filename} does not exist; missing is not empty, so nobody may start by it"
    if isinstance(error, OSError):
        return f"the cluster memory cannot be reached ({error.strerror or error})"
    return (
        f"the cluster memory is malformed ({error}), so it counts as unreadable; "
        "while a Primary runs, empty it: the Primary writes it anew"
    )


def _without_mark(memory: ClusterMemory) -> ClusterMemory:
    return replace(memory, mark=None, version=0)


def _committed(mine: NodeReport | None) -> Mark | None:
    if mine is None or not mine.in_primary or mine.server.committed < 0:
        return None
    epoch = latest(lineage_of(mine))
    return Mark(epoch, mine.server.committed) if epoch else None
