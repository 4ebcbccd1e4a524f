"""The programs that make a datadir of a copy: mbstream unpacks it, mariadb-backup prepares it.

Both run as the server's user, in a process group of their own, and inherit the lock on the volume: if this process is
killed, the next one finds them by it (see `children`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peerfinder.core.backup_log import BackupLog


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where and as whom the programs work; `lock_fd` carries the lock on the volume."""

    stage: Path
    log: Path
    owner: tuple[int, int] | None
    lock_fd: int


def unpack(program: str, place: Workplace, threads: int) -> subprocess.Popen[bytes]:
    """Start mbstream: what is written to its standard input becomes files; raises OSError."""
    command = [program, "-x", f"--parallel={threads}", f"--directory={place.stage}"]
    with place.log.open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, **_manner(place))


def prepare(program: str, place: Workplace, config: Path, memory: int) -> subprocess.Popen[str]:
    """Start the replay of the redo log that came with the files; `memory` in bytes, `config`: the server's.

    Its options for tables that are encrypted, say, stand in the server's configuration. They are read as the server's.
    """
    command = [
        program,
        f"--defaults-file={config}",
        "--prepare",
        f"--target-dir={place.stage}",
        f"--datadir={place.stage}",
        f"--use-memory={memory}",
    ]
    with place.log.open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True, **_manner(place))


def make_durable(place: Workplace) -> subprocess.Popen[bytes]:
    """Start what waits until the file system has written everything: neither program does so for each file."""
    with place.log.open("wb") as log:
        return subprocess.Popen(["sync", "--file-system", str(place.stage)], stdout=log, stderr=log, **_manner(place))


def last_lines(place: Workplace, lines: int = 3) -> str:
    """The end of what the last program said."""
    said = [line.strip() for line in _said(place) if line.strip()]
    return " | ".join(said[-lines:])


def why_not_prepared(place: Workplace, status: int) -> str:
    """Judge the replay by its exit status and its log; '' where it was done."""
    log = BackupLog()
    for line in _said(place):
        log.add(line)
    return log.why_failed(status)


def _said(place: Workplace) -> list[str]:
    try:
        return place.log.read_text(errors="replace").splitlines()
    except OSError:
        return []


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program with what it has started, and collect it."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _manner(place: Workplace) -> dict[str, Any]:
    manner: dict[str, Any] = {"start_new_session": True, "pass_fds": (place.lock_fd,)}
    if place.owner and os.geteuid() == 0:
        manner |= {"user": place.owner[0], "group": place.owner[1], "extra_groups": []}
    return manner
