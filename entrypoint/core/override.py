"""Does an operator's override still fit?

An override (`recover --without`) is a fact about the excluded nodes, "they are stopped and stay
stopped", not a permission. It is void, and the rules run without it, as soon as anything contradicts
what the operator saw.
"""

from __future__ import annotations

from entrypoint.core.facts import Facts, epoch_of
from peerfinder.core.lineage import Ballot, latest
from peerfinder.core.memory import ClusterMemory, Override, same_place
from peerfinder.core.names import by_ordinal
from peerfinder.core.position import Position
from peerfinder.core.report import lineage_of, record_of

_NOTHING = Ballot(-1, "")


def fitting_override(facts: Facts) -> Override | None:
    """Give the stored override if it still fits, None otherwise (see `why_void` for the sentence)."""
    override = facts.memory.override if facts.memory and facts.memory_fresh else None
    return override if override and not why_void(facts, override) else None


def why_void(facts: Facts, override: Override) -> str:
    """Say what contradicts the override, '' when nothing does."""
    back = frozenset(override.without) & (frozenset(facts.reports) | facts.answering)
    if back:
        return f"excluded {', '.join(sorted(back))} answers again"
    chosen = facts.reports.get(override.node)
    if chosen is None or not chosen.facts.holds_data or chosen.facts.position is None:
        return f"{override.node}, which was to bootstrap, does not report data"
    if not same_place(chosen.facts.position, override.position):
        return f"{override.node} is at {chosen.facts.position}, not at {override.position} any more"
    tips = [latest(lineage_of(report)) for report in facts.reports.values()]
    tip = max((one for one in tips if one), default=_NOTHING)
    if tip > (override.tip or _NOTHING):
        return f"epoch {tip} has formed since"
    memory_ballot = facts.memory.ballot if facts.memory else None
    seen = max(override.tip or _NOTHING, override.ballot or _NOTHING)
    if memory_ballot and memory_ballot > seen and memory_ballot.node != override.node:
        return f"the memory knows ballot {memory_ballot}, newer than what was seen"
    for report in facts.reports.values():
        promise = record_of(report).promise
        if promise and promise > (override.promise or _NOTHING) and promise.node in override.without:
            return f"excluded {promise.node} took ballot {promise} since"
    return ""


def override_as_seen(
    facts: Facts, memory: ClusterMemory, without: tuple[str, ...], node: str, position: Position, *, named: bool
) -> Override:
    """Make an operator's word, with what is seen at its moment."""
    tips = [epoch for epoch in map(epoch_of, facts.reports.values()) if epoch]
    promises = [record.promise for record in map(record_of, facts.reports.values()) if record.promise]
    return Override(
        by_ordinal(without),
        node,
        position,
        named,
        tip=max(tips, default=None),
        promise=max(promises, default=None),
        ballot=memory.ballot,
    )
