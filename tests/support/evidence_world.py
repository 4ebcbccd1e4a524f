"""A world for the evidence rules alone: after a crash some nodes report, and the real `elect` must be right.

Records, facts, evidence, election and what a start writes down are real. Of Galera there is what a record can tell of:
one Primary, the order of its writes, views, and how much of it each volume has (`evidence_galera.py`). There are no
networks, clocks, votes that are refused or servers outside of a Primary (`world.py` has them), so thousands of
elections take a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from entrypoint.core.ballot_box import attempt, may_skip_swap, new_lineage, swapped
from entrypoint.core.election import Elected
from entrypoint.core.facts import Facts, next_ballot
from entrypoint.core.remedy import left_out
from peerfinder.core import bookkeeping
from peerfinder.core.lineage import latest
from peerfinder.core.memory import ClusterMemory, Override
from peerfinder.core.names import by_ordinal
from peerfinder.core.record import Start, StartKind, promised, starting
from peerfinder.core.report import Datadir, NodeFacts, NodeReport, Phase, lineage_of, record_of
from tests.support.evidence_cluster import RunningCluster
from tests.support.evidence_galera import UUID, Node


@dataclass
class EvidenceWorld(RunningCluster):
    """A cluster that crashes, and what its nodes find out together."""

    may_be_lost: frozenset[int] = frozenset()  # what the last word of a person gives up
    stopped: frozenset[str] = frozenset()  # whom it said to be stopped

    def facts(self, reporting: Iterable[str], memory: ClusterMemory | None, *, fresh: bool) -> Facts:
        """What these nodes know together, while the memory is read (`fresh`), a copy, or unknown.

        The file that tells the number of nodes without the API follows a scale at once.
        """
        reports = {name: self._report(self.nodes[name]) for name in by_ordinal(list(reporting))}
        me = next(iter(reports))
        told = bookkeeping.expected(me, self.expected if fresh else None, (self.expected,), memory)
        expected = None if told is None else frozenset(told)
        return Facts(me, reports, expected, memory, fresh, answering=frozenset(reports))

    @staticmethod
    def _report(node: Node) -> NodeReport:
        datadir = Datadir.PRESENT if node.data is not None else Datadir.EMPTY
        if node.data is None and node.record.incomplete:
            datadir = Datadir.INCOMPLETE
        kept = None if node.is_new else node.record
        return NodeReport(NodeFacts(node.name, Phase.WAITING, datadir, "", "", node.position, record=kept))

    def exclude(self, reporting: Iterable[str]) -> None:
        """A person says of everybody who is still waited for that they are stopped, as `galeractl recover` shows it."""
        facts = self.facts(reporting, self.memory, fresh=True)
        gone = left_out(facts)
        held = [name for name, one in facts.reports.items() if one.facts.holds_data]
        if self.members or not gone or not held:
            return
        chosen = held[0]
        for _ in range(2):  # the node that the election with it chooses
            word = self._word(facts, gone, chosen)
            outcome = self.rules.elect(replace(facts, memory=replace(self.memory, override=word)))
            if not isinstance(outcome, Elected):
                return
            chosen = outcome.winner
        self.memory = replace(self.memory, override=self._word(facts, gone, chosen), version=self.memory.version + 1)
        there: set[int] = set()
        for name in facts.reports:
            there |= set(self.nodes[name].data or ())
        self.may_be_lost, self.stopped = frozenset(self.acknowledged - there), frozenset(gone)

    @staticmethod
    def _word(facts: Facts, gone: tuple[str, ...], chosen: str) -> Override | None:
        position = facts.reports[chosen].facts.position
        tips = [tip for report in facts.reports.values() if (tip := latest(lineage_of(report)))]
        promises = [promise for report in facts.reports.values() if (promise := record_of(report).promise)]
        ballot = facts.memory.ballot if facts.memory else None
        if position is None:
            return None
        tip, promise = max(tips, default=None), max(promises, default=None)
        return Override(gone, chosen, position, tip=tip, promise=promise, ballot=ballot)

    def start(self, facts: Facts, elected: Elected, *, stops_at: str = "") -> None:
        """All voters grant; the start may be cut off behind the 'vote', or before its Primary 'formed'."""
        ballot = next_ballot(replace(facts, me=elected.winner))
        for name in elected.voters:
            node = self.nodes[name]
            node.record = promised(node.record, ballot)
        tried = attempt(facts, elected, ballot)
        if stops_at == "vote" or not (facts.memory_fresh or may_skip_swap(tried, facts)):
            return
        node = self.nodes[elected.winner]
        seqno = len(node.data or ())
        if facts.memory_fresh:
            self.memory = swapped(tried, node.record, self.memory, UUID if node.data is not None else "", seqno)
        lineage = new_lineage(node.record, ballot, UUID, seqno)
        node.record = starting(node.record, Start(StartKind.BOOTSTRAP, lineage, node.position), incomplete="")
        if stops_at == "formed":
            self.end(node)
            return
        self.log = node.data = node.data or ()
        self.acknowledged &= set(self.log)  # what is not there was given up, or is nowhere
        self.lineage, self.seq = lineage, 0
        self.run(node)
        node.synced = True
        self.new_view()
