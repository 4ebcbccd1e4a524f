"""What is stored: the stream of a node's agent, or a dump, and what is known of it once it has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from backup.adapters import agent, dump
from backup.core.mbstream import MbstreamReader
from backup.core.names import Kind
from backup.core.whereabouts import BinlogPosition, whereabouts
from peerfinder.core.copying import CopyOrder
from peerfinder.core.position import Position


@dataclass(frozen=True, slots=True)
class Facts:
    """What a manifest tells of the data."""

    server_version: str
    galera: Position | None = None
    gtid_domain: str = ""
    binlog: BinlogPosition | None = None
    to_lsn: int = 0
    files: int = 0
    databases: tuple[str, ...] = ()
    tools: dict[str, str] = field(default_factory=dict)


class Stream(Protocol):
    """A stream that has begun."""

    @property
    def total(self) -> int:
        """About how many bytes come, 0 where that is not known."""

    def pieces(self) -> Iterator[memoryview | bytes]:
        """Give it piece by piece; raises at its end where it is not whole."""

    def facts(self) -> Facts:
        """Tell of what came, after all of it."""


class Source(Protocol):
    """Something that can be stored."""

    @property
    def kind(self) -> Kind:
        """How the data are read."""

    @property
    def node(self) -> str:
        """Of which node."""

    def open(self) -> AbstractContextManager[Stream]:
        """Have the stream begin; the end of the block gives up what has not come."""


@dataclass(frozen=True, slots=True)
class Physical:
    """The files of a node, as its agent gives them."""

    way: agent.Way
    order: CopyOrder
    kind: Kind = Kind.PHYSICAL

    @property
    def node(self) -> str:
        """Of which node."""
        return self.way.node

    @contextmanager
    def open(self) -> Iterator[Stream]:
        """Have the copy begin; raises CopyRefused, CopyFailed."""
        with agent.copying(self.way, self.order) as copy:
            yield _Physical(copy)


class _Physical:
    """A copy that passes, and is read meanwhile."""

    def __init__(self, copy: agent.Copy) -> None:
        self._copy, self._reader = copy, MbstreamReader()

    @property
    def total(self) -> int:
        return self._copy.begin.total if self._copy.begin else 0

    def pieces(self) -> Iterator[memoryview]:
        for piece in self._copy.pieces():
            self._reader.feed(piece)
            yield piece
        self._reader.finish()

    def facts(self) -> Facts:
        found = whereabouts(self._reader.info)
        version = self._copy.end.version if self._copy.end else ""
        tools = {"mariadb-backup": found.tool_version} if found.tool_version else {}
        return Facts(
            version or found.server_version,
            found.galera,
            found.gtid_domain,
            found.binlog,
            found.to_lsn,
            self._reader.files,
            tools=tools,
        )


@dataclass(frozen=True, slots=True)
class Logical:
    """A dump of a node."""

    node: str
    login: dump.Login
    what: dump.What
    kind: Kind = Kind.LOGICAL

    @contextmanager
    def open(self) -> Iterator[Stream]:
        """Have the dump begin; raises DumpFailed."""
        with dump.dumping(self.login, self.what) as found:
            yield _Logical(found, self.what)


class _Logical:
    """A dump that passes."""

    def __init__(self, found: dump.Dump, what: dump.What) -> None:
        self._dump, self._what = found, what

    total = 0

    def pieces(self) -> Iterator[bytes]:
        return self._dump.pieces()

    def facts(self) -> Facts:
        return Facts(self._dump.server_version or "unknown", databases=self._what.databases)
