"""Who counts? The nodes without whose report no node may be elected.

Theory. A write is acknowledged once every member of the present Primary view has it in its queue and
the node that answered has it on disk. So after a crash the newest write is on a member of the newest
Primary view, or, while nobody has applied that view, on a member of a view before it. A node outside
of those views cannot hold a newer one, unless it formed a Primary that nobody here has seen: a
*possible start*, of which its ballot in some promise, lineage or the memory is the trace.

Counted are: every expected node; every member of the newest view; until data reach its start, the
members of the views before it, back to the newest applied one or the beginning of the epoch, and
whoever may have been in one of them that nobody wrote down; the node of every possible start. A
missing *expected* node is exempted only if the others prove it irrelevant and the fresh memory knows
of nothing newer.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoint.core.facts import Facts
from entrypoint.core.views import NO_EPOCH, KnownViews, known_views
from peerfinder.core.lineage import Ballot, Lineage, is_part_of, latest
from peerfinder.core.names import expected_names
from peerfinder.core.report import NodeReport, lineage_of
from peerfinder.core.view import View


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who counts and why; `missing` are those of them that gave no usable report, after exemption."""

    newest: View | None
    start: int | None  # the seqno at which the newest view began, as far as any member applied it
    members: frozenset[str]  # of the newest view, by name
    tip: Lineage  # the newest lineage among the data that report
    view_nodes: frozenset[str]  # members of the newest view, and of earlier ones where those still matter
    starts: frozenset[str]  # nodes of possible starts
    required: frozenset[str]  # everybody who must report and vote
    missing: frozenset[str]
    exempted: frozenset[str]  # expected nodes that are missing and proven irrelevant
    why: dict[str, str]  # for each required node, why it counts

    @property
    def epoch(self) -> Ballot:
        """The newest epoch that a view proves."""
        return self.newest.epoch if self.newest else NO_EPOCH


def gather_evidence(facts: Facts, expected: frozenset[str], excluded: frozenset[str]) -> Evidence:
    """Work out who counts; `excluded` are the nodes that an operator's word leaves out, where one fits."""
    views = known_views(facts)
    newest, tip = views.newest, newest_lineage(facts)
    without = excluded - frozenset(facts.reports)
    absent = expected - without - frozenset(facts.reports)
    members = views.members(newest, absent) if newest else frozenset()
    view_nodes = (_view_nodes(facts, views, newest, tip, absent) if newest else members) - without
    starts = _possible_starts(facts, views, newest, tip) - without
    required = (expected | view_nodes | starts) - without
    missing = required - usable(facts)
    exempted: frozenset[str] = frozenset()
    if missing and newest and _proven_irrelevant(facts, newest, view_nodes, starts, missing, tip):
        exempted, missing, required = missing, frozenset(), view_nodes | starts
    why = _reasons(required, members, view_nodes, starts)
    start = views.starts.get(newest.order) if newest else None
    return Evidence(newest, start, members, tip, view_nodes, starts, required, missing, exempted, why)


def usable(facts: Facts) -> frozenset[str]:
    """The nodes whose report can be built upon: fresh, readable, their position final."""
    return frozenset(name for name, report in facts.reports.items() if is_usable(report))


def is_usable(report: NodeReport) -> bool:
    """Whether a report is one: the server does not run, the volume could be read."""
    return report.facts.is_frozen and report.facts.datadir != "unreadable"


def holders(facts: Facts) -> dict[str, NodeReport]:
    """The nodes that hold whole data at a final position, except data that a restore superseded or a person gave up."""
    memory = facts.memory
    held: dict[str, NodeReport] = {}
    for name, report in facts.reports.items():
        position = report.facts.position
        if not report.facts.holds_data or position is None:
            continue
        if memory and (memory.supersedes(position) or memory.allows_discard(name, position)):
            continue
        held[name] = report
    return held


def newest_lineage(facts: Facts) -> Lineage:
    """The lineage with the newest epoch among the data that report."""
    lineages = [lineage_of(report) for report in holders(facts).values()]
    return max((one for one in lineages if one), key=lambda one: one[-1].ballot, default=())


def best_seqno(facts: Facts, tip: Lineage) -> int:
    """The highest seqno among final data that are part of the newest lineage; -1 without any."""
    return max((seqno for _name, seqno in _eligible(facts, tip)), default=-1)


def _eligible(facts: Facts, tip: Lineage) -> list[tuple[str, int]]:
    found = []
    for name, report in holders(facts).items():
        position = report.facts.position
        if position and is_part_of(lineage_of(report), position.uuid, position.seqno, tip):
            found.append((name, position.seqno))
    return found


def _view_nodes(facts: Facts, views: KnownViews, newest: View, tip: Lineage, absent: frozenset[str]) -> frozenset[str]:
    reached = best_seqno(facts, tip)
    nodes = views.members(newest, absent)
    if views.is_reached(newest, reached):
        return nodes
    base = views.base(newest, reached, tip)
    nodes = nodes.union(*(views.members(view, absent) for view in views.since(base)))
    if views.has_gap(base, newest):
        anybody = absent | views.anybody(base)
        if facts.memory and facts.memory.replicas:
            anybody |= frozenset(expected_names(facts.me, facts.memory.replicas))
        nodes |= anybody - frozenset(facts.reports)
    return nodes


def _possible_starts(facts: Facts, views: KnownViews, newest: View | None, tip: Lineage) -> frozenset[str]:
    epoch = newest.epoch if newest else NO_EPOCH
    ballots = {record.promise for record in views.records}
    ballots |= {facts.memory.ballot if facts.memory else None, latest(tip)}
    return frozenset(ballot.node for ballot in ballots if ballot and ballot > epoch and ballot.node)


def _proven_irrelevant(
    facts: Facts,
    newest: View,
    view_nodes: frozenset[str],
    starts: frozenset[str],
    missing: frozenset[str],
    tip: Lineage,
) -> bool:
    if not facts.memory_fresh or facts.memory is None:
        return False
    if missing & (view_nodes | starts):
        return False
    holding = {name for name, _seqno in _eligible(facts, tip)}
    if not view_nodes <= holding:
        return False
    if any(facts.reports[name].facts.record is None for name in starts) or not facts.memory.knows_history:
        return False  # a memory without a history beside nodes that have one was lost: it proves nothing
    promises = [one.promise for report in facts.reports.values() if (one := report.facts.record) and one.promise]
    return facts.memory.ballot is None or facts.memory.ballot <= max([newest.epoch, *promises])


def _reasons(
    required: frozenset[str], members: frozenset[str], view_nodes: frozenset[str], starts: frozenset[str]
) -> dict[str, str]:
    why = {}
    for name in required:
        if name in members:
            why[name] = "was in the newest Primary view"
        elif name in view_nodes:
            why[name] = "may hold writes from before the newest Primary view"
        elif name in starts:
            why[name] = "may have started a Primary that no other node has seen"
        else:
            why[name] = "is expected and not proven irrelevant"
    return why
