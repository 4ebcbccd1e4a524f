"""What a node learns when its server is gone: folding the last view and the position into the record.

The epoch of a start counts once its Primary is known to have formed: a gvwstate.dat written by that
start (it was removed before), or a position beyond where it started. A view belongs to the epoch of the
process that wrote it, so it is folded in before the start is closed. A server that left in order has applied its
newest view, even where it went before SQL showed it.
"""

from __future__ import annotations

from dataclasses import replace

from peerfinder.core.gvwstate import SavedView
from peerfinder.core.position import ZERO_UUID, Position
from peerfinder.core.record import Ending, NodeRecord, StartKind, ended, formed, viewed
from peerfinder.core.view import Member, identity, reached


def settled(
    record: NodeRecord,
    saved: SavedView | None,
    position: Position | None,
    names: dict[str, Member],
    *,
    in_order: bool = False,
) -> NodeRecord:
    """Close the last start: `saved` is what gvwstate.dat says, `position` what the datadir holds.

    `in_order`: Galera itself saved that position when it left, so that nothing it had received was left to apply.
    """
    if saved is not None:
        record = viewed(record, saved, names)
    if record.start is None:
        return record
    uuid = position.uuid if position else ""
    if saved is not None or _moved_on(record, position):
        record = formed(record, uuid or ZERO_UUID)
    if in_order and record.ended is Ending.LEFT and position is not None and not position.is_undefined:
        record = replace(record, views=reached(record.views, identity(record.gcomm_uuid), position.seqno))
    return ended(record, record.ended if record.ended is not Ending.UNKNOWN else Ending.INSIDE)


def _moved_on(record: NodeRecord, position: Position | None) -> bool:
    """Whether the position lies beyond where the start in progress began."""
    start = record.start
    if start is None or position is None or position.is_undefined:
        return False
    if any(view.epoch == record.running_epoch for view in record.views):
        return True
    if start.position is None or start.position.is_undefined:
        return start.kind is StartKind.BOOTSTRAP  # an empty cluster has a history only once its Primary formed
    return position.seqno > start.position.seqno


def left(record: NodeRecord, *, cleanly: bool, primary: bool) -> NodeRecord:
    """Note how the node left its newest view: an order to stop that was obeyed while Primary is a leave."""
    if not primary:
        return replace(record, ended=Ending.FELL_OUT)
    return replace(record, ended=Ending.LEFT if cleanly else Ending.INSIDE)
