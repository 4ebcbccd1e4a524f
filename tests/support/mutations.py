"""The real core with one clause broken: what the oracle must notice.

Nothing is patched: each mutation is a Core whose functions see changed facts, forget, or always agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from entrypoint.core.aftermath import settled
from entrypoint.core.ballot_box import consider
from entrypoint.core.decision import decide
from entrypoint.core.election import elect
from entrypoint.core.facts import Facts
from entrypoint.core.vigil import must_stop
from peerfinder.core.gvwstate import SavedView
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.position import Position
from peerfinder.core.record import Ending, NodeRecord
from peerfinder.core.report import Datadir, NodeFacts, Phase
from peerfinder.core.view import Member, View, identity, with_view
from tests.support.evidence_galera import Rules
from tests.support.world_nodes import Core

Change = Callable[[Facts], Facts]


def seeing(change: Change) -> Core:
    """The core, shown changed facts."""
    return Core(
        decide=lambda facts: decide(change(facts)),
        consider=lambda facts, record, request: consider(change(facts), record, request),
        must_stop=lambda facts, seconds: must_stop(change(facts), seconds),
    )


def _each_record(change: Callable[[NodeRecord], NodeRecord]) -> Change:
    def changed(facts: Facts) -> Facts:
        reports = {}
        for name, report in facts.reports.items():
            record = report.facts.record
            shown = replace(report.facts, record=change(record)) if record else report.facts
            reports[name] = replace(report, facts=shown)
        return replace(facts, reports=reports)

    return changed


def _each_node(change: Callable[[NodeFacts], NodeFacts]) -> Change:
    def changed(facts: Facts) -> Facts:
        reports = {name: replace(report, facts=change(report.facts)) for name, report in facts.reports.items()}
        return replace(facts, reports=reports)

    return changed


def _without_seqno(facts: NodeFacts) -> NodeFacts:
    where = facts.position
    return replace(facts, position=Position(where.uuid, 1)) if where and facts.is_frozen else facts


def _as_frozen(facts: Facts) -> Facts:
    """Show servers that run outside of a Primary as if they did not run."""
    reports = {}
    for name, report in facts.reports.items():
        lonely = report.server.cluster_status == "non-Primary" and report.facts.datadir is Datadir.PRESENT
        reports[name] = replace(report, facts=replace(report.facts, phase=Phase.WAITING)) if lonely else report
    return replace(facts, reports=reports)


def _without_start(record: NodeRecord) -> NodeRecord:
    if record.start is None:
        return replace(record, lineage=())
    return replace(record, lineage=(), start=replace(record.start, lineage=()))


def _views_applied(record: NodeRecord) -> NodeRecord:
    return replace(record, views=tuple(replace(view, start=0) for view in record.views))


def _views_unapplied(record: NodeRecord) -> NodeRecord:
    return replace(record, views=tuple(replace(view, start=None) for view in record.views))


MUTATIONS: dict[str, Core] = {
    "seqnos are not compared": seeing(_each_node(_without_seqno)),
    "promises are lost at a restart": Core(remembered=lambda record: replace(record, promise=None)),
    "views are lost at a restart": Core(remembered=lambda record: replace(record, views=())),
    "a view counts as applied at once": seeing(_each_record(_views_applied)),
    "lineages are ignored": seeing(_each_record(_without_start)),
    "nobody looks twice": Core(last_look=lambda *_seen: ""),
    "a server that runs outside of a Primary votes": seeing(_as_frozen),
    "servers outside of a Primary are never stopped": Core(must_stop=lambda *_seen: None),
    "how a node left is forgotten": seeing(_each_record(lambda record: replace(record, ended=Ending.INSIDE))),
    "who was there is forgotten": seeing(_each_record(lambda record: replace(record, nodes=()))),
}


def _electing(change: Change) -> Rules:
    """The rules, shown changed facts."""
    return Rules(elect=lambda facts: elect(change(facts)))


def _newest_view_only(record: NodeRecord) -> NodeRecord:
    return replace(record, views=tuple(replace(view, start=0) for view in record.views[-1:]))


def _without_starts(facts: Facts) -> Facts:
    shown = _each_record(lambda record: replace(record, promise=None))(facts)
    return replace(shown, memory=replace(facts.memory, ballot=None) if facts.memory else None)


def _as_if_fresh(facts: Facts) -> Facts:
    known = ClusterMemory(uuid=next((one.facts.position.uuid for one in facts.others if one.facts.position), "0"))
    return replace(facts, memory=facts.memory or known, memory_fresh=True)


def _as_if_not_fresh(facts: Facts) -> Facts:
    """Show a memory that cannot be read once there is a history."""
    known = any(one.facts.record and one.facts.record.views for one in facts.reports.values())
    return replace(facts, memory_fresh=False) if known else facts


def _without_gaps(record: NodeRecord) -> NodeRecord:
    """Show a view that was not written down as if it had had the members of the one before it."""
    views: list[View] = []
    for view in record.views:
        while views and views[-1].epoch == view.epoch and views[-1].seq + 1 < view.seq:
            views.append(replace(views[-1], seq=views[-1].seq + 1, start=None))
        views.append(view)
    return replace(record, views=tuple(views))


def _without_strangers(record: NodeRecord) -> NodeRecord:
    """Show views without the members whose names are unknown."""
    named = [replace(view, members=tuple(one for one in view.members if one.name)) for view in record.views]
    return replace(record, views=tuple(named))


def _reached_over_gaps(
    record: NodeRecord, saved: SavedView | None, position: Position | None, names: dict[str, Member]
) -> NodeRecord:
    """Take the newest view of a server that left in order for applied, although it missed views before it."""
    after = settled(record, saved, position, names)
    if record.ended is not Ending.LEFT or position is None or not after.views or after.views[0].start is None:
        return after
    mine = identity(record.gcomm_uuid)
    if any(mine not in {member.identity for member in view.members} for view in after.views):
        return after
    return replace(after, views=with_view(after.views, replace(after.views[-1], start=position.seqno)))


EVIDENCE_MUTATIONS: dict[str, Rules] = {
    "only the newest view counts": _electing(_each_record(_newest_view_only)),
    "possible starts are ignored": _electing(_without_starts),
    "nodes are exempted without a fresh memory": _electing(_as_if_fresh),
    "a view that nobody wrote down had no members of its own": _electing(_each_record(_without_gaps)),
    "members without a name are nobody": _electing(_each_record(_without_strangers)),
    "who leaves in order has applied its view, whatever it missed": Rules(settled=_reached_over_gaps),
    "nobody is exempted": _electing(_as_if_not_fresh),
    "no view is ever applied": _electing(_each_record(_views_unapplied)),
    "who was there is forgotten": Rules(acquainted=lambda record, *_seen: replace(record, nodes=())),
}
