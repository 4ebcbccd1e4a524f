"""What was seen of a cluster, before anybody judges it.

Every node's agent is asked for its own view of the cluster; of each node the word of its own agent counts, because it
is the newest. A node whose agent does not answer is a node of which nothing is known but that (and, on this machine,
whether its programs run).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from entrypoint.core.facts import Facts
from galeractl.core.pods import PodFacts
from galeractl.core.programs import Programs
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import NodeReport
from peerfinder.core.snapshot import ClusterSnapshot


@dataclass(frozen=True, slots=True)
class Sight:
    """One node as it was seen: its agent's snapshot, or why there is none."""

    name: str
    address: str
    snapshot: ClusterSnapshot | None = None
    problem: str = ""  # why there is no snapshot
    answered: bool = False  # whether the agent answered in any form
    programs: Programs = Programs.UNKNOWN
    is_outdated: bool = False  # this machine knows that the server of which the snapshot speaks is gone
    pod: PodFacts | None = None  # as Kubernetes tells it, where that was asked

    @property
    def report(self) -> NodeReport | None:
        """What the node says of itself, None while its entrypoint has said nothing."""
        return self.snapshot.own_report if self.snapshot else None


@dataclass(frozen=True, slots=True)
class ClusterSight:
    """All nodes as they were seen at one moment, and the cluster memory."""

    cluster: str
    expected: tuple[str, ...]
    nodes: Mapping[str, Sight] = field(default_factory=dict)
    memory: ClusterMemory | None = None  # None: unreadable
    memory_problem: str = ""
    agent_port: int = 0
    nobody: str = ""  # why no node is expected at all, and what changes that

    @property
    def reports(self) -> dict[str, NodeReport]:
        """What each node says of itself, as far as that is fresh."""
        found = {name: sight.report for name, sight in self.nodes.items() if not sight.is_outdated}
        return {name: report for name, report in found.items() if report and report.is_fresh}

    @property
    def primaries(self) -> dict[str, NodeReport]:
        """The nodes that hold the whole state of a Primary component."""
        return {name: report for name, report in self.reports.items() if report.in_primary}

    @property
    def answering(self) -> frozenset[str]:
        """The nodes that are there in any form."""
        return frozenset(name for name, sight in self.nodes.items() if sight.answered or sight.snapshot)


def facts_of(sight: ClusterSight) -> Facts:
    """Put what was seen into the words of the election, which does not depend on who asks."""
    reports = sight.reports
    silent = {
        name: one.problem or "its entrypoint does not report"
        for name, one in sight.nodes.items()
        if name not in reports
    }
    me = min(reports, default="")
    return Facts(
        me=me,
        reports=reports,
        expected=frozenset(sight.expected) if sight.expected else None,
        memory=sight.memory,
        memory_fresh=sight.memory is not None,
        silent=silent,
        answering=sight.answering,
    )
