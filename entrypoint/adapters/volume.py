"""The data volume: the datadir, the node record beside it, and the lock on both.

Layout, so that a state transfer, copy or wipe of the datadir touches nothing else and a file system's own
`lost+found` is in nobody's way:

    VOLUME/data/              the server's datadir
    VOLUME/node-record.json   what this node remembers (see peerfinder.core.record)
    VOLUME/new-data/          a first initialisation under way; becomes data/ by one rename
    VOLUME/copy/, old-data/   a copy of another node's data under way, and what it replaces (see `stage`)
    VOLUME/lock               held by the entrypoint, and by the server it started, as long as either lives

Every write that a later start relies on is: write aside, fsync, rename, fsync the directory.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from peerfinder.core.codec import Malformed, from_json, to_json
from peerfinder.core.grastate import Grastate, format_grastate, parse_grastate
from peerfinder.core.gvwstate import SavedView, parse_gvwstate
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import Datadir

_SST_STAGE = ".sst"  # wsrep_sst_mariabackup makes it before it wipes the datadir, removes it after the move
_SST_RUNS = "sst_in_progress"
_SST_MARKS = (_SST_RUNS, "wsrep_sst.pid")
"""What the scripts leave in the datadir when they are killed (read in wsrep_sst_common and measured)."""
_LEFTOVERS = frozenset({"grastate.dat", "gvwstate.dat", "galera.cache", "lost+found"})


@dataclass(frozen=True, slots=True)
class Content:
    """What the datadir holds, with the sentence why where it cannot be used."""

    state: Datadir
    reason: str = ""


class Volume:
    """One node's data volume; raises OSError where the disk or its permissions say no."""

    def __init__(self, root: Path, owner: tuple[int, int] | None = None) -> None:
        """`owner` is the (uid, gid) that files are given to when this process is root and the server is not."""
        self.root = root
        self.datadir = root / "data"
        self.initialising = root / "new-data"
        self.lock_file = root / "lock"
        self._record = root / "node-record.json"
        self._owner = owner
        self._lock_fd = -1

    def lock(self) -> str:
        """Take the volume; gives '' or says who has it. The server inherits the lock and keeps it while it lives."""
        if self._lock_fd < 0:
            try:
                fd = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                return f"cannot lock {self.lock_file}: {error.strerror}"
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(fd)
                return f"another process owns {self.root} (it holds {self.lock_file}); stop it first"
            self._lock_fd = fd
        return ""

    @property
    def lock_fd(self) -> int:
        """The descriptor that carries the lock, for the server to inherit."""
        return self._lock_fd

    def check(self) -> str:
        """Say what is wrong with the volume itself, '' when it can be used."""
        if not self.root.is_dir():
            return f"{self.root} is not a directory; mount the data volume there"
        probe = self.root / ".write-test"
        try:
            with probe.open("wb") as file:
                file.write(b"\0" * 4096)  # one block: enough to notice a full disk before a server does
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            return f"cannot write to {self.root}: {error.strerror}; check its owner, mode, mount options and free space"
        finally:
            with contextlib.suppress(OSError):
                probe.unlink()
        return ""

    def inspect(self, record: NodeRecord | None, *, sst_is_mariabackup: bool = True) -> Content:
        """Tell what the datadir holds; nothing is changed."""
        try:
            names = frozenset(entry.name for entry in self.datadir.iterdir()) if self.datadir.exists() else frozenset()
        except OSError as error:
            return Content(
                Datadir.UNREADABLE, f"cannot read {self.datadir}: {error.strerror}; check its owner and mode"
            )
        if not names - _LEFTOVERS:
            return Content(Datadir.EMPTY)
        if record is not None and record.incomplete:
            return Content(Datadir.INCOMPLETE, f"{record.incomplete} did not finish")
        if _SST_STAGE in names or (_SST_RUNS in names and not sst_is_mariabackup):
            return Content(Datadir.INCOMPLETE, "a state transfer did not finish")
        stranger = self._stranger()
        if stranger:
            return Content(Datadir.UNREADABLE, stranger)
        if "mysql" not in names:
            return Content(
                Datadir.UNREADABLE,
                f"{self.datadir} has files but no mysql/: it is not a whole MariaDB datadir, left as it is",
            )
        return Content(Datadir.PRESENT)

    def _stranger(self) -> str:
        """Say that the server will not be able to use the datadir, '' when it will."""
        for path in (self.datadir, self.datadir / "ibdata1"):
            if not path.exists():
                continue
            if os.geteuid() != 0 and not os.access(path, os.R_OK | os.W_OK):
                return f"{path} is not writable for uid {os.geteuid()}; give it to that user or its group"
            if self._owner and os.geteuid() == 0 and path.stat().st_uid != self._owner[0]:
                wanted = self._owner[0]
                return f"{path} belongs to uid {path.stat().st_uid}, the server runs as uid {wanted}: chown it"
        return ""

    @property
    def receives_sst(self) -> bool:
        """Whether a state transfer has begun to replace the datadir."""
        return (self.datadir / _SST_STAGE).exists()

    def read_record(self) -> NodeRecord | None:
        """Read the node record; None when there is none, ValueError when it is damaged."""
        try:
            return from_json(NodeRecord, json.loads(self._record.read_text()))
        except FileNotFoundError:
            return None
        except (Malformed, ValueError) as error:
            raise ValueError(f"{self._record} is damaged: {error}") from error

    def write_record(self, record: NodeRecord) -> None:
        """Make a record durable before its effect."""
        self._write(self._record, json.dumps(to_json(record), indent=1) + "\n")

    def grastate(self) -> Grastate | None:
        """Read grastate.dat; None when it is missing or not whole."""
        text = self._text("grastate.dat")
        return parse_grastate(text) if text else None

    def write_grastate(self, position: Position, *, safe_to_bootstrap: bool, directory: Path | None = None) -> None:
        """Put the exact position where the server looks for it; `directory` will be the datadir, if it is not yet."""
        path = (directory or self.datadir) / "grastate.dat"
        self._write(path, format_grastate(position, safe_to_bootstrap=safe_to_bootstrap))

    def saved_view(self) -> SavedView | None:
        """Read gvwstate.dat; None when there is none or it is not whole."""
        text = self._text("gvwstate.dat")
        return parse_gvwstate(text) if text else None

    def remove_saved_view(self) -> None:
        """Remove gvwstate.dat, after it was folded into the record, so that Galera forms no Primary by itself."""
        for name in ("gvwstate.dat", "gvwstate.dat.tmp"):
            (self.datadir / name).unlink(missing_ok=True)
        self._sync(self.datadir)

    def remove_transfer_marks(self) -> None:
        """Remove what a dead state transfer left beside whole data, once none of its processes is left.

        A `wsrep_sst.pid` would have the next script wait half a minute and give up, if that number is another
        process's by now; in a container that was started anew it soon is.
        """
        for name in _SST_MARKS:
            (self.datadir / name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove a datadir that is known to be no data (unfinished, or given up); makes an empty one."""
        shutil.rmtree(self.initialising, ignore_errors=True)
        if self.datadir.exists():
            for entry in self.datadir.iterdir():
                if entry.name == "lost+found":
                    continue
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
        self.make_datadir()

    def make_datadir(self) -> None:
        """Make an empty datadir for a state transfer to fill."""
        self.datadir.mkdir(mode=0o750, exist_ok=True)
        self._own(self.datadir)
        self._sync(self.root)

    def forget_initialisation(self) -> None:
        """Remove what an unfinished first initialisation left."""
        shutil.rmtree(self.initialising, ignore_errors=True)

    def adopt_initialised(self) -> None:
        """Make a finished first initialisation the datadir: one rename, so it is there wholly or not at all."""
        if self.datadir.exists():
            self.datadir.rmdir()  # empty, or this fails and nothing is lost
        self.initialising.rename(self.datadir)
        self._sync(self.root)

    def _text(self, name: str) -> str:
        try:
            return (self.datadir / name).read_text(errors="replace")
        except OSError:
            return ""

    def _write(self, path: Path, text: str) -> None:
        aside = path.with_name(path.name + ".new")
        with aside.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self._own(aside)
        aside.rename(path)
        self._sync(path.parent)

    def _own(self, path: Path) -> None:
        if self._owner and os.geteuid() == 0:
            os.chown(path, *self._owner)

    @staticmethod
    def _sync(directory: Path) -> None:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
