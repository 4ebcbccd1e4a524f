"""A copy of this node's data, given away: judged, taken out of flow control for, streamed, and ended in every case.

In this order: look at everybody anew and judge (`core.copying`); be desynced, where another node can serve; run
mariadb-backup and send what it gives in frames (`core.frames`), no faster than they are taken, so that memory stays the
same at any size. At the end, in whatever way it comes, the program is dead and the copy is out of the node's report;
then the stepper takes the node back in. The same if this process dies: the kernel ends the program, and the next
sidecar finds in its last snapshot that the node has stepped out.

Who asked is given up when the connection is closed, and when nothing was taken for STALL_SECONDS: a machine that lost
its power closes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from peerfinder.adapters import clock, mariadb_backup, run_directory
from peerfinder.adapters.mariadb_backup import Account, NoBackup, Running
from peerfinder.core.backup_log import BackupLog
from peerfinder.core.copying import Allowed, CopyOrder, Refused, Why, describe, may_copy
from peerfinder.core.events import Event, copy_began, copy_ended
from peerfinder.core.frames import (
    HEARTBEAT,
    HEARTBEAT_SECONDS,
    MOST_DATA,
    CopyBegin,
    CopyEnd,
    begin_frame,
    data_head,
    end_frame,
)
from peerfinder.core.progress import amount
from peerfinder.core.report import Copying, NodeReport
from peerfinder.core.routing import holds_role
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.serve.settings import Settings

OUT_SECONDS = 15.0  # for the desync to be seen; it answers when the appliers have come to its place in the history
POLL_SECONDS = 0.1
STALL_SECONDS = 300.0  # without a byte taken; a store that fails is tried again by its clients for three minutes
COUNT_SECONDS = 1.0  # for the size of the tables to be known before the copy begins; it is shown later otherwise

log = logging.getLogger("peerfinder")

Run = Callable[[Path, Account, int, Callable[[str], None]], AbstractAsyncContextManager[Running]]
Look = Callable[[], Awaitable[ClusterSnapshot]]
Send = Callable[[bytes], Awaitable[None]]
"""Sends bytes and waits until they are taken; raises ConnectionError when nobody takes them any more."""


@dataclass
class _Job:
    """The copy under way."""

    order: CopyOrder
    to: str
    began: float
    sent: int = 0
    total: int = 0
    is_admitted: bool = False

    def copying(self, now: float) -> Copying:
        return Copying(self.order.purpose, self.sent, self.total, max(0.0, now - self.began))


class Copier:
    """The copies of one node, one at a time."""

    def __init__(
        self, settings: Settings, look: Callable[..., Awaitable[ClusterSnapshot]], why_not_out: Callable[[], str],
        tell: Callable[[Event], None], wake: Callable[[], None], run: Run = mariadb_backup.running,
    ) -> None:  # fmt: skip
        """`look` looks at everything, `wake` has that done soon, `why_not_out` says why the node was not desynced."""
        self._settings, self._look, self._why_not_out, self._tell, self._run = settings, look, why_not_out, tell, run
        self._wake = wake
        self._job: _Job | None = None
        self._running: Running | None = None
        mariadb_backup.tidy(settings.run_dir / run_directory.COPY)  # of an agent that was killed

    def show(self, report: NodeReport | None, now: float) -> NodeReport | None:
        """Add to the own report how far the copy is."""
        if report is None or self._job is None or not self._job.is_admitted:
            return report
        return replace(report, copying=self._job.copying(now))

    def kill(self) -> None:
        """End the copy under way, because this process ends."""
        if self._running is not None:
            self._running.kill()

    @asynccontextmanager
    async def turn(self, order: CopyOrder, to: str) -> AsyncIterator[Allowed | Refused]:
        """Have the node ready for a copy, or say why not; inside of it `stream` gives the copy away."""
        if self._job is not None:
            remedy = "wait for its end, or take the copy from another node"
            far = describe(self._job.copying(clock.now()))
            yield Refused(Why.BUSY, f"another copy of {self._settings.name} is under way: {far}", remedy)
            return
        self._job = _Job(order, to, clock.now())
        try:
            yield await self._prepare(self._job)
        finally:
            self._job = None
            self._wake()  # nobody is to see it longer than it lasts

    async def stream(self, send: Send) -> None:
        """Send the copy, frame by frame; raises NoBackup before the first one, ConnectionError if it is not taken."""
        job, backup_log, settings = self._job, BackupLog(), self._settings
        assert job is not None  # noqa: S101 - only inside of `turn`
        job.began, end = clock.now(), CopyEnd(ok=False, sent=0, reason="it was given up, because nobody takes it")
        version = await self._version()
        counting = asyncio.create_task(self._count(job))
        socket = settings.run_dir / run_directory.SERVER_SOCKET
        account = Account(settings.monitor_user, settings.monitor_password_file, socket)
        directory = settings.run_dir / run_directory.COPY
        try:
            async with self._run(directory, account, job.order.parallel, backup_log.add) as self._running:
                log.info("a copy begins", extra={"facts": {"purpose": job.order.purpose.value, "to": job.to}})
                self._tell(copy_began(job.order.purpose, job.to))
                await asyncio.wait((counting,), timeout=COUNT_SECONDS)
                await send(begin_frame(CopyBegin(settings.name, version, job.total)))
                await self._send_all(job, self._running, send)
                code = await self._running.wait()
                reason = backup_log.why_failed(code)
                seconds = clock.now() - job.began
                end = CopyEnd(not reason, job.sent, reason, code, seconds, backup_log.tail, version)
                await send(end_frame(end))
        except NoBackup as error:
            end = replace(end, reason=str(error))
            raise
        finally:
            self._running = None
            counting.cancel()
            self._note_end(job, end)

    async def _prepare(self, job: _Job) -> Allowed | Refused:
        snapshot = await self._look(full=True)
        mine = snapshot.own_report
        others = tuple(one for one in snapshot.reports.values() if one is not mine and one.is_fresh)
        verdict = may_copy(job.order, snapshot.me, mine, others, is_writer=holds_role(snapshot))
        if isinstance(verdict, Refused):
            return verdict
        job.is_admitted = True
        trouble = await self._step_out()
        return Refused(Why.STATE, trouble, "galeractl status, and the log of its sidecar") if trouble else verdict

    async def _step_out(self) -> str:
        """Wait until the node is out of flow control, if it is to leave it; gives the sentence why it could not."""
        name, deadline = self._settings.name, clock.now() + OUT_SECONDS
        while True:
            mine = (await self._look()).own_report
            if mine is None or not mine.server.is_primary:
                return f"{name} has left the Primary component"
            if not mine.server.stepped_out:  # no other node could serve; or it was refused
                return f"{name} cannot leave flow control: {why}" if (why := self._why_not_out()) else ""
            if mine.server.desynced:
                return ""
            if clock.now() > deadline:
                return f"{name} did not leave flow control within {OUT_SECONDS:.0f} s"
            await asyncio.sleep(POLL_SECONDS)

    async def _send_all(self, job: _Job, running: Running, send: Send) -> None:
        began, most = clock.now(), job.order.kbytes_per_second * 1024
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    data = await running.read(MOST_DATA)
            except TimeoutError:
                await send(HEARTBEAT)
                continue
            if not data:
                return
            await send(data_head(len(data)) + data)
            job.sent += len(data)
            while most and (ahead := job.sent / most - (clock.now() - began)) > 0:
                await asyncio.sleep(min(ahead, HEARTBEAT_SECONDS))
                if ahead > HEARTBEAT_SECONDS:
                    await send(HEARTBEAT)

    async def _version(self) -> str:
        mine = (await self._look()).own_report
        return mine.server.version if mine else ""

    async def _count(self, job: _Job) -> None:
        job.total = await asyncio.to_thread(run_directory.size_of_tables, self._settings.volume)

    def _note_end(self, job: _Job, end: CopyEnd) -> None:
        seconds, trouble = clock.now() - job.began, "" if end.ok else end.reason
        facts = {"purpose": job.order.purpose.value, "sent": amount(job.sent), "seconds": f"{seconds:.1f}"}
        if trouble:
            log.warning("a copy failed", extra={"facts": {**facts, "reason": trouble}})
        else:
            log.info("a copy ended", extra={"facts": facts})
        self._tell(copy_ended(job.order.purpose, amount(job.sent), seconds, trouble))
