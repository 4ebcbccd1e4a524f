"""Where a copy of another node's data comes to lie, on the same volume as the datadir that it will be.

VOLUME/copy/ is the copy on its way; VOLUME/old-data/ the datadir that it has replaced, until that is removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path


class CopyStage:
    """The copy on its way; raises OSError where the disk or its permissions say no."""

    def __init__(self, volume: Path, datadir: Path, owner: tuple[int, int] | None) -> None:
        """`volume`: the directory that both lie in; `owner`: the server's (uid, gid) where this process is root."""
        self.path = volume / "copy"
        self._volume, self._datadir, self._replaced = volume, datadir, volume / "old-data"
        self._owner = owner

    def make(self) -> None:
        """Make an empty directory for a copy to come into."""
        self.remove()
        self.path.mkdir(mode=0o750)
        if self._owner and os.geteuid() == 0:
            os.chown(self.path, *self._owner)

    def remove(self) -> None:
        """Remove what there is of a copy that has not become the datadir, and of a datadir that was replaced."""
        for leftover in (self.path, self._replaced):
            shutil.rmtree(leftover, ignore_errors=True)

    def text(self, names: tuple[str, ...]) -> str:
        """Read the first of these files that the copy has, '' where it has none."""
        for name in names:
            with contextlib.suppress(OSError):
                return (self.path / name).read_text(errors="replace")
        return ""

    def adopt(self) -> None:
        """Make the copy the datadir; a crash in between leaves one of the two, or none, and never a mixture."""
        if self._datadir.exists():
            self._datadir.rename(self._replaced)
        self.path.rename(self._datadir)
        fd = os.open(self._volume, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        shutil.rmtree(self._replaced, ignore_errors=True)
