"""Everything a decision stands on, gathered before it and never read again while deciding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from peerfinder.core.lineage import Ballot, latest
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.names import ordinal_of
from peerfinder.core.report import NodeFacts, NodeReport, Phase, lineage_of, record_of


@dataclass(frozen=True, slots=True)
class Facts:
    """One node's knowledge at one moment.

    `reports` holds fresh reports only, this node's own among them. `silent` names nodes that are known
    but gave no fresh report, with what is known of them. `answering` are all nodes whose agent answers
    in any form, fresh or not. `expected` is None while nobody knows how many nodes the cluster has.
    `memory` is None while it is unreadable; `memory_fresh` tells that it was read just now. `writer` is the node that
    holds the writer role, '' where there is none.
    """

    me: str
    reports: Mapping[str, NodeReport]
    expected: frozenset[str] | None
    memory: ClusterMemory | None = None
    memory_fresh: bool = False
    silent: Mapping[str, str] = field(default_factory=dict)
    answering: frozenset[str] = frozenset()
    memory_problem: str = ""  # why the memory was not read just now, for people
    writer: str = ""

    @property
    def mine(self) -> NodeFacts:
        """This node's own facts."""
        return self.reports[self.me].facts

    @property
    def others(self) -> tuple[NodeReport, ...]:
        """The fresh reports of all other nodes, by ordinal."""
        names = sorted((name for name in self.reports if name != self.me), key=lambda name: (ordinal_of(name), name))
        return tuple(self.reports[name] for name in names)


def epoch_of(report: NodeReport) -> Ballot | None:
    """Give the epoch of the Primary that a node runs in or ran in last."""
    return latest(lineage_of(report))


def started_epoch_of(report: NodeReport) -> Ballot | None:
    """Give the epoch that a running server was started to form or to join, of any other node that of its data."""
    record = record_of(report)
    if report.facts.phase in (Phase.STARTING, Phase.RUNNING) and record.start:
        return latest(record.start.lineage)
    return latest(record.lineage)


def ballots_seen(facts: Facts) -> frozenset[Ballot]:
    """Collect every ballot that any report or the memory knows of; a new one must be above them all."""
    seen: set[Ballot | None] = set()
    for report in facts.reports.values():
        record = record_of(report)
        seen |= {record.promise, *(epoch.ballot for epoch in record.lineage), *(view.epoch for view in record.views)}
        if record.start:
            seen |= {epoch.ballot for epoch in record.start.lineage}
    if facts.memory:
        seen |= {facts.memory.ballot, *(epoch.ballot for epoch in facts.memory.lineage)}
    return frozenset(ballot for ballot in seen if ballot is not None)


def next_ballot(facts: Facts) -> Ballot:
    """Take a ballot above every one seen."""
    return Ballot(max((ballot.number for ballot in ballots_seen(facts)), default=0) + 1, facts.me)
