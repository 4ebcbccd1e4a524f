"""From what was read to the facts a decision stands on: freshness is judged here, once."""

from __future__ import annotations

from dataclasses import replace

from entrypoint.core.facts import Facts
from peerfinder.core.lineage import Ballot
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import FRESH_SECONDS, NodeFacts, NodeReport
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.wsrep import ServerFacts


def gather(mine: NodeFacts, snapshot: ClusterSnapshot | None, now: float, boot_id: str, problem: str = "") -> Facts:
    """Join the node's own facts with the sidecar's last look, `now` in seconds of the boot clock.

    Without a snapshot of the last three seconds nobody else is known, not even how many there are.
    """
    if snapshot is None or snapshot.boot_id != boot_id or now - snapshot.written_at > FRESH_SECONDS:
        why = problem or "the sidecar's view is old"
        return Facts(mine.name, {mine.name: NodeReport(mine)}, None, silent={"": why})
    late = now - snapshot.written_at
    own = snapshot.own_report
    reports = {mine.name: NodeReport(mine, own.server if own else ServerFacts())}
    silent = dict(snapshot.silent)
    for name, report in snapshot.reports.items():
        if name == mine.name:
            continue
        aged = replace(report, age=report.age + late)
        if aged.is_fresh:
            reports[name] = aged
        else:
            silent[name] = f"its entrypoint has not reported for {aged.age:.0f} s"
    answering = frozenset(snapshot.answering) | frozenset(snapshot.reports)
    expected = frozenset(snapshot.expected) if snapshot.expected is not None else None
    memory = snapshot.memory if snapshot.memory_fresh else newest_memory(snapshot)
    others, problem, writer = answering - {mine.name}, snapshot.memory_problem, snapshot.writer.node
    return Facts(mine.name, reports, expected, memory, snapshot.memory_fresh, silent, others, problem, writer)


def newest_memory(snapshot: ClusterSnapshot) -> ClusterMemory | None:
    """The newest copy of the memory that any node tells of, for a time when its source cannot be read."""
    copies = [snapshot.memory, *(report.memory for report in snapshot.reports.values())]
    return max((copy for copy in copies if copy), key=_age, default=None)


def _age(memory: ClusterMemory) -> tuple[Ballot, int]:
    """What makes a copy newer: its ballot, then the count of swaps (which begins anew with an emptied memory)."""
    return (memory.ballot or Ballot(-1, ""), memory.version)
