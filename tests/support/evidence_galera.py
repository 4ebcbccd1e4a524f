"""Galera as far as a record can tell of it: one Primary, the order of its writes, its views, who has what on disk.

Assumed is what holds in Galera (measured, or read in its source). A write is acknowledged when it is in the order, and
on the disk of the member that answers. A view change has a place in that order, too. A Primary goes on with more than
half of its last view, those who left in order apart, whether its members have the whole state or not. A donor has
applied everything before it gives its state. Views are numbered upwards, and numbers may be skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from entrypoint.core.aftermath import settled
from entrypoint.core.election import Outcome, elect
from entrypoint.core.facts import Facts
from peerfinder.core.gvwstate import SavedView
from peerfinder.core.lineage import Ballot, Lineage, is_part_of
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.names import by_ordinal
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord, Start, StartKind, acquainted, completed, starting
from peerfinder.core.view import Member

UUID = "0000aaaa-0000-11f0-8000-000000000000"
ALL = 1 << 20  # more than any history has
Log = tuple[int, ...]
Order = tuple[Ballot, int]


@dataclass(frozen=True)
class Rules:
    """The functions under test; a mutation is one of them replaced."""

    elect: Callable[[Facts], Outcome] = elect
    settled: Callable[[NodeRecord, SavedView | None, Position | None, dict[str, Member]], NodeRecord] = settled
    acquainted: Callable[[NodeRecord, frozenset[str] | None, frozenset[str]], NodeRecord] = acquainted


@dataclass(frozen=True, slots=True)
class TrueView:
    """A Primary view as it was, whoever wrote it down; `start` is its own place in the order."""

    names: frozenset[str]
    start: int


@dataclass(slots=True)
class Node:
    """One node: its volume, and its server while that is a member of the Primary."""

    name: str
    record: NodeRecord
    data: Log | None = None  # what is on the disk; None without a whole datadir
    saved: SavedView | None = None  # gvwstate.dat
    member: bool = False
    synced: bool = False
    process: str = ""

    @property
    def is_new(self) -> bool:
        """Whether the volume has no record yet."""
        return self.record.promise is None and self.record.start is None and not self.record.lineage

    @property
    def position(self) -> Position | None:
        return None if self.data is None else Position(UUID, len(self.data))


@dataclass
class Group:
    """The nodes, at most one Primary, and what really happened."""

    expected: int
    rules: Rules = field(default_factory=Rules)
    volumes: int = 4
    nodes: dict[str, Node] = field(init=False)
    log: Log = ()
    lineage: Lineage = ()
    seq: int = 0
    memory: ClusterMemory = field(default_factory=ClusterMemory)
    views: dict[Order, TrueView] = field(default_factory=dict)
    acknowledged: set[int] = field(default_factory=set)
    count: int = 0

    def __post_init__(self) -> None:
        names = (f"db-{ordinal}" for ordinal in range(self.volumes))
        self.nodes = {name: Node(name, NodeRecord(name)) for name in names}

    @property
    def members(self) -> list[Node]:
        return [node for node in self.nodes.values() if node.member]

    @property
    def synced(self) -> list[Node]:
        """The members that have the whole state: without one of them nobody is given any."""
        return [node for node in self.nodes.values() if node.synced]

    @property
    def names(self) -> frozenset[str]:
        """Who is expected."""
        return frozenset(list(self.nodes)[: self.expected])

    @property
    def view(self) -> TrueView:
        return self.views[self.lineage[-1].ballot, self.seq]

    def new_view(self, skipped: int = 0) -> None:
        """The present members agree that they are the Primary."""
        members = self.members
        self.seq += 1 + skipped
        self.count += 1
        self.log += (self.count,)
        ids = tuple(sorted(node.process for node in members))
        for node in members:
            node.saved = SavedView(node.process, self.seq, ids)
        names = frozenset(node.name for node in members)
        self.views[self.lineage[-1].ballot, self.seq] = TrueView(names, len(self.log))

    def write(self, name: str, times: int = 1) -> None:
        """Some writes are acknowledged by this member."""
        node = self.nodes[name]
        for _ in range(times if node.synced else 0):
            self.count += 1
            self.log += (self.count,)
            node.data = self.log
            self.acknowledged.add(self.count)

    def apply(self, name: str, most: int = ALL) -> None:
        """A member brings so many writes and views that it has received to its disk."""
        node = self.nodes[name]
        if node.member and node.data is not None and self.synced:
            node.data = self.log[: len(node.data) + most]

    def join(self, name: str, *, whole: bool = True, met: bool = True, skipped: int = 0) -> None:
        """A node enters the Primary, by IST (`whole`) or by a state transfer.

        `met`: its members have looked since it reports, as they do twice a second; a server takes longer to start.
        """
        node, members = self.nodes[name], self.members
        if not self.synced or node.member or name not in self.names:
            return
        if node.data is not None and not is_part_of(node.record.lineage, UUID, len(node.data), self.lineage):
            return
        for other in members if met else ():
            if name not in other.record.nodes:
                other.record = replace(other.record, nodes=by_ordinal({*other.record.nodes, name}))
        whole = whole and node.data is not None
        start = Start(StartKind.JOIN, self.lineage, node.position if whole else None)
        node.record = starting(node.record, start, incomplete="" if whole else "state transfer")
        if not whole:
            self.synced[0].data, node.data = self.log, None  # the donor
        self.run(node)
        self.new_view(skipped)

    def run(self, node: Node) -> None:
        """A server process starts and becomes a member."""
        self.count += 1
        node.process = f"{self.count:08x}-bbbb-11f0-8000-000000000000"
        node.member, node.saved = True, None

    def sync(self, name: str) -> None:
        """A joiner has the whole state."""
        node = self.nodes[name]
        if node.member and not node.synced and self.synced:
            node.data, node.synced, node.record = self.log, True, completed(node.record)
