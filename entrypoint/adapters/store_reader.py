"""The program that reads a stored backup, in a process of its own: the libraries of object stores are large.

It is this project's own (`backup.run.fetching`); credentials reach it by the environment of this process.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def describe(words: list[str], answer: Path, log: Path) -> subprocess.Popen[bytes]:
    """Ask which backup it is; the answer is one line of JSON in a file."""
    with answer.open("wb") as out, log.open("wb") as said:
        return subprocess.Popen(
            _command("describe", words), stdin=subprocess.DEVNULL, stdout=out, stderr=said, start_new_session=True
        )


def stream(words: list[str], target: int, log: Path) -> subprocess.Popen[bytes]:
    """Have its stream written to a descriptor."""
    with log.open("wb") as said:
        return subprocess.Popen(
            _command("stream", words), stdin=subprocess.DEVNULL, stdout=target, stderr=said, start_new_session=True
        )


def _command(what: str, words: list[str]) -> list[str]:
    return [sys.executable, "-P", "-m", "backup.run.fetching", what, *words]


def lines(path: Path) -> list[str]:
    """What a file holds, line by line; nothing where it is not there."""
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
