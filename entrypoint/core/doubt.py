"""Rule 6: the reports are complete, and contradict each other or what must have existed."""

from __future__ import annotations

from dataclasses import dataclass

from entrypoint.core.evidence import Evidence, best_seqno
from entrypoint.core.facts import Facts
from peerfinder.core.lineage import have_forked, latest
from peerfinder.core.names import by_ordinal
from peerfinder.core.position import ZERO_UUID
from peerfinder.core.record import Ending
from peerfinder.core.report import NodeReport, lineage_of, record_of


@dataclass(frozen=True, slots=True)
class Doubt:
    """The reports are complete and no node may bootstrap by itself.

    `nodes` are those it is about; `give_up` those whose data a person would have to give up to end it.
    """

    rule: int
    reason: str
    nodes: tuple[str, ...] = ()
    give_up: tuple[str, ...] = ()


def doubt_of_histories(facts: Facts, held: dict[str, NodeReport], evidence: Evidence) -> Doubt | None:
    """Rule 6, the parts about histories: two uuids, or a fork that the memory does not settle."""
    forked = sorted(name for name, one in held.items() if have_forked(lineage_of(one), evidence.tip))
    if forked:
        newest = latest(evidence.tip)
        settled = facts.memory is not None and newest in {epoch.ballot for epoch in facts.memory.lineage}
        if not settled:
            return Doubt(
                6,
                f"the data of {', '.join(forked)} and of epoch {newest} fork, and the memory names neither",
                tuple(forked),
                tuple(forked),
            )
    current = {name: one for name, one in held.items() if name not in forked}
    by_uuid: dict[str, list[str]] = {}
    for name, one in current.items():
        if one.facts.position:
            by_uuid.setdefault(one.facts.position.uuid, []).append(name)
    if len(by_uuid) > 1:
        known = facts.memory.uuid if facts.memory else ""
        kept = known if known in by_uuid else max(by_uuid, key=lambda uuid: (len(by_uuid[uuid]), uuid))
        others = [name for uuid, names in by_uuid.items() if uuid != kept for name in names]
        what = "; ".join(f"{uuid} on {', '.join(by_ordinal(names))}" for uuid, names in sorted(by_uuid.items()))
        return Doubt(6, f"the nodes hold different histories: {what}", by_ordinal(tuple(current)), by_ordinal(others))
    if ZERO_UUID in by_uuid and len(current) > 1:
        return Doubt(
            6,
            "several nodes hold data that belong to no Galera history, so none is known to be newer",
            by_ordinal(tuple(current)),
            by_ordinal(tuple(current))[1:],
        )
    known = facts.memory.uuid if facts.memory else ""
    if known and by_uuid and known not in by_uuid and not evidence.tip:
        return Doubt(
            6, f"the memory knows history {known}, the nodes hold {', '.join(by_uuid)}", by_ordinal(tuple(current))
        )
    return None


def doubt_of_losses(
    facts: Facts, eligible: dict[str, NodeReport], evidence: Evidence, *, overridden: bool
) -> Doubt | None:
    """Rule 6, the parts about what must have existed and is not here."""
    if not eligible:
        return Doubt(6, "no node holds data of the newest lineage")
    newest, memory = evidence.newest, facts.memory
    best = best_seqno(facts, evidence.tip)
    if not overridden:
        lost = _replaced_starter(facts, evidence)
        if lost:
            return Doubt(6, f"{lost} may have started a Primary, but its volume was replaced since", (lost,))
        if newest and not evidence.members & frozenset(eligible):
            names = by_ordinal(evidence.members)
            return Doubt(6, f"no member of the newest Primary view ({', '.join(names)}) holds data", names)
        if newest:
            gone = [
                name
                for name in evidence.view_nodes
                if name in facts.reports and not record_of(facts.reports[name]).views
            ]
            if gone and (evidence.start is None or best < evidence.start):
                return Doubt(
                    6,
                    f"{', '.join(by_ordinal(gone))} was in the newest view and lost its volume, "
                    "and no data reach the point where that view began",
                    by_ordinal(gone),
                )
        if memory and memory.mark and memory.mark.epoch == latest(evidence.tip) and best < memory.mark.seqno:
            return Doubt(
                6,
                f"seqno {memory.mark.seqno} was committed, the best data reach only {best}",
                by_ordinal(tuple(eligible)),
            )
    return None


def may_have_gone_on(facts: Facts, evidence: Evidence) -> tuple[str, ...]:
    """List members of the newest view that lost their volume and may have been a Primary after it, without the others.

    Galera lets more than half of a view go on; those who left it in order are not counted. What such a Primary wrote
    is on nodes that joined it later, and whoever of them has been scaled away is told of by the memory only: its mark
    says how far it came.
    """
    view = evidence.newest
    if view is None:
        return ()
    records = {name: record_of(facts.reports[name]) for name in evidence.members & facts.reports.keys()}
    gone = [name for name, record in records.items() if not record.views]
    left = [name for name, record in records.items() if record.ended is Ending.LEFT and name not in gone]
    arbiters = [member for member in view.members if member.arbiter]
    able = gone and 2 * (len(gone) + len(arbiters)) + len(left) > len(view.members)
    return by_ordinal(gone) if able else ()


def _replaced_starter(facts: Facts, evidence: Evidence) -> str:
    """Name a node of a possible start that reports a promise below that ballot: its record is not the one of then."""
    ballots = {record.promise for record in map(record_of, facts.reports.values())}
    ballots |= {facts.memory.ballot if facts.memory else None, latest(evidence.tip)}
    for ballot in sorted(one for one in ballots if one and one > evidence.epoch):
        starter = facts.reports.get(ballot.node)
        if starter:
            promise = record_of(starter).promise
            if promise is None or promise < ballot:
                return ballot.node
    return ""
