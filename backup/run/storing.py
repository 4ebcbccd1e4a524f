"""Making a backup: a stream is compressed, sealed, cut into parts and uploaded; its manifest comes last.

Two threads: one receives, the other one compresses (with helpers of its own), seals, hashes and feeds the upload, which
has several pieces on their way at once. What is between them is bounded, so a slow store slows the receiver down, and
it the node; memory is the same at any size.

A backup exists once its manifest was written and read back. Whatever fails before that takes the parts away again as
far as it can; what a killed job leaves is for `prune`.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from backup.adapters import cipher, zstd
from backup.adapters.objectstore import Store
from backup.core.key import key_id
from backup.core.manifest import AES, VERSION, ZSTD, Encryption, Manifest, Part, parse_manifest, to_text
from backup.core.names import MANIFEST, BackupName, part_name
from backup.core.store import StoreTrouble
from backup.run.pipe import GivenUp, Piece, Pipe
from backup.run.source import Facts, Source, Stream

PART_BYTES = 1 << 30  # of a part: small enough to be read again, large enough that a terabyte has a thousand
WAITING_BYTES = 16 << 20  # between the two threads


@dataclass(frozen=True, slots=True)
class How:
    """How it is stored."""

    key: bytes | None = None  # seals it
    level: int = zstd.LEVEL
    threads: int = 0  # of compression; 0: as many as there are processors, 4 at most
    part_bytes: int = PART_BYTES


@dataclass
class Progress:
    """How far it is; written by one thread, read by any."""

    name: str = ""
    raw: int = 0  # bytes that came
    stored: int = 0  # bytes given to the upload
    total: int = 0  # about how many come, 0 where that is not known
    is_stopped: bool = False  # somebody wants it to end

    def check(self) -> None:
        """Raise Stopped where somebody wants it to end."""
        if self.is_stopped:
            raise Stopped


class Stopped(Exception):
    """It was told to end."""


def store_backup(
    store: Store, source: Source, cluster: str, how: How, progress: Progress,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Manifest:  # fmt: skip
    """Make a backup, and give its manifest.

    Raises StoreTrouble, Damaged and what the source raises; then nothing is left of it, or what is left is said.
    """
    with source.open() as stream:
        started = now()
        name = _free_name(store, started, source.node)
        progress.name = str(name)
        parts: list[Part] = []
        try:
            facts = _store_parts(store, name, source, stream, how, progress, parts)
            manifest = _manifest(name, source, cluster, how, progress, facts, tuple(parts), (started, now()))
            _publish(store, manifest)
        except BaseException as error:
            _take_away(store, str(name), error)
            raise
    return manifest


def _free_name(store: Store, at: datetime, node: str) -> BackupName:
    name = BackupName(at.replace(microsecond=0), node)
    while any(store.list(str(name))):
        name = BackupName(name.at + timedelta(seconds=1), node)
    return name


def _store_parts(
    store: Store, name: BackupName, source: Source, stream: Stream, how: How, progress: Progress, parts: list[Part]
) -> Facts:
    """Receive in a thread, and store here what comes; `parts` gets those that are stored."""
    pipe = Pipe(WAITING_BYTES)
    receiver = threading.Thread(target=_receive, args=(stream, pipe, progress), name="receive", daemon=True)
    receiver.start()
    try:
        stored = _seal(zstd.compress(pipe, how.level, how.threads or _processors()), how.key, str(name))
        cut = _Cut(stored, how.part_bytes, progress)
        while not cut.is_over:
            own = part_name(len(parts), source.kind, is_encrypted=how.key is not None)
            store.put_pieces(f"{name}/{own}", cut.part())
            parts.append(Part(own, cut.size, cut.sha256))
            if (found := store.look(f"{name}/{own}").size) != cut.size:
                raise StoreTrouble(f"{store.url}: {name}/{own} has {found} bytes, {cut.size} were written", "try again")
    finally:
        pipe.give_up()
    receiver.join()
    return stream.facts()


def _receive(stream: Stream, pipe: Pipe, progress: Progress) -> None:
    try:
        for piece in stream.pieces():
            progress.check()
            progress.raw += len(piece)
            progress.total = progress.total or stream.total
            pipe.put(piece)
    except GivenUp:
        return
    except BaseException as error:  # noqa: BLE001 - whatever it is, who reads has to know
        pipe.end(error)
    else:
        pipe.end()


def _seal(pieces: Iterator[bytes], key: bytes | None, name: str) -> Iterator[bytes]:
    if key is None:
        yield from pieces
        return
    head, segments = cipher.sealing(key, name)
    yield head
    for piece in pieces:
        yield from segments.feed(piece)
    yield segments.finish()


class _Cut:
    """Cuts a stream into parts; after each, `size` and `sha256` are its own."""

    def __init__(self, pieces: Iterator[bytes], most: int, progress: Progress) -> None:
        self._pieces, self._most, self._progress = pieces, most, progress
        self._rest: Piece = b""
        self.is_over = False
        self.size, self.sha256 = 0, ""

    def part(self) -> Iterator[bytes]:
        """Give the pieces of the next part."""
        self.size, digest = 0, hashlib.sha256()
        while self.size < self._most:
            piece = self._rest or next(self._pieces, b"")
            if not piece:
                self.is_over = True
                break
            taken, self._rest = piece[: self._most - self.size], piece[self._most - self.size :]
            self.size += len(taken)
            self._progress.stored += len(taken)
            digest.update(taken)
            yield bytes(taken)
        if not self.is_over and not self._rest:
            self._rest = next(self._pieces, b"")
            self.is_over = not self._rest
        self.sha256 = digest.hexdigest()


def _processors() -> int:
    return max(1, min(4, len(os.sched_getaffinity(0))))


def _manifest(
    name: BackupName, source: Source, cluster: str, how: How, progress: Progress, facts: Facts,
    parts: tuple[Part, ...], times: tuple[datetime, datetime],
) -> Manifest:  # fmt: skip
    started, ended = (f"{one.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for one in times)
    return Manifest(
        VERSION,
        str(name),
        source.kind,
        cluster,
        source.node,
        started,
        ended,
        facts.server_version,
        progress.raw,
        sum(part.size for part in parts),
        parts,
        ZSTD,
        Encryption(AES, key_id(how.key)) if how.key else None,
        facts.galera,
        facts.gtid_domain,
        facts.binlog,
        facts.to_lsn,
        facts.files,
        facts.databases,
        {"galera-kit": version("galera-kit"), **facts.tools},
    )


def _publish(store: Store, manifest: Manifest) -> None:
    """Write the manifest, and read it back: only then is it a backup."""
    text, path = to_text(manifest), f"{manifest.name}/{MANIFEST}"
    parse_manifest(text, manifest.name)  # what this program could not read again must not be written
    store.put(path, text.encode())
    if store.get(path) != text.encode():
        raise StoreTrouble(
            f"{store.url}: {path} reads otherwise than it was written", "look at the store, and try again"
        )


def _take_away(store: Store, name: str, error: BaseException) -> None:
    """Remove what was stored, the manifest first; where that fails, say what is left."""
    with suppress(StoreTrouble):
        paths = sorted((one.path for one in store.list(name)), key=lambda path: not path.endswith(MANIFEST))
        store.delete(paths)
        return
    error.add_note(f"parts of {name} may be left in {store.url}; galeractl backup prune removes them after a day")
