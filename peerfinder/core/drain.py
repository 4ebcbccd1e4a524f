"""A node that clients are to leave: which of their connections may be closed now, without a failed transaction?

Theory. Clients leave a server only when their connection ends, and a pool opens the next one where the role is. Neither
read_only nor wsrep_reject_queries helps: both refuse the COMMIT of a transaction that is open. So a connection is
closed in a moment in which it does nothing: asleep, and without a transaction. There are two reasons to drain:

    the role was lost   every client of this node is to go, in the seconds that the drain has. What has not fallen idle
                        by then is closed all the same (`Step.overdue`), again and again until it is gone: a commit
                        that is on its way in the group is not interrupted. Connections that came later stay: they read,
                        and know that this node is a secondary. Only in the first STRAY_SECONDS they may be writers
                        that a Service or a proxy still sent here.
                        The same when mode multi ends: all nodes but the writer take no writes any more.
    the node stops      its idle connections are closed from NOTICE_SECONDS on, again and again; what is busy is left
                        to the server, which ends in its own time.

"Asleep and without a transaction" is true of a client between BEGIN and its first statement, too. It is there for less
than a millisecond or two; so nobody is closed who fell asleep less than BRIEF_SECONDS ago, and at first (in the first
PATIENT_SECONDS) only who sleeps for ASLEEP_SECONDS: those are idle beyond doubt, and the busy ones meanwhile finish.

A client that sleeps for a moment at a time may wake up while its connection is being closed, and then does not know
whether its statement was done. The less of its sleep is over, the less likely that is; so for the first GENTLE_SECONDS
it is closed only in the first part (EARLY) of the longest sleep in which it was seen, or within SLACK_SECONDS of the
moment in which it may be. A moment is short, so the server itself looks at it (`Closing`); what it missed it meets
again.

Spared are the server's own threads, replication, the monitor user, who logs in right now, and whoever came over the
server's socket: that is a person, or a backup, in the pod, whom no Service sent.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from peerfinder.core.report import NodeReport
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.wsrep import WriteAccess

STRAY_SECONDS = 3.0  # the packet filters of nodes follow a Service within one, proxies ask every one or two
NOTICE_SECONDS = 2.0  # after the order to stop: before, a client may be sent back here
PATIENT_SECONDS = 1.0  # of a drain of five; of a shorter one this part:
PATIENT_PART = 0.2
ASLEEP_SECONDS = 1.0
BRIEF_SECONDS = 0.003  # the way of a client's next statement, on a network of one millisecond
SLACK_SECONDS = 0.001  # the server needs some 0.2 ms from its look to the end of a connection, and more when it is busy
EARLY = 0.6
GENTLE_SECONDS = 4.0  # of a drain of five; of a shorter one this part:
GENTLE_PART = 0.8

_SOCKET = "localhost"  # as the process list shows whoever came over it; over TCP a port follows the host
_SYSTEM = ("system user", "event_scheduler", "unauthenticated user", "")
_COMMANDS = ("Daemon", "Binlog Dump", "Slave", "Connect")  # how their names begin


@dataclass(frozen=True, slots=True)
class Connection:
    """One row of the process list, and whether InnoDB has a transaction of it."""

    id: int
    user: str
    host: str
    command: str
    seconds: float  # since it fell asleep, or its statement began
    query: int  # the id of its last statement
    in_transaction: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether it waits for its client, with nothing open."""
        return self.command == "Sleep" and not self.in_transaction


@dataclass(frozen=True, slots=True)
class Drain:
    """Why and since when; `newest` is the last connection that has to go (0: not looked yet)."""

    began: float
    seconds: float
    stops: bool = False  # the node does, else the role was lost
    newest: int = 0
    longest: Mapping[int, float] = field(default_factory=dict)  # seconds; of each connection, what it was seen to sleep


@dataclass(frozen=True, slots=True)
class Closing:
    """A connection that may be closed while it goes on sleeping, and has slept for so many seconds."""

    one: Connection
    least: float = 0.0
    most: float = math.inf


@dataclass(frozen=True, slots=True)
class Step:
    """What to do now."""

    idle: tuple[Closing, ...] = ()
    overdue: tuple[Connection, ...] = ()  # to be closed whatever they do
    left: int = 0  # how many have to go and do not yet
    is_over: bool = False


def mode_of_writes(writer: WriterView) -> Mode | None:
    """In which mode a node takes writes; None where it takes none."""
    return writer.mode if writer.role is Role.PRIMARY else None


def took_before(before: ClusterSnapshot | None) -> Mode | None:
    """The same of the last snapshot of a sidecar before this one, which may have ended in the middle of a drain.

    Where read_only is kept, that shows: a secondary on which it is OFF still is sending its clients away.
    """
    if before is None:
        return None
    mine, writer = before.own_report, before.writer
    drains = mine is not None and mine.server.access is WriteAccess.OPEN and writer.role is Role.SECONDARY
    return writer.mode if drains else mode_of_writes(writer)


def is_succeeded(took: Mode | None, writer: WriterView, holder: NodeReport | None) -> bool:
    """Whether a node that took writes (`took`: in which mode, None where it did not) takes none any more.

    `holder` is the report of the node that the role names. When mode multi ends, the row may name a node that has left
    long ago; then somebody is about to claim, perhaps this node, and its clients stay until it is known who.
    """
    if took is None or writer.role is not Role.SECONDARY or not writer.node:
        return False
    return took is Mode.SINGLE or (holder is not None and holder.is_fresh and holder.in_primary)


def step(drain: Drain, connections: Iterable[Connection], monitor: str, now: float) -> tuple[Drain, Step]:
    """Judge what is connected now; gives what to remember, too."""
    clients = [one for one in connections if not _is_spared(one, monitor)]
    elapsed = now - drain.began
    if drain.stops:
        drain = _remember(drain, clients)
        idle = _to_close(drain, clients, elapsed) if elapsed >= NOTICE_SECONDS else ()
        return drain, Step(idle, left=len(clients) - len(idle))
    if elapsed <= STRAY_SECONDS or not drain.newest:
        drain = replace(drain, newest=max((one.id for one in clients), default=drain.newest))
    leaving = [one for one in clients if one.id <= drain.newest]
    drain = _remember(drain, leaving)
    if elapsed >= drain.seconds:
        return drain, Step(overdue=tuple(leaving), left=len(leaving), is_over=not leaving and elapsed >= STRAY_SECONDS)
    idle = _to_close(drain, leaving, elapsed)
    left = len(leaving) - len(idle)
    return drain, Step(idle, left=left, is_over=not leaving and elapsed > STRAY_SECONDS)


def _remember(drain: Drain, clients: Iterable[Connection]) -> Drain:
    seen = {one.id: one.seconds if one.is_idle else 0.0 for one in clients}
    return replace(drain, longest={one: max(sleep, drain.longest.get(one, 0.0)) for one, sleep in seen.items()})


def _to_close(drain: Drain, clients: Iterable[Connection], elapsed: float) -> tuple[Closing, ...]:
    is_gentle = elapsed < min(GENTLE_SECONDS, GENTLE_PART * drain.seconds)
    is_patient = elapsed < min(PATIENT_SECONDS, PATIENT_PART * drain.seconds)
    found = []
    for one in clients:
        most = max(BRIEF_SECONDS + SLACK_SECONDS, EARLY * drain.longest[one.id]) if is_gentle else math.inf
        if one.is_idle and one.seconds >= ASLEEP_SECONDS:
            found.append(Closing(one))
        elif one.is_idle and not is_patient and one.seconds < most:
            found.append(Closing(one, BRIEF_SECONDS, most))
    return tuple(found)


def _is_spared(one: Connection, monitor: str) -> bool:
    is_own = one.user in _SYSTEM or one.user == monitor or one.host == _SOCKET
    return is_own or one.command.startswith(_COMMANDS)
