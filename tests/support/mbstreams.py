"""Builders of what mariadb-backup streams, and of whole backups in a store."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from backup.adapters.objectstore import Store
from backup.core.manifest import Manifest
from backup.core.mbstream import MbstreamReader
from backup.core.names import Kind
from backup.core.whereabouts import whereabouts
from backup.run.source import Facts
from backup.run.storing import How, Progress, store_backup

UUID = "079e3e87-eb51-11f1-9253-2bf7c44dc8c3"
GALERA_INFO = f"{UUID}:1461 100\n".encode()
AT = datetime(2026, 11, 28, 17, 30, 5, tzinfo=UTC)


def head(kind: str, path: str, flags: int = 0) -> bytes:
    """The head of a chunk."""
    name = path.encode()
    return b"XBSTCK01" + bytes((flags, ord(kind))) + struct.pack("<I", len(name)) + name


def piece(path: str, content: bytes, offset: int = 0, flags: int = 0) -> bytes:
    """A piece of a file."""
    return head("P", path, flags) + struct.pack("<QQI", len(content), offset, zlib.crc32(content)) + content


def a_file(path: str, content: bytes) -> bytes:
    """A whole file."""
    return piece(path, content) + head("E", path)


def a_stream(*more: bytes, prefix: str = "xtrabackup", data: bytes = b"x" * 5000) -> bytes:
    """A small whole copy."""
    return b"".join(
        (
            a_file("ibdata1", data),
            *more,
            a_file(f"{prefix}_galera_info", GALERA_INFO),
            a_file(f"{prefix}_checkpoints", b"backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 65273\n"),
            a_file(f"{prefix}_info", b"tool_version = 10.11.19-MariaDB\nserver_version = 10.11.19-MariaDB-1\n"),
        )
    )


@dataclass
class PretendedSource:
    """A copy that comes from nowhere; `breaks` is raised at its end."""

    content: bytes
    node: str = "db-1"
    breaks: BaseException | None = None
    step: int = 700
    closed: int = 0
    kind: Kind = Kind.PHYSICAL
    total: int = 0
    before_end: Callable[[], None] = lambda: None

    @contextmanager
    def open(self) -> Iterator[Any]:
        """Begin; what is counted is how often it was given up or came to its end."""
        self.reader = MbstreamReader() if self.kind is Kind.PHYSICAL else None
        try:
            yield self
        finally:
            self.closed += 1

    def pieces(self) -> Iterator[bytes]:
        """Give it in small pieces."""
        for place in range(0, len(self.content), self.step):
            part = self.content[place : place + self.step]
            if self.reader:
                self.reader.feed(part)
            yield part
        self.before_end()
        if self.breaks is not None:
            raise self.breaks
        if self.reader:
            self.reader.finish()

    def facts(self) -> Facts:
        """Tell what it says of itself."""
        if self.reader is None:
            return Facts("10.11.19-MariaDB")
        found = whereabouts(self.reader.info)
        return Facts("10.11.19-MariaDB", found.galera, files=self.reader.files)


def a_backup(
    store: Store, *, content: bytes | None = None, key: bytes | None = None, at: datetime = AT, node: str = "db-1",
    part_bytes: int = 400,
) -> Manifest:  # fmt: skip
    """A backup that was made by the real code, of several parts."""
    source = PretendedSource(a_stream(data=varied(5000)) if content is None else content, node)
    how = How(key, part_bytes=part_bytes, threads=1)
    return store_backup(store, source, "db", how, Progress(), lambda: at)


def varied(size: int) -> bytes:
    """Bytes that do not compress, the same each time."""
    found, value = bytearray(), 1
    while len(found) < size:
        value = value * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        found += value.to_bytes(8, "big")
    return bytes(found[:size])


def changed(manifest: Manifest, **what: Any) -> Manifest:
    """The same manifest, but for some fields."""
    return replace(manifest, **what)
