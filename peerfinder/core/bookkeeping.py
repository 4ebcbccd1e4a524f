"""What should the cluster memory say now, and what is it worth as it was read?

Writing. In a Primary, the member of the lowest ordinal brings the memory up to date by compare-and-swap: history,
ballot and lineage of its own Primary, the number of nodes, the mark. It raises and completes and never lowers: a
memory that knows a ballot or a mark above its own epoch was written for a Primary that this node may not have met.

Reading. Unreadable is not empty. Empty while a record knows an epoch is a memory that was lost or rolled back, so it
counts as unreadable. A last copy stands in for it where it knows a history; one that knows none proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from peerfinder.core.lineage import Ballot, Lineage, latest
from peerfinder.core.memory import ClusterMemory, Mark
from peerfinder.core.names import by_ordinal, expected_names
from peerfinder.core.report import NodeReport, lineage_of

MARK_SECONDS = 10.0
"""Seconds between two writes for the mark alone: it may be stale, and each write is an fsync or a call of the API."""

MOST_NODES = 1000
"""A count above this is a slip of the pen, not a cluster: Galera's groups end far below."""

_NOTHING = Ballot(-1, "")


@dataclass(frozen=True, slots=True)
class MemoryReading:
    """The memory as this look has it: read from its source just now (`fresh`), or the last copy and why."""

    memory: ClusterMemory | None
    fresh: bool
    problem: str = ""


def judge_memory(
    read: ClusterMemory | None, problem: str, last: ClusterMemory | None, reports: Mapping[str, NodeReport]
) -> MemoryReading:
    """Weigh what was read (None and the problem when nothing was) against the reports and the last good copy."""
    knowing = by_ordinal([name for name, report in reports.items() if _knows_epoch(report)])
    if read is not None and (read.knows_history or not knowing):
        return MemoryReading(read, fresh=True)
    if read is not None:
        problem = (
            f"the cluster memory is empty, but {knowing[0]} knows a history: it was lost or rolled back, "
            "and the next Primary writes it anew"
        )
    copies = [copy for copy in (last, *(report.memory for report in reports.values())) if copy and copy.knows_history]
    best = max(copies, key=lambda copy: (copy.ballot or _NOTHING, copy.version), default=None)
    return MemoryReading(best, fresh=False, problem=problem)


def expected(
    me: str, by_api: int | None, otherwise: tuple[int | None, ...], memory: ClusterMemory | None
) -> tuple[str, ...] | None:
    """List the nodes the cluster has; None when that is not known.

    What the API says counts where it says anything: it alone knows of a scale at once. Else the largest of what is told
    otherwise and what is remembered, as each may be old. A scale to none is on its way to somewhere and says nothing.
    That the API says less than there were endangers nobody: members of the newest view count whatever is expected.
    """
    if by_api is not None and 0 < by_api <= MOST_NODES:
        return expected_names(me, by_api)
    known = (*otherwise, memory.replicas if memory else None)
    counts = [count for count in known if count is not None and 0 < count <= MOST_NODES]
    return expected_names(me, max(counts)) if counts else None


def is_writer(me: str, reports: Mapping[str, NodeReport]) -> bool:
    """Whether this node is the one that keeps the memory: in a Primary, and of the lowest ordinal in that Primary."""
    mine = reports.get(me)
    if mine is None or not mine.is_fresh or not mine.in_primary:
        return False
    epoch = latest(lineage_of(mine))
    beside = [
        name
        for name, report in reports.items()
        if report.is_fresh and report.in_primary and latest(lineage_of(report)) == epoch
    ]
    return by_ordinal(beside)[0] == me


def due(
    read: ClusterMemory,
    last: ClusterMemory | None,
    me: str,
    reports: Mapping[str, NodeReport],
    nodes: tuple[str, ...] | None,
    committed: Mark | None,
    since_mark: float,
) -> ClusterMemory | None:
    """Give what the memory should become, None when it is good as it is or not this node's to write.

    `read` is what the source holds now, `last` the last copy that knew a history, `committed` a seqno of the own
    epoch that was committed one look earlier, `since_mark` the seconds since this node last wrote the memory.
    """
    mine = reports.get(me)
    if mine is None or not is_writer(me, reports):
        return None
    base = read
    if not read.knows_history and last is not None:
        base = replace(last, override=None, discards=(), version=read.version)
    new = _with_history(base, mine)
    if nodes is not None:
        new = replace(new, replicas=len(nodes))
    new = _without_done(new, mine, reports)
    changed = new != read
    marked = _with_mark(new, lineage_of(mine), committed)
    if not changed and (marked == new or since_mark < MARK_SECONDS):
        return None
    return replace(marked, version=read.version + 1)


def _knows_epoch(report: NodeReport) -> bool:
    record = report.facts.record
    return record is not None and bool(record.lineage or record.views or lineage_of(report))


def _with_history(memory: ClusterMemory, mine: NodeReport) -> ClusterMemory:
    lineage = lineage_of(mine)
    epoch, uuid = latest(lineage), mine.server.uuid
    if (memory.ballot or _NOTHING) > (epoch or _NOTHING):
        return memory if memory.uuid else replace(memory, uuid=uuid)
    return replace(memory, uuid=uuid or memory.uuid, ballot=epoch, lineage=lineage)


def _with_mark(memory: ClusterMemory, lineage: Lineage, committed: Mark | None) -> ClusterMemory:
    if committed is None or committed.epoch != latest(lineage):
        return memory
    known = memory.mark
    if known and (known.epoch, known.seqno) >= (committed.epoch, committed.seqno):
        return memory
    return replace(memory, mark=committed)


def _without_done(memory: ClusterMemory, mine: NodeReport, reports: Mapping[str, NodeReport]) -> ClusterMemory:
    """Drop an override that led to a newer epoch, and the word about data of nodes that are members now."""
    override, epoch = memory.override, latest(lineage_of(mine)) or _NOTHING
    if override and epoch > (override.tip or _NOTHING):
        override = None
    joined = {name for name, report in reports.items() if report.is_fresh and report.in_primary}
    return replace(memory, override=override, discards=tuple(one for one in memory.discards if one.node not in joined))
