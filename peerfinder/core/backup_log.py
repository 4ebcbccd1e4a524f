"""What mariadb-backup says of its work, line by line: was it done, and why not?

Its exit status alone is not enough: on a full disk some versions end with 0 and an unfinished copy (MDEV-38562), so
the last thing it says must be `completed OK!` as well. Of the rest the last lines are kept for a person, without those
about single files, of which there are two for each.
"""

from __future__ import annotations

import re
from collections import deque

MOST_LINES = 40
MOST_CHARACTERS = 400  # of a line: a message of the server with its statement
DONE = "completed OK!"

_FILE = re.compile(r"\] \S+ \S+\s+(?:Streaming |\.\.\.done|Copied file |Collect log |Log table |aria table file )")
_STAMP = re.compile(r"^\[\d\d\] \S+ \S+ |^\d{4}-\d\d-\d\d +[\d:]+ \d+ (?=\[)")
_BAD = re.compile(r"\berror\b|\bfailed\b|\bfatal\b|\bdenied\b|\bcannot\b|can't", re.IGNORECASE)


class BackupLog:
    """The log of one run."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._trouble = ""
        self.is_done = False

    def add(self, line: str) -> None:
        """Take note of a line."""
        line = line.rstrip()[:MOST_CHARACTERS]
        if not line:
            return
        self.is_done = line.endswith(DONE)
        if _FILE.search(line):
            return
        self._lines.append(line)
        if _BAD.search(line):
            self._trouble = line

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines."""
        return tuple(self._lines)

    def why_failed(self, exit_code: int) -> str:
        """Say why the copy is not whole, by how the program ended; '' where it is."""
        if exit_code == 0 and self.is_done:
            return ""
        how = f"was ended by signal {-exit_code}" if exit_code < 0 else f"ended with {exit_code}"
        if exit_code == 0:
            how = f"ended with 0, and not with {DONE!r}"
        last = self._trouble or (self._lines[-1] if self._lines else "")
        return f"mariadb-backup {how}" + (f": {_STAMP.sub('', last)}" if last else "")
