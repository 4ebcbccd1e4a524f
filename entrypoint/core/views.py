"""What do the records of all nodes tell together of Primary views: which were there, of whom, and where they began?

Each node writes down the views that it was in and saw: their members by id, by name where it knew it, and the seqno at
which the view began once it has applied it. One record completes another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from entrypoint.core.facts import Facts
from peerfinder.core.lineage import Ballot, Lineage
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import record_of
from peerfinder.core.view import View, identity

NO_EPOCH = Ballot(-1, "")
"""Below every epoch."""

Order = tuple[Ballot, int]


@dataclass(frozen=True, slots=True)
class KnownViews:
    """All views in any record, put together."""

    records: tuple[NodeRecord, ...]
    by_order: Mapping[Order, View]
    starts: Mapping[Order, int]  # of those that any node has applied
    names: Mapping[str, str]  # of the members of all views, by identity

    @property
    def newest(self) -> View | None:
        """The newest Primary view in any record."""
        return self.by_order[max(self.by_order)] if self.by_order else None

    def is_reached(self, view: View, seqno: int) -> bool:
        """Whether data up to `seqno` are known to reach the beginning of a view."""
        start = self.starts.get(view.order)
        return start is not None and start <= seqno

    def members(self, view: View, absent: frozenset[str]) -> frozenset[str]:
        """Name a view's members; one that nobody can name counts as every `absent` node, expected and not reporting.

        If it can be none of those (a node scaled away), a name is made of its id: somebody is missing all the same.
        """
        names = set(view.names) | {self.names[one] for one in view.unnamed if one in self.names}
        unknown = sorted(one for one in view.unnamed if one not in self.names)
        if unknown:
            names |= absent
        if len(unknown) > len(absent):
            names |= {f"unnamed:{one[:8]}" for one in unknown}
        return frozenset(names)

    def base(self, newest: View, reached: int, tip: Lineage) -> Order:
        """From where on views matter: the last one that data up to `reached` hold the beginning of.

        Or the beginning of the newest epoch: it was started from data that nobody who counted had more of.
        """
        orders = [order for order, view in self.by_order.items() if self.is_reached(view, reached)]
        orders += [(one.ballot, 0) for one in tip if one.ballot == newest.epoch and one.seqno <= reached]
        return max(orders, default=(NO_EPOCH, 0))

    def since(self, base: Order) -> Iterator[View]:
        """The views that matter, from `base` on."""
        return (view for order, view in self.by_order.items() if order >= base)

    def has_gap(self, base: Order, newest: View) -> bool:
        """Whether a view between the two may have been written down by nobody: a number of it is missing.

        Galera counts the group's views that are no Primary, too (gcomm, pc_proto.cpp), so a gap proves no view.
        """
        first = max(base[1], 1) if base[0] == newest.epoch else 1
        return any((newest.epoch, seq) not in self.by_order for seq in range(first, newest.seq))

    def anybody(self, base: Order) -> frozenset[str]:
        """Who may have been in a view after `base` that was written down by nobody, as far as its members noted it."""
        noted = (record.nodes for record in self.records if record.views and record.views[-1].order >= base)
        return frozenset().union(*(view.names for view in self.by_order.values()), *noted)


def known_views(facts: Facts) -> KnownViews:
    """Put the views of all records together."""
    records = tuple(record_of(report) for report in facts.reports.values())
    by_order: dict[Order, View] = {}
    starts: dict[Order, int] = {}
    names = {identity(uuid): one.node for one in records for uuid in (one.gcomm_uuid, *one.former_uuids) if uuid}
    for record in records:
        for view in record.views:
            by_order[view.order] = view
            if view.start is not None:
                starts[view.order] = min(view.start, starts.get(view.order, view.start))
            names |= {member.identity: member.name for member in view.members if member.name}
    return KnownViews(records, by_order, starts, names)
