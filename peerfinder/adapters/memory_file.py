"""The cluster memory as a file that all nodes of one machine share: compare-and-swap under a lock.

The lock is a file beside it (`PATH.lock`), because the memory itself is replaced by rename. A missing file is
unreadable, not empty: whoever creates the cluster writes `{}`.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from peerfinder.core.codec import from_json, to_json
from peerfinder.core.memory import ClusterMemory

LOCK_SECONDS = 2.0  # a swap takes some milliseconds; the entrypoint waits three seconds for its answer


def read(path: Path) -> ClusterMemory:
    """Read the memory; raises OSError when the file cannot be read and ValueError when it is no memory."""
    return from_json(ClusterMemory, json.loads(path.read_text(encoding="utf-8")))


def swap(path: Path, expected_version: int, new: ClusterMemory) -> bool:
    """Write `new` as the version after `expected_version`; False when the file holds another version.

    Durable when it returns True. Raises OSError and ValueError as `read` does, and OSError when it cannot write.
    """
    with _locked(path.with_name(path.name + ".lock")):
        if read(path).version != expected_version:
            return False
        _replace(path, json.dumps(to_json(replace(new, version=expected_version + 1)), indent=1) + "\n")
        return True


class MemoryFile:
    """One memory file as a source: it is read again only when it changed."""

    pause = 0.0  # a look at the file costs next to nothing

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._memory: ClusterMemory | None = None

    def read(self) -> ClusterMemory:
        """Give the memory; raises OSError and ValueError."""
        stat = self._path.stat()
        stamp = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if self._memory is None or stamp != self._stamp:
            self._memory = None
            self._memory, self._stamp = read(self._path), stamp
        return self._memory

    def swap(self, expected_version: int, new: ClusterMemory) -> bool:
        """Write by compare-and-swap, as the function of this name."""
        return swap(self._path, expected_version, new)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock; raises TimeoutError (an OSError) when somebody else keeps it too long, a stopped process say."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_SECONDS
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{path} is locked by another process for {LOCK_SECONDS:g} s") from None
                time.sleep(0.01)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
