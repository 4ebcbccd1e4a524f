"""What processes do: their counters in /proc, and the script of a state transfer below a server."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from entrypoint.core.pace import Activity, Script
from peerfinder.core.copying import holds_tables

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_SCRIPT = re.compile(rb"wsrep_sst_[a-z_]+\0.*--role\0(?P<role>joiner|donor)\0", re.DOTALL)
_PEER = re.compile(
    rb"--address\0(?:[^\0@]*@)?(?P<peer>\[[^\0\]]*\]|[^\0:/]*)"
)  # the joiner may put a secret before '@'


def activity(pid: int) -> Activity | None:
    """Read the counters of a process; None when it is gone."""
    try:
        head, _, tail = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")
        fields = tail.split()  # from the third on, see proc(5)
        user, system, started = int(fields[11]), int(fields[12]), int(fields[19])
    except (OSError, IndexError, ValueError):
        return None
    counters = _counters(pid)
    read = counters.get("rchar", 0) + counters.get("read_bytes", 0)  # asynchronous reads count in the second only
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - started / _TICKS  # both since the machine booted
    return Activity(
        pid, head.partition("(")[2], age, (user + system) / _TICKS, read, counters.get("wchar", 0), bool(counters)
    )


def find_script(family: Iterable[int]) -> Script | None:
    """Find the script of a state transfer among processes, nearest first, with those that are there of its own."""
    members = tuple(family)
    for pid in members:
        line = _command_line(pid)
        found = _SCRIPT.search(line)
        if found:
            role, peer = found["role"].decode(), _PEER.search(line)
            seen = (activity(one) for one in members)
            address = peer["peer"].decode(errors="replace").strip("[]") if peer and role == "donor" else ""
            return Script(pid, role, address, tuple(one for one in seen if one is not None))
    return None


def size_of_data(datadir: Path) -> int:
    """The bytes of the tables in a datadir, which is what a copy of it has to send."""
    total = 0
    for directory, _subdirectories, names in os.walk(datadir):
        for name in names:
            if holds_tables(name):
                try:
                    total += (Path(directory) / name).stat().st_size
                except OSError:  # dropped meanwhile
                    continue
    return total


def kill(pids: Iterable[int]) -> None:
    """End processes at once; one that is gone already, or is not ours, stays what it is."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def _counters(pid: int) -> dict[str, int]:
    try:
        text = (_PROC / str(pid) / "io").read_text()
    except OSError:  # gone, or another user's
        return {}
    pairs = (line.split(": ") for line in text.splitlines())
    return {name: int(value) for name, value in pairs if value.isdecimal()}


def _command_line(pid: int) -> bytes:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""
