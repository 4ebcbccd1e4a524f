"""Something slow, asked for again and again, never more than once at a time.

A look must not last as long as its slowest source: a peer that lost its power answers nothing for a second, DNS
may take two, a causal read half a minute. So a look waits a little, takes what has come, and leaves the rest to go
on; the next look finds it done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """One question; `ask` gives its answer as a value and does not raise what is to be expected."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._task: asyncio.Future[T] | None = None

    async def within(self, patience: float) -> T | None:
        """Ask unless an answer is still on its way; give it if it comes within `patience` seconds, None otherwise."""
        if self._task is None:
            self._task = asyncio.ensure_future(self._ask())
        await asyncio.wait((self._task,), timeout=patience)
        if not self._task.done():
            return None
        task, self._task = self._task, None
        return task.result()

    def forget(self) -> None:
        """Give up the answer on its way, so that the next question is asked anew."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
