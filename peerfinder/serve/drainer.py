"""Sends the clients of this node away when it takes no writes any more, or when it stops.

The judgement is `core.drain`; here are the server, the clock and the count. It begins in the moment in which this
node knows that it has lost the role, whether by an order, by a claim of another node, or because one node is to be the
writer where every one was (`galeractl mode single`); and only while its server is a member of a Primary component:
elsewhere nothing can be finished. What it could not do it tries again, until the role is back, the server is gone, or
the time is up.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from typing import Protocol

from peerfinder.adapters import clock, connections, mysql, run_directory
from peerfinder.core.drain import Closing, Connection, Drain, Step, is_succeeded, mode_of_writes, step
from peerfinder.core.events import Event, drained
from peerfinder.core.heartbeat import has_server
from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.wsrep import ServerError
from peerfinder.serve.settings import Settings

ROUND_SECONDS = 0.11  # between two looks at the connections: InnoDB renews its list after 0.1 s
STUBBORN_SECONDS = 10.0  # beyond the drain time, after which connections that do not end are a trouble
NAMED = 10  # connections that are named in the log when they had to be closed while busy

log = logging.getLogger("peerfinder")


class Clients(Protocol):
    """The client connections of the own server; both block, and raise ServerError."""

    def read(self) -> tuple[Connection, ...]:
        """See who is connected."""

    def close(self, idle: Sequence[Closing], overdue: Sequence[Connection]) -> int:
        """Close connections; gives how many."""


class OwnClients:
    """The real ones, by one connection that serves one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        socket = settings.run_dir / run_directory.SERVER_SOCKET
        self._server = mysql.Server(socket, settings.monitor_user, settings.monitor_password_file, mysql.STATUS_SECONDS)

    def read(self) -> tuple[Connection, ...]:
        """See who is connected."""
        return connections.read(self._server)

    def close(self, idle: Sequence[Closing], overdue: Sequence[Connection]) -> int:
        """Close connections."""
        return connections.close(self._server, idle, overdue)


class Drainer:
    """What this node does about its clients; `problem` says why it cannot."""

    def __init__(
        self, clients: Clients, monitor: str, seconds: float, took: Mode | None, tell: Callable[[Event], None]
    ) -> None:
        """`seconds`: for open transactions; `took`: in which mode this node took writes before."""
        self._clients, self._monitor, self._seconds, self._tell = clients, monitor, seconds, tell
        self._took = took
        self._told: tuple[int, float] | None = None  # an epoch, and the seconds that its winner asked for
        self._drain: Drain | None = None
        self._process: tuple[str, int] | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = 0
        self._killed: set[int] = set()
        self.problem = ""

    @property
    def has_writers(self) -> bool:
        """Whether clients that wrote here are to go and have not all gone, or will be when it is known where to."""
        return self._drain is not None or self._took is not None

    def expect(self, epoch: int, seconds: float | None) -> None:
        """Take note of how long the winner of an epoch wants this node to wait for open transactions."""
        self._told = (epoch, seconds) if seconds is not None else None

    def look(self, snapshot: ClusterSnapshot, now: float) -> None:
        """Take note of the role and of the own node as they are now."""
        mine, writer = snapshot.own_report, snapshot.writer
        if mine is None:
            return
        process = (mine.facts.start_id, mine.facts.server_pid)
        is_same, self._process = process == self._process or self._process is None, process
        took, now_takes = self._took if is_same else None, mode_of_writes(writer)
        holder = snapshot.reports.get(writer.node)
        is_lost = is_succeeded(took, writer, holder)
        if now_takes or is_lost or not is_same:
            self._took = now_takes
        if now_takes is Mode.MULTI:
            self._told = None  # what somebody wanted of an epoch was wanted of that takeover
        is_out = mine.server.sql and not mine.server.is_primary  # a server that does not answer may be busy
        if not is_same or is_out or not has_server(mine.facts) or now_takes:
            self._drain = None
        elif is_lost:
            self._begin(Drain(now, self._seconds_for(writer, mine)), f"the writer is {writer.node} now")
        elif mine.facts.phase is Phase.STOPPING and writer.role is Role.SECONDARY and self._drain is None:
            self._begin(Drain(now, math.inf, stops=True), "this node stops")

    def _seconds_for(self, writer: WriterView, mine: NodeReport) -> float:
        if self._told is not None and self._told[0] == writer.epoch:
            return self._told[1]
        return math.inf if mine.facts.phase is Phase.STOPPING else self._seconds  # its server ends in its own time

    def _begin(self, drain: Drain, why: str) -> None:
        within = f"{drain.seconds:g}s" if math.isfinite(drain.seconds) else "until its server ends"
        log.info("clients are sent away", extra={"facts": {"reason": why, "drain": within}})
        self._drain, self._closed, self._killed = drain, 0, set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while (drain := self._drain) is not None:
            try:
                await self._round(drain)
            except ServerError as error:
                self.problem = f"clients cannot be sent away: {error}"
            await asyncio.sleep(ROUND_SECONDS)
        self.problem = ""

    async def _round(self, drain: Drain) -> None:
        there = await asyncio.to_thread(self._clients.read)
        following, todo = step(drain, there, self._monitor, clock.now())
        if self._drain is not drain:  # the role came back, or was lost anew
            return
        closed = await asyncio.to_thread(self._clients.close, todo.idle, todo.overdue)
        if todo.overdue:
            self._name(todo)
        else:
            self._closed += closed
        late = clock.now() - drain.began - drain.seconds
        self.problem = f"{todo.left} connections do not end" if todo.overdue and late > STUBBORN_SECONDS else ""
        if self._drain is drain:
            self._drain = None if todo.is_over else following
            if todo.is_over:
                self._end(clock.now() - drain.began)

    def _end(self, seconds: float) -> None:
        killed = len(self._killed)
        facts = {"closed": str(self._closed), "killed": str(killed), "after": f"{seconds:.1f}s"}
        log.info("clients have been sent away", extra={"facts": facts})
        if self._closed or killed:
            self._tell(drained(self._closed, killed, seconds))

    def _name(self, todo: Step) -> None:
        new = [one for one in todo.overdue if one.id not in self._killed]
        self._killed |= {one.id for one in new}
        if new:
            named = " ".join(f"{one.id}:{one.user}@{one.host}" for one in new[:NAMED])
            facts = {"count": str(len(new)), "connections": named}
            log.warning("the drain time is over: connections are closed whatever they do", extra={"facts": facts})
