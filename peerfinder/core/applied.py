"""Is the view that SQL shows the one that `gvwstate.dat` names? Then it is *applied* here.

Galera writes gvwstate.dat when the membership is agreed, and the server writes `mysql.wsrep_cluster` when its
appliers come to that point of the history, after every write set before it. The two files carry different
numbers, so they are matched by their members:

    g1 = gvwstate.dat;   SQL with wsrep_sync_wait=1;   g2 = gvwstate.dat

A causal read waits for every event that was delivered before it, membership changes included, so what it shows
is not older than g1. g1 == g2 means that no newer view came meanwhile. Both, and equal member uuids: the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peerfinder.core.gvwstate import SavedView
from peerfinder.core.naming import MemberRow, member_of, with_names
from peerfinder.core.snapshot import AppliedView
from peerfinder.core.view import Member


@dataclass(frozen=True, slots=True)
class ShownView:
    """The view as SQL shows it: its number and start (mysql.wsrep_cluster), its members (wsrep_cluster_members)."""

    view_id: int
    start: int
    members: tuple[MemberRow, ...]


def match_view(
    before: SavedView, shown: ShownView, after: SavedView | None, names: Mapping[str, Member], me: str
) -> AppliedView | None:
    """Give the view as applied if the three readings are of one view, None otherwise (read again at the next look)."""
    if before != after or {row.uuid.lower() for row in shown.members} != set(before.members):
        return None
    members = sorted((member_of(row, me) for row in shown.members), key=lambda member: member.uuid)
    return AppliedView(before.seq, with_names(members, names), shown.start)
