"""The node record: what a node remembers of itself beside its data.

It lives on the data volume but outside the datadir, so that no SST, copy, restore or wipe of the
datadir touches it. It holds the highest ballot the node promised, the lineage of its data, the newest
Primary views it was in, whether something is half-done, and the start in progress. Every change of it
is a pure function here; writing it (rename and fsync) is the adapter's, before the effect it announces.

A promise forbids and never permits: nothing in a record says "bootstrap".
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from peerfinder.core.gvwstate import SavedView
from peerfinder.core.lineage import Ballot, Epoch, Lineage, latest
from peerfinder.core.names import by_ordinal
from peerfinder.core.position import ZERO_UUID, Position
from peerfinder.core.view import Member, View, Views, identity, with_view

UNTOLD = Ballot(0, "")
"""The epoch of a Primary that no Galera Kit node started (data adopted while running elsewhere)."""


FORMER_KEPT = 16
"""Ids of former server processes that a record keeps: more restarts than any view of another node outlives."""


class StartKind(enum.StrEnum):
    """Why the server was started last."""

    BOOTSTRAP = "bootstrap"  # it was to form a new Primary under a granted ballot
    JOIN = "join"  # it was to join a Primary that answered


class Ending(enum.StrEnum):
    """How the node's part in its newest Primary view ended."""

    UNKNOWN = ""  # no server of ours ran yet
    INSIDE = "inside"  # still in it: the server runs, or it crashed
    LEFT = "left"  # stopped cleanly while Primary
    FELL_OUT = "fell-out"  # stopped or frozen while non-Primary


@dataclass(frozen=True, slots=True)
class Start:
    """The start in progress: what the server was started as, and the lineage it has once the Primary is there."""

    kind: StartKind
    lineage: Lineage  # for BOOTSTRAP its last epoch is the new ballot (uuid 0 while the history has no uuid yet)
    position: Position | None  # what it started from; None for a join that a state transfer fills


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """Everything a node keeps beside its data; see the module for the meaning of each part."""

    node: str
    promise: Ballot | None = None
    lineage: Lineage = ()
    views: Views = ()
    ended: Ending = Ending.UNKNOWN
    incomplete: str = ""  # what is half-done in the datadir ('first initialisation', 'state transfer'), '' when whole
    start: Start | None = None
    gcomm_uuid: str = ""  # Galera's id of this node's last server process
    former_uuids: tuple[str, ...] = ()  # and of those before it: others may know them without a name
    nodes: tuple[str, ...] = ()  # who may have been in a view that was not written down; see `acquainted`
    version: int = 1

    @property
    def newest_view(self) -> View | None:
        """The newest Primary view this node was in."""
        return self.views[-1] if self.views else None

    @property
    def running_epoch(self) -> Ballot:
        """The epoch that views written by the present (or last) server process belong to."""
        if self.start is not None:
            return latest(self.start.lineage) or UNTOLD
        return latest(self.lineage) or UNTOLD


def promised(record: NodeRecord, ballot: Ballot) -> NodeRecord:
    """Record the promise to start only by Join unless the holder of `ballot` is this node."""
    return replace(record, promise=ballot)


def starting(record: NodeRecord, start: Start, *, incomplete: str) -> NodeRecord:
    """Announce a start before the server runs; `incomplete` names what a state transfer may leave half-done."""
    return replace(record, start=start, ended=Ending.INSIDE, incomplete=incomplete)


def formed(record: NodeRecord, uuid: str) -> NodeRecord:
    """Note that the Primary of the start in progress is there: its epoch is now part of our lineage."""
    if record.start is None:
        return record
    lineage = tuple(
        Epoch(epoch.ballot, uuid, epoch.seqno) if epoch.uuid == ZERO_UUID else epoch for epoch in record.start.lineage
    )
    if lineage == record.lineage == record.start.lineage:
        return record
    return replace(record, lineage=lineage, start=replace(record.start, lineage=lineage))


def rejoined(record: NodeRecord, lineage: Lineage) -> NodeRecord:
    """Correct the Primary that the running server is in: it came into another one than it was started for.

    A Primary can go and a newer one form while a server starts. What this process wrote as views of the
    epoch it was to join are views of the newer one.
    """
    epoch = latest(lineage)
    if record.start is None or epoch is None or not record.gcomm_uuid:
        return record
    wrong, mine = record.running_epoch, identity(record.gcomm_uuid)
    views: Views = ()
    for view in record.views:
        ours = view.epoch == wrong and mine in {member.identity for member in view.members}
        views = with_view(views, replace(view, epoch=epoch) if ours else view)
    return replace(record, lineage=lineage, views=views, start=replace(record.start, lineage=lineage))


def completed(record: NodeRecord) -> NodeRecord:
    """Note that the data are whole (the server is Synced): nothing is half-done any more."""
    return replace(record, incomplete="")


def ended(record: NodeRecord, ending: Ending) -> NodeRecord:
    """Note that the server process is gone, and how it left; the start in progress is over."""
    return replace(record, start=None, ended=ending)


def viewed(record: NodeRecord, saved: SavedView, names: dict[str, Member], start: int | None = None) -> NodeRecord:
    """Fold one Primary view in; `names` maps member identities to what is known of them, `start` is its seqno.

    The view belongs to the epoch of the process that wrote it. A view is also the proof that the Primary
    of a bootstrap formed (its uuid is learned later, see `formed`).
    """
    known = {**names, identity(saved.my_uuid): Member(saved.my_uuid, record.node)}
    members = tuple(_named(uuid, known) for uuid in saved.members)
    view = View(record.running_epoch, saved.seq, members, start)
    former = record.former_uuids
    if record.gcomm_uuid not in ("", saved.my_uuid):
        former = (*former, record.gcomm_uuid)[-FORMER_KEPT:]
    return replace(record, views=with_view(record.views, view), gcomm_uuid=saved.my_uuid, former_uuids=former)


def acquainted(record: NodeRecord, expected: frozenset[str] | None, reporting: frozenset[str]) -> NodeRecord:
    """Note who there is, at a look while the server runs and after its view was folded in.

    A view that comes and goes between two looks is in no record. Who was in it was expected or reported before it
    joined, so these names are the trace that is left of it when it has been scaled away since. They are kept as long
    as the views are: until one is applied, for then whatever was written before it is here. A look that does not know
    who is expected drops nobody.
    """
    newest = record.newest_view
    is_applied = newest is not None and newest.start is not None
    before = frozenset() if is_applied and expected is not None else frozenset(record.nodes)
    nodes = by_ordinal(before | reporting | (expected or frozenset()))
    return record if nodes == record.nodes else replace(record, nodes=nodes)


def _named(uuid: str, names: dict[str, Member]) -> Member:
    known = names.get(identity(uuid))
    return Member(uuid, known.name, known.arbiter) if known else Member(uuid)
