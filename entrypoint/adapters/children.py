"""Child processes: this program is process 1 of its container, or acts as if it were.

Orphans (a state transfer's scripts, socat) become our children, because this process declares itself
their reaper. What a dead server left behind is ended before the next one starts: it may hold a port.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def become_reaper() -> None:
    """Have the kernel give us the orphans of our descendants; process 1 has them anyway."""
    if os.getpid() != 1:
        import ctypes  # not in a container, where it would only cost memory

        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(keep: frozenset[int]) -> None:
    """Collect every dead child except those in `keep`, whose owner waits for them."""
    while True:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if found is None or found.si_pid in keep:
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(found.si_pid, os.WNOHANG)


def descendants(pid: int) -> tuple[int, ...]:
    """List the processes below `pid`, nearest first."""
    found: list[int] = []
    queue = [pid]
    while queue:
        for child in _children(queue.pop(0)):
            found.append(child)
            queue.append(child)
    return tuple(found)


def end_leftovers(keep: frozenset[int] = frozenset()) -> tuple[int, ...]:
    """Kill every process below this one that is not in `keep`; gives those it killed."""
    killed = []
    for pid in descendants(os.getpid()):
        if pid not in keep:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
    reap_orphans(keep)
    return tuple(killed)


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                children += map(int, (task / "children").read_text().split())
    return children
