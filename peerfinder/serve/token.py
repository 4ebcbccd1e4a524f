"""The bearer token that agents know each other by.

Its file is read again when it changes (a Secret that is rotated), and the token before the present one is still
accepted: the files of all pods do not change in the same second.
"""

from __future__ import annotations

import hmac
from pathlib import Path


class NoToken(Exception):
    """There is no usable token; the message is a sentence without it."""


class Token:
    """The token of a file; raises NoToken at the start when there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._accepted: tuple[str, ...] = ()
        self.refresh()

    @property
    def current(self) -> str:
        """The token to show to peers."""
        return self._accepted[0]

    def refresh(self) -> None:
        """Read the file again if it changed; raises NoToken, and the last good token stays."""
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp == self._stamp:
                return
            text = self._path.read_text(encoding="ascii").strip()
        except OSError as error:
            raise NoToken(f"the token file {self._path} cannot be read ({error.strerror})") from None
        except ValueError:
            raise NoToken(f"the token file {self._path} holds other than ASCII characters") from None
        if not text:
            raise NoToken(f"the token file {self._path} is empty")
        self._stamp = stamp
        if text not in self._accepted[:1]:
            self._accepted = (text, *self._accepted[:1])

    @property
    def accepted(self) -> tuple[str, ...]:
        """Every token that is valid now, the newest first."""
        return self._accepted

    def accepts(self, header: str) -> bool:
        """Whether an Authorization header carries a token that is valid; takes the same time for every wrong one."""
        kind, _, shown = header.partition(" ")
        given = shown.strip().encode("utf-8", "replace")
        matches = [hmac.compare_digest(given, token.encode()) for token in self._accepted]
        return kind.lower() == "bearer" and any(matches)
