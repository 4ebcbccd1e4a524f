"""The program that reads a stored backup, in a process of its own: the libraries of object stores are large.

It is this project's own (`backup.run.fetching`). Credentials are variables of its environment, as the libraries want
them; they may come from files, each called like its variable, and are then in no other process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


class StoreReader:
    """What is asked of one store; `words` name it and the backup, `credentials` is a directory, None where none is."""

    def __init__(self, words: list[str], credentials: Path | None, log: Path) -> None:
        """`log` gets what it says; raises OSError where the credentials cannot be read."""
        self._words, self._log = words, log
        self._environment = os.environ | (_variables(credentials) if credentials else {})

    def describe(self, answer: Path) -> subprocess.Popen[bytes]:
        """Ask which backup it is; the answer is one line of JSON in a file."""
        with answer.open("wb") as out:
            return self._start("describe", out.fileno())

    def stream(self, target: int) -> subprocess.Popen[bytes]:
        """Have its stream written to a descriptor."""
        return self._start("stream", target)

    def _start(self, what: str, target: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "backup.run.fetching", what, *self._words]
        with self._log.open("wb") as said:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=target, stderr=said, start_new_session=True,
                env=self._environment,
            )  # fmt: skip


def _variables(directory: Path) -> dict[str, str]:
    """Each file's name and content; what begins with a dot is how Kubernetes swaps a Secret."""
    files = [path for path in directory.iterdir() if not path.name.startswith(".") and path.is_file()]
    return {path.name: path.read_text().rstrip("\n") for path in files}


def lines(path: Path) -> list[str]:
    """What a file holds, line by line; nothing where it is not there."""
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
