"""Rules 4 to 8: with no Primary anywhere, who bootstraps?

One function, run by the candidate to decide and by every voter to check: it must give all of them the
same answer from the same reports, so nothing in it depends on who asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoint.core.evidence import Evidence, best_seqno, gather_evidence, holders, view_start
from entrypoint.core.facts import Facts, lineage_of, record_of
from entrypoint.core.override import fitting_override
from peerfinder.core.lineage import have_forked, is_part_of, latest
from peerfinder.core.names import by_ordinal, ordinal_of
from peerfinder.core.position import ZERO_UUID
from peerfinder.core.report import Datadir, NodeReport


@dataclass(frozen=True, slots=True)
class Elected:
    """`winner` is to bootstrap once every one of `voters` granted it; `seqno` is None on an empty cluster."""

    winner: str
    voters: frozenset[str]
    rule: int
    reason: str
    seqno: int | None = None
    exempted: frozenset[str] = frozenset()
    overridden: frozenset[str] = frozenset()

    @property
    def needs_memory(self) -> bool:
        """Whether the start must be written into the memory first (somebody's vote is done without)."""
        return bool(self.exempted or self.overridden)


@dataclass(frozen=True, slots=True)
class Undecided:
    """Reports that count are missing: who, and why each of them counts."""

    rule: int
    missing: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """The reports are complete and no node may bootstrap by itself."""

    rule: int
    reason: str
    nodes: tuple[str, ...] = ()


Outcome = Elected | Undecided | Doubt


def elect(facts: Facts) -> Outcome:
    """Apply rules 4 to 8 to the reports of all nodes."""
    if facts.expected is None:
        return Undecided(5, (), "how many nodes the cluster has is unknown (no answer from the API, no memory)")
    override = fitting_override(facts)
    overridden = frozenset(override.without) if override else frozenset()
    evidence = gather_evidence(facts, facts.expected, override)
    if evidence.missing:
        return Undecided(5, by_ordinal(evidence.missing), _describe_missing(facts, evidence))
    held = holders(facts)
    if not held:
        return _without_data(facts, evidence, overridden)
    doubt = _lineage_doubt(facts, held, evidence)
    if doubt:
        return doubt
    eligible = {name: one for name, one in held.items() if _is_eligible(one, evidence)}
    doubt = _doubt(facts, eligible, evidence, overridden=bool(overridden))
    if doubt:
        return doubt
    best = best_seqno(facts, evidence.tip)
    top = [name for name, one in eligible.items() if one.facts.position and one.facts.position.seqno == best]
    if override and override.named:
        if override.node not in top:
            return Doubt(
                4, f"the override names {override.node}, but {', '.join(by_ordinal(top))} is further on", tuple(top)
            )
        winner = override.node
    else:
        winner = min(top, key=lambda name: (name not in evidence.members, ordinal_of(name), name))
    voters = evidence.required | frozenset(facts.reports)
    return Elected(
        winner, voters, 8, _winning_sentence(winner, best, top, evidence), best, evidence.exempted, overridden
    )


def _is_eligible(report: NodeReport, evidence: Evidence) -> bool:
    position = report.facts.position
    return position is not None and is_part_of(lineage_of(report), position.uuid, position.seqno, evidence.tip)


def _lineage_doubt(facts: Facts, held: dict[str, NodeReport], evidence: Evidence) -> Doubt | None:
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
            )
    current = {name: one for name, one in held.items() if name not in forked}
    by_uuid: dict[str, list[str]] = {}
    for name, one in current.items():
        if one.facts.position:
            by_uuid.setdefault(one.facts.position.uuid, []).append(name)
    if len(by_uuid) > 1:
        what = "; ".join(f"{uuid} on {', '.join(by_ordinal(names))}" for uuid, names in sorted(by_uuid.items()))
        return Doubt(6, f"the nodes hold different histories: {what}", by_ordinal(tuple(current)))
    if ZERO_UUID in by_uuid and len(current) > 1:
        return Doubt(
            6,
            "several nodes hold data that belong to no Galera history, so none is known to be newer",
            by_ordinal(tuple(current)),
        )
    known = facts.memory.uuid if facts.memory else ""
    if known and by_uuid and known not in by_uuid and not evidence.tip:
        return Doubt(
            6, f"the memory knows history {known}, the nodes hold {', '.join(by_uuid)}", by_ordinal(tuple(current))
        )
    return None


def _doubt(facts: Facts, eligible: dict[str, NodeReport], evidence: Evidence, *, overridden: bool) -> Doubt | None:
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
            start = view_start(facts, newest)
            gone = [
                name
                for name in evidence.view_nodes
                if name in facts.reports and not record_of(facts.reports[name]).views
            ]
            if gone and (start is None or best < start):
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


def _without_data(facts: Facts, evidence: Evidence, overridden: frozenset[str]) -> Outcome:
    """Rule 7: nobody holds data."""
    memory = facts.memory
    if memory is None:
        return Undecided(
            7, (), "no node holds data, and the cluster memory that tells a new cluster from lost volumes is unreadable"
        )
    if any(lineage_of(report) or record_of(report).views for report in facts.reports.values()):
        return Doubt(7, "no node holds data, but the node records know a history: the datadirs were lost")
    if memory.uuid:
        return Doubt(7, f"no node holds data, but the memory knows history {memory.uuid}: the volumes were lost")
    if memory.ballot and not _still_unformed(facts):
        return Doubt(7, f"no node holds data, but ballot {memory.ballot} was permitted: the volumes were lost")
    candidates = [name for name in facts.reports if facts.expected and name in facts.expected]
    if not candidates:
        return Undecided(7, (), "no expected node reports")
    winner = by_ordinal(tuple(candidates))[0]
    voters = evidence.required | frozenset(facts.reports)
    return Elected(
        winner,
        voters,
        7,
        f"no node holds data and no history is known; {winner} is the lowest ordinal",
        None,
        evidence.exempted,
        overridden,
    )


def _still_unformed(facts: Facts) -> bool:
    """Whether the node of the memory's ballot still has its own promise of it, so that no history came of it."""
    if facts.memory is None or facts.memory.ballot is None:
        return True
    starter = facts.reports.get(facts.memory.ballot.node)
    promise = record_of(starter).promise if starter else None
    return promise is not None and promise >= facts.memory.ballot


def _describe_missing(facts: Facts, evidence: Evidence) -> str:
    parts = []
    for name in by_ordinal(evidence.missing):
        report = facts.reports.get(name)
        if report is None:
            state = facts.silent.get(name, "does not report")
        elif report.facts.datadir is Datadir.UNREADABLE:
            state = f"cannot read its data: {report.facts.problem}"
        else:
            state = f"is {report.facts.phase}, its position is not final"
        parts.append(f"{name} ({state}; it {evidence.why[name]})")
    return "waiting for " + ", ".join(parts)


def _winning_sentence(winner: str, best: int, top: list[str], evidence: Evidence) -> str:
    tie = f", as do {', '.join(by_ordinal([one for one in top if one != winner]))}" if len(top) > 1 else ""
    left_out = f"; proven irrelevant: {', '.join(by_ordinal(evidence.exempted))}" if evidence.exempted else ""
    return f"{winner} holds the most advanced data (seqno {best}{tie}){left_out}"
