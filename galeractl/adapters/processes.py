"""Processes of this machine: started in a session of their own, found again, signalled without ever hitting another.

A pid alone names nothing: it is used again. A process is its pid, its start time (field 22 of /proc/PID/stat, in ticks
since the boot) and the boot; a signal goes through a pidfd that was opened before those were compared, so it reaches
that process or none. Descendants are found by their parents, and by a marker in the environment where a parent died
before its children.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from galeractl.core.programs import Process

PROC = Path("/proc")
MARKER = "GALERA_KIT_NODE"  # in the environment of everything that belongs to a node; its value is the node's directory
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Running:
    """What /proc tells of a process now."""

    process: Process
    parent: int
    command: str  # its short name, at most 15 characters
    is_paused: bool


@functools.cache
def boot_id() -> str:
    """Give the kernel's name for this boot."""
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def spawn(argv: list[str], environment: Mapping[str, str], log: Path) -> Process:
    """Start a program in its own session, its output appended to `log`; raises OSError if it cannot be run."""
    log.parent.mkdir(parents=True, exist_ok=True)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    restored = [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE]
    pid = os.posix_spawn(argv[0], argv, environment, file_actions=actions, setsid=True, setsigdef=restored)
    seen = _look(pid)
    if seen is None:  # gone and reaped already: only if somebody else waits for our children
        raise OSError(f"{argv[0]} ended at once; see {log}")
    return seen.process


def running(process: Process) -> Running | None:
    """Give what is known of a process, None once it is gone (a zombie is gone)."""
    _reap(process.pid)
    seen = _look(process.pid)
    return seen if seen and seen.process == process else None


def everything() -> dict[int, Running]:
    """List every process that this user may see, zombies left out."""
    found = {}
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and (seen := _look(int(entry.name))):
            found[seen.process.pid] = seen
    return found


def family(roots: Iterable[Process], mark: str | None) -> dict[Process, Running]:
    """Find the roots that live, all their descendants, and (with a mark) whatever carries it, and its descendants."""
    table = everything()
    members = {root.pid for root in roots if root.pid in table and table[root.pid].process == root}
    members |= {pid for pid in table if mark is not None and _is_marked(pid, mark)}
    grown = True
    while grown:
        more = {pid for pid, one in table.items() if one.parent in members} - members
        members |= more
        grown = bool(more)
    return {table[pid].process: table[pid] for pid in members if pid != os.getpid()}


def send(process: Process, number: signal.Signals) -> bool:
    """Send a signal to exactly this process; False if it is gone. PermissionError if it is somebody else's."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    try:
        if running(process) is None:
            return False
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


def wait_gone(processes: Iterable[Process], seconds: float) -> tuple[Process, ...]:
    """Wait until all are gone, at most `seconds`; give those that are not."""
    deadline = time.monotonic() + seconds
    left = tuple(processes)
    while True:
        left = tuple(one for one in left if running(one) is not None)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(POLL_SECONDS)


def _look(pid: int) -> Running | None:
    try:
        text = (PROC / str(pid) / "stat").read_bytes().decode(errors="replace")
    except OSError:  # ProcessLookupError as well: it ended while we read
        return None
    head, _, tail = text.rpartition(")")  # the command stands in parentheses and may hold any character
    fields = tail.split()
    if fields[0] in "ZX":
        return None
    process = Process(pid, int(fields[19]), boot_id())
    return Running(process, int(fields[1]), head.partition("(")[2], is_paused=fields[0] == "T")


def _is_marked(pid: int, mark: str) -> bool:
    try:
        environment = (PROC / str(pid) / "environ").read_bytes()
    except OSError:  # gone, or another user's: then it is none of ours
        return False
    return f"{MARKER}={mark}".encode() in environment.split(b"\0")


def _reap(pid: int) -> None:
    """Collect a child of ours that ended; others are collected by whoever started them."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
