"""What must this node do now? The numbered rules (`rules.RULES`), first match wins.

They are for a node whose server does not run. Rules 1 to 3 are here, 4 to 8 in `election`, where candidate and voters
share them.

Safety rests on this: a wrong Wait costs time, a wrong Join or Bootstrap costs data. So whatever is not
known makes a node wait or refuse, and every decision says why and what ends it.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoint.core.doubt import Doubt
from entrypoint.core.election import Elected, Undecided, elect
from entrypoint.core.facts import Facts, epoch_of
from entrypoint.core.remedy import LOOK, discard, ending_of_doubt, ending_of_trouble, ending_of_wait
from peerfinder.core.lineage import Lineage, is_part_of
from peerfinder.core.names import by_ordinal
from peerfinder.core.report import Datadir, DecisionSummary, NodeReport, lineage_of, record_of
from peerfinder.core.wsrep import WsrepState


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Ask for the votes, then form a new Primary from this node's data (or, on rule 7, from nothing)."""

    elected: Elected
    rule: int
    reason: str


@dataclass(frozen=True, slots=True)
class Join:
    """Start as a member of the Primary that answers; `discard` tells that own data are given up, knowingly."""

    peers: tuple[str, ...]
    lineage: Lineage
    rule: int
    reason: str
    discard: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing until something changes; `remedy` is what ends it if it never does, '' where nothing can."""

    for_: tuple[str, ...]
    rule: int
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do nothing until a person has looked; the node keeps asking, so that a cure needs no restart."""

    rule: int
    reason: str
    remedy: str


Decision = Bootstrap | Join | Wait | Refuse


def decide(facts: Facts) -> Decision:
    """Apply the rules to one node's facts; the same facts always give the same decision."""
    mine = facts.mine
    if mine.datadir is Datadir.UNREADABLE:
        return Refuse(1, mine.problem or "the datadir cannot be read", ending_of_trouble(facts))
    primaries = [report for report in facts.others if report.in_primary]
    if primaries:
        return _with_primary(facts, primaries)
    outcome = elect(facts)
    if isinstance(outcome, Undecided):
        return Wait(outcome.missing, outcome.rule, outcome.reason, ending_of_wait(facts))
    if isinstance(outcome, Doubt):
        return Refuse(outcome.rule, outcome.reason, ending_of_doubt(facts, outcome))
    if outcome.winner == facts.me:
        return Bootstrap(outcome, outcome.rule, outcome.reason)
    return Wait((outcome.winner,), outcome.rule, f"{outcome.reason}; waiting for it to form the Primary")


def _with_primary(facts: Facts, primaries: list[NodeReport]) -> Decision:
    """Rules 2 and 3: a Primary is there; may this node's data go into it?"""
    epochs = {epoch_of(report) for report in primaries}
    if len(epochs) > 1:
        named = ", ".join(f"{report.facts.name} in epoch {epoch_of(report)}" for report in primaries)
        return Wait((), 2, f"two Primary components answer ({named}): a split brain, joining neither", LOOK)
    peers = tuple(report.facts.name for report in primaries)
    target = primaries[0]
    lineage, uuid = lineage_of(target), target.server.uuid
    mine, memory = facts.mine, facts.memory
    position = mine.position
    if mine.datadir is not Datadir.PRESENT or position is None:
        if memory and memory.uuid and memory.uuid != uuid and memory.uuid not in {epoch.uuid for epoch in lineage}:
            return Refuse(
                2,
                f"the Primary of {', '.join(peers)} has history {uuid}, the memory knows {memory.uuid}",
                LOOK,
            )
        return _in_turn(
            facts, Join(peers, lineage, 2, f"a Primary answers ({', '.join(peers)}); this node holds no data")
        )
    if memory and (memory.supersedes(position) or memory.allows_discard(facts.me, position)):
        return _in_turn(
            facts,
            Join(peers, lineage, 2, f"the data at {position} were given up; taking those of the Primary", discard=True),
        )
    if position.uuid != uuid:
        return Refuse(
            3,
            f"the Primary of {', '.join(peers)} has history {uuid}, this node holds {position}: joining would wipe it",
            discard(facts.me),
        )
    if not is_part_of(lineage_of(facts.reports[facts.me]), position.uuid, position.seqno, lineage):
        return Refuse(
            2,
            f"diverged: this node's data reach {position}, beyond the point where the Primary of "
            f"{', '.join(peers)} went another way",
            discard(facts.me),
        )
    return _in_turn(facts, Join(peers, lineage, 2, f"a Primary of this node's history answers ({', '.join(peers)})"))


def _in_turn(facts: Facts, join: Join) -> Decision:
    """Let one joiner in at a time: two at once collide in the membership protocol and cost five seconds (measured)."""
    for report in facts.others:
        if _is_entering(report):
            return Wait((report.facts.name,), 2, f"{join.reason}; {report.facts.name} is joining first")
    mine = by_ordinal((facts.me,))[0]
    for report in facts.others:
        summary = report.facts.decision
        ahead = by_ordinal((mine, report.facts.name))[0] != mine
        if report.facts.is_frozen and ahead and summary and summary.kind == "join":
            return Wait((report.facts.name,), 2, f"{join.reason}; {report.facts.name} is joining first")
    return join


def _is_entering(report: NodeReport) -> bool:
    """Whether a node's server is on its way into the group, but not a member yet."""
    start = record_of(report).start
    if start is None or start.kind != "join" or report.facts.phase not in ("starting", "running"):
        return False
    return report.server.state in (WsrepState.UNKNOWN, WsrepState.DISCONNECTED, WsrepState.CONNECTED)


def summarise(decision: Decision, *, needs_operator: bool = False) -> DecisionSummary:
    """Put a decision into the words that are published, logged and shown."""
    kind = type(decision).__name__.lower()
    waiting_for = decision.for_ if isinstance(decision, Wait) else ()
    remedy = decision.remedy if isinstance(decision, (Wait, Refuse)) else ""
    stuck = needs_operator or isinstance(decision, Refuse)
    return DecisionSummary(kind, decision.rule, decision.reason, remedy, waiting_for, stuck)
