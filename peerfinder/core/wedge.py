"""Do the appliers of this node stand still while the group goes on? Then it steps out, so that it holds up nobody.

Galera applies in order: one write set that waits for a lock which a client holds, for a disk that hangs, or for ever
(MDEV-38843), keeps all behind it waiting. The receive queue grows to the limit of flow control, and then no node of the
cluster can commit. Nothing is wrong with the node's membership, so Galera leaves it in.

*Standstill* = the seqno has not moved, write sets are waiting, and another member has committed more. Whoever sees that
for STUCK seconds sets wsrep_desync: flow control leaves it alone, it goes on receiving, and is not ready. It steps back
in when its appliers have moved and the queue is drained. The rest of the rules:

 - Where no other node is ready, it stays in and says so: a slow cluster is better than none.
 - A node that is no Synced member (a donor, one that a person has desynced) is out of flow control already.
 - What a person has set, a person takes back: only a wsrep_desync of ours is ever reset.

A write set that takes longer than that to apply looks the same, and is treated the same: the others need not wait.

A node in maintenance steps out in the same way, so that nobody waits for it whatever is done on it: once it has given
the writer role away, and while another node is ready (a joiner finds no donor among desynced nodes). It steps in when
its maintenance has ended and its queue is drained. It counts as stuck only if its appliers are. A node that gives a
copy of its data away (see `copying`) is out for as long as that takes, by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from peerfinder.core.copying import reason_to_leave
from peerfinder.core.health import is_ready
from peerfinder.core.report import NodeReport
from peerfinder.core.wsrep import WsrepState

DRAINED = 16
"""Write sets; what comes and goes between two looks at a node that keeps up, and Galera's own limit of flow control."""


@dataclass(frozen=True, slots=True)
class Standstill:
    """Since when the appliers have stood still, and where."""

    committed: int
    since: float


@dataclass(frozen=True, slots=True)
class Go:
    """Nothing stands still for long."""


@dataclass(frozen=True, slots=True)
class StayIn:
    """The appliers stand still, and the node takes part nevertheless; the sentence says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class StepOut:
    """Leave flow control, or stay out of it; `is_stuck`: because of its appliers."""

    reason: str
    is_stuck: bool = True


@dataclass(frozen=True, slots=True)
class StepIn:
    """The appliers move and the queue is drained: take part again."""


Step = Go | StayIn | StepOut | StepIn


def observe(
    before: Standstill | None, mine: NodeReport, others: tuple[NodeReport, ...], now: float
) -> Standstill | None:
    """Put one look to what was known; `others` are fresh reports, `now` seconds of a clock that does not jump."""
    server = mine.server
    if not server.sql:
        return before  # nothing was seen, so nothing has changed
    if not server.is_primary or server.recv_queue <= 0 or server.committed < 0 or not _is_behind(mine, others):
        return None
    if before is not None and before.committed == server.committed:
        return before
    return Standstill(server.committed, now)


def decide(
    standstill: Standstill | None, mine: NodeReport, others: tuple[NodeReport, ...], now: float, *,
    stuck: float, is_out: bool, was_stuck: bool = True, holds_role: bool = False,
) -> Step:  # fmt: skip
    """What to do; `stuck`: seconds of standstill that are borne, 0 for any; `is_out`: it has stepped out.

    `was_stuck`: and that was because of its appliers; `holds_role`: it is the writer still.
    """
    server = mine.server
    away = _why_away(mine)
    rests = bool(away) and any(_could_serve(report, others) for report in others)
    is_long = standstill is not None and 0 < stuck <= now - standstill.since
    if is_out:
        if standstill is not None and standstill.since >= now:
            standstill = None  # the seqno has moved since the last look
        if standstill is None and server.is_primary and server.recv_queue < DRAINED:
            return StepOut(away, is_stuck=False) if rests else StepIn()
        return StepOut(_why(standstill, mine, now), is_stuck=was_stuck or is_long)
    if standstill is not None and is_long:
        why = _why(standstill, mine, now)
        if server.state is not WsrepState.SYNCED or server.desynced:
            return StayIn(f"{why}; flow control leaves it alone already ({server.state})")
        if not any(_could_serve(report, others) for report in others):
            return StayIn(f"{why}; it stays in, because no other node is ready")
        return StepOut(why)
    if rests and not holds_role and server.is_primary and server.state is WsrepState.SYNCED and not server.desynced:
        return StepOut(away, is_stuck=False)
    return Go()


def _why_away(mine: NodeReport) -> str:
    """Why the node is out of flow control whatever its appliers do, '' mostly."""
    since = mine.server.maintenance
    return f"in maintenance since {since}" if since else reason_to_leave(mine.copying)


def _why(standstill: Standstill | None, mine: NodeReport, now: float) -> str:
    queue = mine.server.recv_queue
    if standstill is None:
        return f"it catches up with {queue} write sets"
    return (
        f"its appliers stand still at seqno {standstill.committed} for {now - standstill.since:.0f} s, "
        f"with {queue} write sets waiting"
    )


def _is_behind(mine: NodeReport, others: tuple[NodeReport, ...]) -> bool:
    """Whether a member of the same history has committed more."""
    server = mine.server
    return any(
        other.in_primary and other.server.uuid == server.uuid and other.server.committed > server.committed
        for other in others
    )


def _could_serve(report: NodeReport, others: tuple[NodeReport, ...]) -> bool:
    """Whether another node serves clients well without this one."""
    rest = tuple(one for one in others if one is not report)
    return not report.server.stuck and report.in_primary and is_ready(report, rest).ok
