"""Tells Kubernetes what happens to the node, as Events of its pod, without making anybody wait.

Events are kept in a short queue and written one by one. What cannot be written is tried once more, then dropped: all of
it stands in the log, too. A node whose state flutters may fill the queue, and is held to a few events in ten minutes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from peerfinder.core.events import Event, Seen, events, mode_event, role_event
from peerfinder.core.report import NodeReport
from peerfinder.core.role import WriterView

MOST = 20  # events ...
WITHIN_SECONDS = 600.0  # ... in this time; kubelets allow themselves 25 at once and one in five minutes
RETRY_SECONDS = 10.0
TRIES = 2

Write = Callable[[Event], None]
"""Writes an event and blocks; raises OSError or ValueError with a sentence."""


class Announcer:
    """What is to be told, and what was; `problem` says why the last event was not written."""

    def __init__(self, write: Write | None) -> None:
        self._write = write
        self._seen: Seen | None = None
        self._writer: WriterView | None = None
        self._queue: deque[Event] = deque(maxlen=MOST)
        self._times: deque[float] = deque(maxlen=MOST)
        self._task: asyncio.Task[None] | None = None
        self.problem = ""

    def look(self, report: NodeReport | None, now: float, writer: WriterView | None = None) -> None:
        """Take note of the own node as it is now."""
        told, self._seen = events(self._seen, report)
        if writer is not None:
            of_role = (mode_event(self._writer, writer), role_event(self._writer, writer))
            told, self._writer = (*told, *filter(None, of_role)), writer
        self.tell(*told, now=now)

    def tell(self, *told: Event, now: float) -> None:
        """Have events written, as far as there have not been too many."""
        if self._write is None:
            return
        for event in told:
            if len(self._times) < MOST or now - self._times[0] > WITHIN_SECONDS:
                self._times.append(now)
                self._queue.append(event)
        if self._queue and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._write_all(self._write))

    async def _write_all(self, write: Write) -> None:
        while self._queue:
            event = self._queue.popleft()
            for attempt in range(TRIES):
                if attempt:
                    await asyncio.sleep(RETRY_SECONDS)
                try:
                    await asyncio.to_thread(write, event)
                except (OSError, ValueError, KeyError) as error:
                    self.problem = f"an event of the pod cannot be written ({error})"
                else:
                    self.problem = ""
                    break
