"""Is a backup good? It is read back as a whole; then, as far as that is wanted, unpacked, prepared, and run.

What is found is stored beside the manifest, good or bad. What could not be found out (no key, no room, no program of
the right version) is raised, and changes nothing.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import node as host

from backup.adapters import dump, lone_server, mariadb_backup, mbstream_program
from backup.adapters.objectstore import Store
from backup.core.damage import Damaged
from backup.core.manifest import Manifest
from backup.core.mbstream import MbstreamReader
from backup.core.names import VERIFIED, Kind
from backup.core.proof import CannotVerify, complaints
from backup.core.verification import Level, Result, to_text, with_result
from backup.run.reading import read_pieces, read_verified
from peerfinder.core.copying import room_for


@dataclass(frozen=True, slots=True)
class Means:
    """With what it is verified."""

    key: bytes | None = None
    work_dir: Path = Path("/var/tmp")  # noqa: S108 - a directory of its own is made in it
    use_memory: int = 256 << 20  # bytes, of mariadb-backup and the server


@dataclass
class Progress:
    """How far it is; written by one thread, read by any."""

    stage: str = "reading"
    done: int = 0
    total: int = 0


def verify(
    store: Store, manifest: Manifest, level: Level, means: Means, progress: Progress,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Result:  # fmt: skip
    """Verify a backup, and store what was found; raises CannotVerify, StoreTrouble where nothing was."""
    if manifest.kind is Kind.LOGICAL and level is not Level.CHECKSUM:
        seen = f"{manifest.name} is a dump, which nothing prepares"
        raise CannotVerify(seen, "--level checksum; restore it somewhere to see more of it")
    began = time.monotonic()
    reason, counts = "", {}
    try:
        counts = _proof(store, manifest, level, means, progress)
    except Damaged as error:
        reason = str(error)
    by = f"galera-kit {version('galera-kit')} on {host()}"
    at = f"{now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    result = Result(level, not reason, at, by, round(time.monotonic() - began, 1), reason, counts)
    text = to_text(with_result(read_verified(store, manifest.name), result))
    store.put(f"{manifest.name}/{VERIFIED}", text.encode())
    return result


def _proof(store: Store, manifest: Manifest, level: Level, means: Means, progress: Progress) -> dict[str, int]:
    progress.total = manifest.raw_bytes
    if level is Level.CHECKSUM:
        counts = {"bytes": 0}
        for _piece in _read(store, manifest, means.key, progress, counts):
            pass
        return counts
    mariadb_backup.check_version(manifest.server_version)
    if level is Level.START:
        lone_server.check_version(manifest.server_version)
    with _room(means.work_dir, manifest.raw_bytes) as work:
        data, counts = work / "data", {"bytes": 0}
        data.mkdir()
        pieces = _read(store, manifest, means.key, progress, counts)
        mbstream_program.unpack(pieces, data, min(4, os.cpu_count() or 1))
        progress.stage = "preparing"
        mariadb_backup.prepare(data, means.use_memory)
        if level is Level.START:
            progress.stage = "starting a server"
            with lone_server.running(data, work, means.use_memory) as server:
                counts |= _ask(server, progress)
    return counts


def _read(
    store: Store, manifest: Manifest, key: bytes | None, progress: Progress, counts: dict[str, int]
) -> Iterator[bytes]:
    """Give the stream, having looked at each piece."""
    reader, tail = MbstreamReader(checks=True), b""
    for piece in read_pieces(store, manifest, key):
        if manifest.kind is Kind.PHYSICAL:
            reader.feed(piece)
        tail = (tail + piece)[-4096:] if len(piece) < 4096 else piece[-4096:]  # 4096: more than the last line
        progress.done += len(piece)
        yield piece
    if manifest.kind is Kind.LOGICAL:
        if dump.ENDS not in tail:
            raise Damaged("the dump is cut: its last line is missing")
    else:
        reader.finish()
        if reader.files != manifest.files:
            raise Damaged(f"there are {reader.files} files in it, and were {manifest.files} when it was made")
        counts["files"] = reader.files
    counts["bytes"] = progress.done


def _ask(server: lone_server.LoneServer, progress: Progress) -> dict[str, int]:
    """Check and count every table."""
    tables = server.tables()
    progress.stage, progress.done, progress.total = "checking tables", 0, len(tables)
    rows, wrong = 0, []
    for database, table in tables:
        wrong += complaints(server.check(database, table))
        rows += server.count(database, table)
        progress.done += 1
    if not tables:
        raise Damaged("there is no table in it")
    if wrong:
        raise Damaged(f"CHECK TABLE found {len(wrong)} errors: {'; '.join(wrong[:3])}")
    return {"tables": len(tables), "rows": rows}


@contextmanager
def _room(where: Path, needed: int) -> Iterator[Path]:
    """Make a directory for the unpacked data, and remove it with all that is in it."""
    try:
        free, wanted, gib = shutil.disk_usage(where).free, room_for(needed), 1 << 30
        if free < wanted:
            seen = f"{where} has {free / gib:.1f} GiB left, and {wanted / gib:.1f} GiB are needed to unpack it"
            raise CannotVerify(seen, "name a larger one: --work-dir DIR; or --level checksum, which needs no room")
        directory = Path(tempfile.mkdtemp(prefix="galera-verify.", dir=where))
    except OSError as error:
        raise CannotVerify(f"{where} cannot be used: {error.strerror}", "name another one: --work-dir DIR") from None
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
