"""Child processes: this program is process 1 of its container, or acts as if it were.

Orphans (a state transfer's scripts, socat) become our children, because this process declares itself
their reaper. What a dead server left behind is ended before the next one starts: it may hold a port.

Those of an entrypoint that was killed alone become nobody's. They are known by the lock on the volume, which each of
them inherited (measured: server, script, socat, mbstream), so whoever has the lock knows that none of them is left.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h

_SERVERS = ("mariadbd", "mysqld", "python", "entrypoint")
"""How the names begin of what an orphan is not: a server, or another entrypoint, is for a person to stop."""

_GONE_SECONDS = 1.0
"""For the kernel to take a killed process apart, its locks with it."""


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


def end_orphans(lock: Path) -> tuple[int, ...]:
    """Kill the processes that hold a lock and whose server and entrypoint are gone; gives those it killed.

    Where a server or another entrypoint is among the holders, or one that cannot be looked at, nobody is touched.
    """
    holders = {pid: _command(pid) for pid in _holders(lock)}
    if any(not command or command.startswith(_SERVERS) for command in holders.values()):
        return ()
    return tuple(pid for pid in holders if _end(pid))


def _end(pid: int) -> bool:
    """Kill a process that is no child of ours and wait until it is gone; False if it was not ours to kill."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [], _GONE_SECONDS)
    except (ProcessLookupError, PermissionError):
        return False
    finally:
        os.close(handle)
    return True


def _holders(path: Path) -> list[int]:
    """List the processes, this one left out, that hold the lock on a file, as far as this user may see them."""
    try:
        wanted = path.stat()
    except OSError:
        return []
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):  # gone, or another user's
            if any(_has_lock(descriptor, wanted) for descriptor in (entry / "fd").iterdir()):
                found.append(int(entry.name))
    return found


def _has_lock(descriptor: Path, wanted: os.stat_result) -> bool:
    """Whether a descriptor in /proc is of that file and carries its lock: who only reads the file does not own it."""
    try:
        found = descriptor.stat()
        is_same = (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino)
        return is_same and "FLOCK" in (descriptor.parent.parent / "fdinfo" / descriptor.name).read_text()
    except OSError:  # closed meanwhile
        return False


def _command(pid: int) -> str:
    """The short name of a process, '' when it is gone."""
    try:
        return (Path("/proc") / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                children += map(int, (task / "children").read_text().split())
    return children
