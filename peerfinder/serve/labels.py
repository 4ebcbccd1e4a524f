"""Keeps the labels of the own pod as the role wants them, without making a look wait.

They are written when they change, and now and then without a change, because somebody may have removed them: a patch
that changes nothing costs the API one request and wakes nobody who watches. What cannot be written is tried again;
until then Services go by what stands there, and `/primary` and `/secondary` tell the truth.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

AGAIN_SECONDS = 30.0  # between two writings of the same labels
RETRY_SECONDS = 2.0  # after one that failed

Wanted = Mapping[str, str | None]
Write = Callable[[Wanted], None]
"""Writes the labels and blocks; raises OSError or ValueError with a sentence."""


class Labels:
    """What stands on the pod as far as is known; `problem` says why it cannot be written."""

    def __init__(self, write: Write | None) -> None:
        self._write = write
        self._written: Wanted | None = None
        self._next = 0.0
        self._task: asyncio.Task[None] | None = None
        self.problem = ""

    def look(self, wanted: Wanted | None, now: float) -> None:
        """Begin to write what is wanted, if that is due; None leaves everything as it is."""
        if self._write is None or wanted is None or (self._task is not None and not self._task.done()):
            return
        has_changed = wanted != self._written and not self.problem
        if has_changed or now >= self._next:
            self._task = asyncio.create_task(self._put(self._write, wanted, now))

    async def _put(self, write: Write, wanted: Wanted, now: float) -> None:
        try:
            await asyncio.to_thread(write, wanted)
        except (OSError, ValueError) as error:
            self.problem, self._next = f"the labels of the pod cannot be written ({error})", now + RETRY_SECONDS
        else:
            self.problem, self._written, self._next = "", wanted, now + AGAIN_SECONDS
