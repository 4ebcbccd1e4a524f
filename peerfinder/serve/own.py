"""The own node: what its entrypoint published, and what its server says by file and by SQL."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from peerfinder.adapters import mysql, run_directory, writer_table
from peerfinder.core.applied import ShownView, match_view
from peerfinder.core.gvwstate import SavedView
from peerfinder.core.heartbeat import age_of, has_server, server_facts
from peerfinder.core.naming import MemberRow
from peerfinder.core.report import FRESH_SECONDS, NodeFacts, NodeReport
from peerfinder.core.role import Mode, WriterRow
from peerfinder.core.snapshot import AppliedView
from peerfinder.core.view import Member
from peerfinder.core.wsrep import ServerError, ServerFacts, WsrepState
from peerfinder.serve.latest import Latest
from peerfinder.serve.settings import Settings

Process = tuple[str, int]  # start id of the entrypoint and pid of its server: what SQL said is said by one process
Reading = tuple[SavedView, ShownView, SavedView | None]

NO_TABLE_SECONDS = 10.0
"""Between two questions for a table that is not there: each costs the connection."""


@dataclass(frozen=True)
class WriterReading:
    """The writer role and the members of the component as the server shows them; `row` a sentence: why not."""

    asked: float
    row: WriterRow | str
    members: tuple[MemberRow, ...] = ()
    lasts: bool = False  # the sentence is for good: there is no table


class OwnNode:
    """The state of one node, refreshed at each look; `report` is None with `problem` when node.json is no report."""

    def __init__(self, settings: Settings, boot_id: str) -> None:
        socket = settings.run_dir / run_directory.SERVER_SOCKET
        user, password = settings.monitor_user, settings.monitor_password_file
        self._settings, self._boot_id = settings, boot_id
        self._status = mysql.Server(socket, user, password, mysql.STATUS_SECONDS)
        self._view = mysql.Server(socket, user, password, mysql.VIEW_SECONDS)
        self._ask_status = Latest(self._read_status)  # never forgotten on the way: a connection serves one thread
        self._ask_view = Latest(self._read_view)
        self._process: Process | None = None
        self._by_sql: ServerFacts | None = None
        self._by_sql_at = 0.0
        self._donor_since: float | None = None
        self._matched: SavedView | None = None
        self.report: NodeReport | None = None
        self.problem = ""
        self.applied: AppliedView | None = None
        self.rows: tuple[MemberRow, ...] = ()  # members that SQL showed last
        self.writer: WriterReading | None = None
        self._now = 0.0

    async def refresh(self, now: float, patience: float, names: Mapping[str, Member]) -> None:
        """Look at the node; `names` are the members known so far."""
        self._now = now
        facts = run_directory.read_node(self._settings.run_dir)
        age = age_of(facts, now, self._boot_id) if isinstance(facts, NodeFacts) else facts.reason
        if not isinstance(facts, NodeFacts) or isinstance(age, str):
            self.report, self.problem = None, str(age)
            return
        if facts.name != self._settings.name:
            self.report, self.problem = None, f"node.json is of {facts.name}, not of {self._settings.name}"
            return
        by_file = None
        process = (facts.start_id, facts.server_pid) if has_server(facts) else None
        if process != self._process:
            self._process, self._by_sql, self._matched, self.applied = process, None, None, None
            self.writer = None
        if process is not None:
            by_file = run_directory.read_status(self._settings.run_dir)
            await self._look_inside(now, patience, names)
        self.report, self.problem = NodeReport(facts, server_facts(facts, age, by_file, self._by_sql), age), ""

    async def _look_inside(self, now: float, patience: float, names: Mapping[str, Member]) -> None:
        told = await self._ask_status.within(patience)
        if told is not None and told[0] == self._process:
            self._by_sql, self._by_sql_at = self._timed(told[1], now), now
            self._note_writer(told[2])
        elif self._by_sql is not None and now - self._by_sql_at > FRESH_SECONDS:
            self._by_sql = ServerFacts(error=f"the server has not answered SQL for {now - self._by_sql_at:.0f} s")
        if self._by_sql is None or not self._by_sql.is_primary:
            return
        saved = run_directory.read_gvwstate(self._settings.volume)
        if saved is None or saved == self._matched:
            return
        reading = await self._ask_view.within(patience)
        if isinstance(reading, str):
            self._by_sql = replace(self._by_sql, error=reading)
        elif reading is not None:
            before, shown, after = reading
            self.rows = shown.members
            applied = match_view(before, shown, after, names, self._settings.name)
            if applied is not None:
                self.applied, self._matched = applied, before

    def _timed(self, facts: ServerFacts, now: float) -> ServerFacts:
        """The facts with the time that the server has been a donor."""
        if facts.state is not WsrepState.DONOR:
            self._donor_since = None
            return facts
        self._donor_since = now if self._donor_since is None else self._donor_since
        return replace(facts, donor_seconds=now - self._donor_since)

    def _note_writer(self, reading: WriterReading | None) -> None:
        """Keep what was read; the last row counts on for a while where this look could not read it."""
        failed = reading is not None and isinstance(reading.row, str) and not reading.lasts
        if not failed or self.writer is None or self._now - self.writer.asked > FRESH_SECONDS:
            self.writer = reading
        if reading and reading.members:
            self.rows = reading.members

    async def _read_status(self) -> tuple[Process | None, ServerFacts, WriterReading | None]:
        process, now = self._process, self._now
        return process, *await asyncio.to_thread(self._read_status_here, now)

    def _read_status_here(self, now: float) -> tuple[ServerFacts, WriterReading | None]:
        facts, last = self._status.status(), self.writer
        if not facts.is_primary or self._settings.writer_mode is not Mode.SINGLE:
            return facts, None
        if last is not None and last.lasts and now - last.asked < NO_TABLE_SECONDS:
            return facts, last
        try:
            row = writer_table.read(self._status)
            if isinstance(row, writer_table.NoTable):
                return facts, WriterReading(now, row.reason, lasts=True)
            return facts, WriterReading(now, row, writer_table.members(self._status))
        except ServerError as error:
            return facts, WriterReading(now, f"the writer role cannot be read: {error}")

    async def _read_view(self) -> Reading | str:
        """The three readings that `applied` matches, in their order; a sentence when one of them failed."""
        return await asyncio.to_thread(self._read_view_here)

    def _read_view_here(self) -> Reading | str:
        before = run_directory.read_gvwstate(self._settings.volume)
        if before is None:
            return "gvwstate.dat is gone or not whole: the server leaves or enters a view"
        try:
            shown = self._view.view()
        except ServerError as error:
            return str(error)
        return before, shown, run_directory.read_gvwstate(self._settings.volume)
