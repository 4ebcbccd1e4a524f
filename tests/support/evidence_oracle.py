"""What must hold of every election in an `EvidenceWorld`, computed from what really happened."""

from __future__ import annotations

from entrypoint.core.election import Elected, Outcome
from entrypoint.core.facts import Facts
from tests.support.evidence_galera import Order
from tests.support.evidence_world import EvidenceWorld
from tests.support.world_oracle import Violated


def check(world: EvidenceWorld, facts: Facts, outcome: Outcome) -> None:
    """Nothing acknowledged is lost (E1), and nobody is waited for without need (E2)."""
    if isinstance(outcome, Elected):
        check_nothing_lost(world, facts, outcome)
    elif why := proof(world, facts):
        raise Violated("E2", f"{why}, and yet: {outcome.reason}")


def check_nothing_lost(world: EvidenceWorld, facts: Facts, elected: Elected) -> None:
    """E1: every acknowledged write that is left on any volume, wherever it is, is in the winner's data.

    With two exceptions. What an override gave up, if it leads to this start. And, while the memory can be read, what a
    lost volume has left on nodes only that were scaled away: the record that named them is lost with it, and only the
    mark can tell. Without the memory such a loss must make the others wait (`may_have_gone_on`).
    """
    data = set(world.nodes[elected.winner].data or ())
    lost = world.acknowledged - data
    if elected.overridden:
        lost -= world.may_be_lost
    if facts.memory_fresh:
        lost -= world.out_of_sight
    for node in world.nodes.values():
        kept = sorted(lost & set(node.data or ()))
        if kept:
            raise Violated("E1", f"{elected.reason}; {node.name} has acknowledged {kept}")
    if not lost <= world.destroyed:
        raise Violated("E1", f"{elected.reason}; acknowledged {sorted(lost - world.destroyed)} is nowhere any more")


def proof(world: EvidenceWorld, facts: Facts) -> str:
    """Why nobody else can matter, as far as those who report have written it down; '' where they cannot know.

    The truth is looked at only where one of them wrote down that it happened: that a view was, that it was applied,
    that a ballot was granted. Volumes that were lost and nodes that a person left out make doubt legitimate, so then
    there is no proof.
    """
    whole = {name for name in facts.reports if world.nodes[name].data is not None}
    if world.wiped or world.stopped or not whole:
        return ""
    records = [world.nodes[name].record for name in facts.reports]
    written = {view.order for record in records for view in record.views}
    applied = {view.order for record in records for view in record.views if view.start is not None}
    newest = max(written, default=None)
    if newest is None or not world.views[newest].names <= whole:
        return ""
    ballots = {record.promise for record in records} | {facts.memory.ballot if facts.memory else None}
    starters = {ballot.node for ballot in ballots if ballot and ballot > newest[0]}
    if not starters <= facts.reports.keys():
        return ""
    if newest not in applied and not _chain(world, newest, written, applied, whole):
        return ""
    absent = (facts.expected or frozenset()) - facts.reports.keys()
    if not absent:
        return f"all who are expected report, and with them view {newest[1]} of epoch {newest[0]}"
    memory = facts.memory
    known = max([newest[0], *(record.promise for record in records if record.promise)])
    if not facts.memory_fresh or memory is None or not memory.knows_history:
        return ""
    if memory.ballot and memory.ballot > known:
        return ""
    return f"{sorted(absent)} cannot matter: all of view {newest[1]} of epoch {newest[0]} report"


def _chain(world: EvidenceWorld, newest: Order, written: set[Order], applied: set[Order], whole: set[str]) -> bool:
    """Whether the views from one that was applied up to the newest are all written down, and all their members here."""
    for seq in range(newest[1], 0, -1):
        order = (newest[0], seq)
        if order not in written or not world.views[order].names <= whole:
            return False
        if order in applied:
            return True
    return False
