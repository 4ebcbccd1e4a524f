"""Primary views: the evidence of who may hold the newest write.

Galera agrees on each membership change. Every member of a Primary view keeps it in `gvwstate.dat`
(ids only), and shows it by SQL (`mysql.wsrep_cluster`) once it has applied every write set before it.
The first says who was there, the second also the seqno at which the view began. A write that was
acknowledged in a view exists on at least one of its members; a write from before it may, on a member
that has not applied the view, exist nowhere but on members of earlier views. So a node keeps its
newest view and those before it, back to the newest one it has applied.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, replace

from peerfinder.core.lineage import Ballot


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a view: Galera's id of the process, and the node's name where it is known ('' if not)."""

    uuid: str
    name: str = ""
    arbiter: bool = False  # garbd: votes in Galera, holds no data

    @property
    def identity(self) -> str:
        """The id without its fourth group, which Galera changes at a restart (gcomm, measured)."""
        return identity(self.uuid)


@functools.lru_cache(maxsize=1024)  # an election asks for the same few ids again and again
def identity(uuid: str) -> str:
    """Cut the part of a member uuid that changes when the same node restarts from its gvwstate.dat."""
    groups = uuid.lower().split("-")
    return "-".join(groups[:3] + groups[4:])


@dataclass(frozen=True, slots=True)
class View:
    """One Primary view: the epoch it belongs to, Galera's sequence number of it, its members.

    `start` is the seqno at which it began, or one above it by which it had begun (`reached`); None as long as this node
    has not applied it.
    """

    epoch: Ballot
    seq: int
    members: tuple[Member, ...]
    start: int | None = None

    @property
    def order(self) -> tuple[Ballot, int]:
        """What makes one view newer than another."""
        return (self.epoch, self.seq)

    @property
    def names(self) -> frozenset[str]:
        """The names of the members that can hold data, as far as they are known."""
        return frozenset(member.name for member in self.members if member.name and not member.arbiter)

    @property
    def unnamed(self) -> frozenset[str]:
        """The identities of members whose name this node never learned."""
        return frozenset(member.identity for member in self.members if not member.name and not member.arbiter)


Views = tuple[View, ...]
"""Views of one node, oldest first; the last one is the newest Primary view it was in."""


def with_view(views: Views, view: View) -> Views:
    """Add a view, or complete what is known of it (names, start); drop what lies before the newest applied one."""
    known = next((one for one in views if one.order == view.order), None)
    merged = view if known is None else _completed(known, view)
    rest = tuple(one for one in views if one.order != view.order)
    ordered = tuple(sorted((*rest, merged), key=lambda one: one.order))
    applied = max((index for index, one in enumerate(ordered) if one.start is not None), default=0)
    return ordered[applied:]


def reached(views: Views, mine: str, seqno: int) -> Views:
    """Complete the views of a server that left in order, with its last position `seqno`; `mine` is its identity.

    Members that go from one view to the next together have received the same write sets before it, and a server that
    leaves in order applies what it has received. So if it had applied one view, and was in each that followed it, its
    last position lies behind the beginning of the newest. With a view missing in between it may have been away, and
    have left before it caught up: then nothing is known.
    """
    if not views or views[-1].start is not None or views[0].start is None:
        return views
    unbroken = all(
        after.epoch == before.epoch and after.seq == before.seq + 1 for before, after in itertools.pairwise(views)
    )
    if not unbroken or any(mine not in {member.identity for member in view.members} for view in views):
        return views
    return with_view(views, replace(views[-1], start=seqno))


def _completed(known: View, seen: View) -> View:
    names = {member.uuid: member for member in known.members}
    members = tuple(
        member if member.name or member.arbiter else names.get(member.uuid, member) for member in seen.members
    )
    return View(seen.epoch, seen.seq, members, seen.start if seen.start is not None else known.start)
