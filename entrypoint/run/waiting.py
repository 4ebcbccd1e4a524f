"""How this process waits: heart-beat, signals and dead children are seen to while anything takes its time."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Callable
from types import FrameType
from typing import Any

from entrypoint.adapters.children import reap_orphans
from entrypoint.adapters.machine import boot_seconds

BEAT_SECONDS = 0.5
"""Six beats fit into the time after which peers call a report stale."""


class Stopped(Exception):
    """SIGTERM or SIGINT arrived while waiting for something that may be given up."""


class Waiting:
    """The only place where this process sleeps."""

    def __init__(self) -> None:
        """`beat`, once it is set, publishes that this process lives."""
        self.beat: Callable[[], None] = lambda: None
        self._last_beat = 0.0
        self._keep: set[int] = set()
        self.stop_requested = False
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as the order to stop, SIGCHLD as a reason to look."""
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(signal.SIGCHLD, self._nothing)

    def pause(self, seconds: float) -> None:
        """Let time pass, at most `seconds`; ends early at a signal."""
        now = boot_seconds()
        if now - self._last_beat >= BEAT_SECONDS:
            self._last_beat = now
            self.beat()
        select.select([self._wake_read], [], [], seconds)
        while select.select([self._wake_read], [], [], 0)[0]:
            os.read(self._wake_read, 512)
        reap_orphans(frozenset(self._keep))

    def keep(self, pid: int) -> None:
        """Leave this child to its owner."""
        self._keep.add(pid)

    def forget(self, pid: int) -> None:
        """A child's owner has waited for it."""
        self._keep.discard(pid)

    def wait(self, process: subprocess.Popen[Any], look: Callable[[], None] = lambda: None) -> int:
        """Wait for a child that may be given up: an order to stop ends it and raises Stopped; `look` meanwhile."""
        self.keep(process.pid)
        try:
            while process.poll() is None:
                if self.stop_requested:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    raise Stopped
                look()
                self.pause(0.1)
        finally:
            self.forget(process.pid)
        return process.returncode

    def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until `condition` holds, at most `seconds`; raises Stopped at an order to stop."""
        deadline = boot_seconds() + seconds
        while not condition():
            if self.stop_requested:
                raise Stopped
            if boot_seconds() > deadline:
                return False
            self.pause(0.1)
        return True

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_requested = True

    def _nothing(self, _number: int, _frame: FrameType | None) -> None:
        """Only wakes `pause`."""
