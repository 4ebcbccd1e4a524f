"""A node that clients are to leave: which of their connections may be closed now, without a failed transaction?

Theory. Clients leave a server only when their connection ends, and a pool opens the next one where the role is. Neither
read_only nor wsrep_reject_queries helps: both refuse the COMMIT of a transaction that is open. So a connection is
closed in a moment in which it does nothing: asleep, and without a transaction. There are two reasons to drain:

    the role was lost   every client of this node is to go, in the seconds that the drain has. What has not fallen idle
                        by then is closed all the same (`Step.overdue`), again and again until it is gone: a commit
                        that is on its way in the group is not interrupted. Connections that came later stay: they read,
                        and know that this node is a secondary. Only in the first STRAY_SECONDS they may be writers
                        that a Service or a proxy still sent here.
    the node stops      its idle connections are closed from NOTICE_SECONDS on, again and again; what is busy is left
                        to the server, which ends in its own time.

"Asleep and without a transaction" is true of a client between BEGIN and its first statement, too. It is there for less
than a millisecond or two; so nobody is closed who fell asleep less than BRIEF_SECONDS ago, and at first (in the first
PATIENT_SECONDS) only who sleeps for ASLEEP_SECONDS: those are idle beyond doubt, and the busy ones meanwhile finish.

Spared are the server's own threads, replication, the monitor user, who logs in right now, and whoever came over the
server's socket: that is a person, or a backup, in the pod, whom no Service sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

STRAY_SECONDS = 3.0  # the packet filters of nodes follow a Service within one, proxies ask every one or two
NOTICE_SECONDS = 2.0  # after the order to stop: before, a client may be sent back here
PATIENT_SECONDS = 1.0
ASLEEP_SECONDS = 0.05
BRIEF_SECONDS = 0.003  # the way of a client's next statement, on a network of one millisecond

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


@dataclass(frozen=True, slots=True)
class Step:
    """What to do now."""

    idle: tuple[Connection, ...] = ()  # to be closed if they still sleep
    overdue: tuple[Connection, ...] = ()  # to be closed whatever they do
    left: int = 0  # how many have to go and do not yet
    is_over: bool = False


def step(drain: Drain, connections: Iterable[Connection], monitor: str, now: float) -> tuple[Drain, Step]:
    """Judge what is connected now; gives what to remember, too."""
    clients = [one for one in connections if not _is_spared(one, monitor)]
    elapsed = now - drain.began
    if drain.stops:
        idle = tuple(one for one in clients if elapsed >= NOTICE_SECONDS and _may_close(one, elapsed - NOTICE_SECONDS))
        return drain, Step(idle, left=len(clients) - len(idle))
    if elapsed <= STRAY_SECONDS or not drain.newest:
        drain = replace(drain, newest=max((one.id for one in clients), default=drain.newest))
    leaving = [one for one in clients if one.id <= drain.newest]
    if elapsed >= drain.seconds:
        return drain, Step(overdue=tuple(leaving), left=len(leaving), is_over=not leaving and elapsed >= STRAY_SECONDS)
    idle = tuple(one for one in leaving if _may_close(one, elapsed))
    left = len(leaving) - len(idle)
    return drain, Step(idle, left=left, is_over=not leaving and elapsed > STRAY_SECONDS)


def _may_close(one: Connection, elapsed: float) -> bool:
    return one.is_idle and one.seconds >= (ASLEEP_SECONDS if elapsed < PATIENT_SECONDS else BRIEF_SECONDS)


def _is_spared(one: Connection, monitor: str) -> bool:
    is_own = one.user in _SYSTEM or one.user == monitor or one.host == _SOCKET
    return is_own or one.command.startswith(_COMMANDS)
