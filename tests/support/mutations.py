"""The real core with one clause broken: what the oracle must notice.

Nothing is patched: each mutation is a Core whose functions see changed facts, forget, or always agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from entrypoint.core.ballot_box import consider
from entrypoint.core.decision import decide
from entrypoint.core.facts import Facts
from entrypoint.core.vigil import must_stop
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import Datadir, NodeFacts, Phase
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


MUTATIONS: dict[str, Core] = {
    "seqnos are not compared": seeing(_each_node(_without_seqno)),
    "promises are lost at a restart": Core(remembered=lambda record: replace(record, promise=None)),
    "views are lost at a restart": Core(remembered=lambda record: replace(record, views=())),
    "a view counts as applied at once": seeing(_each_record(_views_applied)),
    "lineages are ignored": seeing(_each_record(_without_start)),
    "nobody looks twice": Core(last_look=lambda *_seen: ""),
    "a server that runs outside of a Primary votes": seeing(_as_frozen),
    "servers outside of a Primary are never stopped": Core(must_stop=lambda *_seen: None),
    "who was there is forgotten": seeing(_each_record(lambda record: replace(record, nodes=()))),
}
