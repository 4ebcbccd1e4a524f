"""The part of an `EvidenceWorld` in which a Primary runs: what is written down of it, and what happens to its nodes.

Each event does nothing where it cannot happen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from entrypoint.core.aftermath import left
from peerfinder.core import bookkeeping
from peerfinder.core.memory import Mark
from peerfinder.core.names import by_ordinal
from peerfinder.core.record import NodeRecord, formed, viewed
from peerfinder.core.report import Datadir, NodeFacts, NodeReport, Phase
from peerfinder.core.view import Member, identity
from peerfinder.core.wsrep import ServerFacts, WsrepState
from tests.support.evidence_galera import UUID, Group, Node

SYNCED = ServerFacts(sql=True, state=WsrepState.SYNCED, cluster_status="Primary", ready=True, uuid=UUID)


@dataclass
class RunningCluster(Group):
    """A Primary, its programs, and faults."""

    wiped: bool = False
    destroyed: set[int] = field(default_factory=set)  # was on a volume that was lost
    out_of_sight: set[int] = field(default_factory=set)  # and left no copy on a node that is expected

    def look(self, name: str, *, sql: bool = True, unknown: Iterable[str] = ()) -> None:
        """The entrypoint of a member looks: at gvwstate.dat, at who is there, and at what SQL shows if that answers."""
        node = self.nodes[name]
        if not node.member or node.saved is None:
            return
        hidden = set(unknown)
        known = {
            identity(other.process): Member(other.process, other.name)
            for other in self.members
            if other.name not in hidden
        }
        start = self.view.start
        applied = sql and node.synced and node.data is not None and len(node.data) >= start
        record = viewed(node.record, node.saved, known, start if applied else None)
        there = frozenset(other.name for other in self.members)
        node.record = self.rules.acquainted(formed(record, UUID), self.names, there)

    def remember(self) -> None:
        """The keeper of the memory writes what is due."""
        if not self.synced:
            return
        keeper = self.synced[0]
        facts = NodeFacts(keeper.name, Phase.RUNNING, Datadir.PRESENT, "", "", keeper.position, record=keeper.record)
        mark = Mark(self.lineage[-1].ballot, len(keeper.data or ()))
        reports = {keeper.name: NodeReport(facts, SYNCED)}
        nodes, since = by_ordinal(self.names), bookkeeping.MARK_SECONDS
        self.memory = bookkeeping.due(self.memory, self.memory, keeper.name, reports, nodes, mark, since) or self.memory

    def leave(self, name: str, *, sql: bool = True) -> None:
        """A member is stopped in order: it applies what it has received, unless it is still receiving its state."""
        node = self.nodes[name]
        if not node.member:
            return
        if node.synced:
            node.data = self.log
        self.look(name, sql=sql)
        node.record = left(node.record, cleanly=True, primary=True)
        node.saved = None
        self.end(node)
        if self.members:
            self.new_view()

    def flap(self, name: str, writer: str) -> None:
        """A member loses the others, misses a view and what `writer` writes in it, and is back before it ends."""
        node = self.nodes[name]
        if not node.synced or len(self.members) < 3 or len(self.synced) < 2:  # one of two has no majority
            return
        node.member, node.synced = False, False
        self.new_view()
        self.write(writer)
        node.member = True
        self.new_view()

    def crash(self, name: str, most: int = 0) -> None:
        """A member dies; where the rest is no Primary any more it ends too, with so much of its queue on disk."""
        node = self.nodes[name]
        if not node.member:
            return
        before = len(self.members)
        self.end(node)
        rest = self.members
        if 2 * len(rest) > before:
            self.new_view()
            return
        for other in rest:
            self.apply(other.name, most)
            other.record = left(other.record, cleanly=False, primary=False)
            self.end(other)

    def crash_all(self) -> None:
        """A power cut."""
        for node in self.members:
            self.end(node)

    def end(self, node: Node) -> None:
        """The server process of a node is gone, and the node looks at its volume."""
        node.record = self.rules.settled(node.record, node.saved, node.position, {})
        node.member, node.synced, node.saved = False, False, None

    def wipe(self, name: str) -> None:
        """A volume is lost."""
        node = self.nodes[name]
        if node.member:
            return
        lost = set(node.data or ())
        self.nodes[name] = Node(name, NodeRecord(name))
        self.wiped = True
        self.destroyed |= lost
        self.out_of_sight |= lost.difference(*(self.nodes[one].data or () for one in self.names))

    def scale(self, expected: int, *, orderly: bool = True) -> None:
        """The number of nodes changes; those above it go, the highest first."""
        self.expected = expected
        for name in reversed(list(self.nodes)[expected:]):
            (self.leave if orderly else self.crash)(name)
