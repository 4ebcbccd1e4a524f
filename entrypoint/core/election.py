"""Rules 4 to 8: with no Primary anywhere, who bootstraps?

One function, run by the candidate to decide and by every voter to check: it must give all of them the
same answer from the same reports, so nothing in it depends on who asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoint.core.doubt import Doubt, doubt_of_histories, doubt_of_losses, may_have_gone_on
from entrypoint.core.evidence import Evidence, best_seqno, gather_evidence, holders
from entrypoint.core.facts import Facts
from entrypoint.core.override import fitting_override
from peerfinder.core.lineage import is_part_of
from peerfinder.core.names import by_ordinal, ordinal_of
from peerfinder.core.report import Datadir, NodeReport, lineage_of, record_of

__all__ = ["Doubt", "Elected", "Outcome", "Undecided", "elect"]


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
    by_override: bool = False

    @property
    def needs_memory(self) -> bool:
        """Whether the start must be written into the memory first (somebody's vote is done without)."""
        return bool(self.exempted) or self.by_override


@dataclass(frozen=True, slots=True)
class Undecided:
    """Reports that count are missing: who, and why each of them counts."""

    rule: int
    missing: tuple[str, ...]
    reason: str


Outcome = Elected | Undecided | Doubt


def elect(facts: Facts) -> Outcome:
    """Apply rules 4 to 8 to the reports of all nodes."""
    if facts.expected is None:
        return Undecided(5, (), "how many nodes the cluster has is unknown (no answer from the API, no memory)")
    override = fitting_override(facts)
    overridden = frozenset(override.without) if override else frozenset()
    evidence = gather_evidence(facts, facts.expected, overridden)
    if evidence.missing:
        return Undecided(5, by_ordinal(evidence.missing), _describe_missing(facts, evidence))
    lost = () if facts.memory_fresh else may_have_gone_on(facts, evidence)
    if lost:
        return Undecided(5, (), _describe_unknown(facts, lost))
    held = holders(facts)
    if not held:
        return _without_data(facts, evidence, overridden, by_override=override is not None)
    doubt = doubt_of_histories(facts, held, evidence)
    if doubt:
        return doubt
    eligible = {name: one for name, one in held.items() if _is_eligible(one, evidence)}
    doubt = doubt_of_losses(facts, eligible, evidence, overridden=override is not None)
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
        winner,
        voters,
        8,
        _winning_sentence(winner, best, top, evidence),
        best,
        evidence.exempted,
        overridden,
        by_override=override is not None,
    )


def _is_eligible(report: NodeReport, evidence: Evidence) -> bool:
    position = report.facts.position
    return position is not None and is_part_of(lineage_of(report), position.uuid, position.seqno, evidence.tip)


def _without_data(facts: Facts, evidence: Evidence, overridden: frozenset[str], *, by_override: bool) -> Outcome:
    """Rule 7: nobody holds data."""
    memory = facts.memory
    if memory is None or not facts.memory_fresh:
        why = f" ({facts.memory_problem})" if facts.memory_problem else ""
        what = "and the cluster memory that tells a new cluster from lost volumes is unreadable"
        return Undecided(7, (), f"no node holds data, {what}{why}")
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
        by_override,
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


def _describe_unknown(facts: Facts, lost: tuple[str, ...]) -> str:
    why = f" ({facts.memory_problem})" if facts.memory_problem else ""
    return (
        f"{', '.join(lost)} lost its volume and may have gone on after the others left; "
        f"the cluster memory that tells how far is unreadable{why}"
    )


def _winning_sentence(winner: str, best: int, top: list[str], evidence: Evidence) -> str:
    tie = f", as do {', '.join(by_ordinal([one for one in top if one != winner]))}" if len(top) > 1 else ""
    left_out = f"; proven irrelevant: {', '.join(by_ordinal(evidence.exempted))}" if evidence.exempted else ""
    return f"{winner} holds the most advanced data (seqno {best}{tie}){left_out}"
