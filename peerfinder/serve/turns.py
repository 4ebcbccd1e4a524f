"""The history of the writer role for the status page: read from the own server when somebody looks and it has grown.

The page never waits for it. It shows what was read before; the reading goes on in a thread, and the next look of the
page, a second later, has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from peerfinder.adapters.writer_table import NoTable
from peerfinder.core.history import Change, History
from peerfinder.core.wsrep import ServerError

AGAIN_SECONDS = 5.0  # between two readings; the winner writes its change down right after the claim, and not before


class Turns:
    """What was read last; `read` blocks, and raises ServerError."""

    def __init__(self, read: Callable[[], History | NoTable]) -> None:
        self._read = read
        self._changes: tuple[Change, ...] = ()
        self._asked_at: float | None = None
        self._task: asyncio.Task[None] | None = None

    def known(self, epoch: int, now: float) -> tuple[Change, ...]:
        """Give the changes, the newest first; reads them again where the role has been claimed since."""
        newest = self._changes[0].epoch if self._changes else 0
        waits = self._asked_at is not None and now - self._asked_at < AGAIN_SECONDS
        if epoch > newest and not waits and (self._task is None or self._task.done()):
            self._asked_at = now
            self._task = asyncio.create_task(self._refresh())
        return self._changes

    async def _refresh(self) -> None:
        try:
            found = await asyncio.to_thread(self._read)
        except ServerError:
            return  # the page goes on with what it has
        if isinstance(found, History):
            self._changes = found.changes
