"""The own node: what its entrypoint published, and what its server says by file and by SQL."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from peerfinder.adapters import mysql, run_directory, settings_table, writer_table
from peerfinder.core.applied import ShownView, match_view
from peerfinder.core.gvwstate import SavedView
from peerfinder.core.health import is_ready
from peerfinder.core.heartbeat import age_of, has_server, server_facts
from peerfinder.core.naming import MemberRow
from peerfinder.core.report import FRESH_SECONDS, NodeFacts, NodeReport
from peerfinder.core.role import Mode, WriterRow
from peerfinder.core.snapshot import AppliedView, ClusterSnapshot
from peerfinder.core.steering import Steering, parse
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


@dataclass(frozen=True)
class Told:
    """What the server said in one look; the role and the settings only inside a Primary component."""

    process: Process | None
    facts: ServerFacts
    writer: WriterReading | None = None
    steering: Steering | str = ""  # a sentence: why the settings could not be read ('': not asked)


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
        self.steering = Steering()
        self.steering_problem = ""
        self._no_settings_at: float | None = None
        self._ready_since: float | None = None
        self._now = 0.0

    def resume(self, before: ClusterSnapshot) -> None:
        """Take up what a sidecar before this one knew; what people have set counts until it is read anew."""
        self.steering = before.steering
        mine = before.own_report
        if before.boot_id == self._boot_id and mine is not None and mine.server.ready_seconds > 0:
            self._process = mine.facts.start_id, mine.facts.server_pid
            self._ready_since = before.written_at - mine.server.ready_seconds

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
            self.writer = self._ready_since = self._no_settings_at = None
        if process is not None:
            by_file = run_directory.read_status(self._settings.run_dir)
            await self._look_inside(now, patience, names)
        server = server_facts(facts, age, by_file, self._by_sql)
        server = replace(server, maintenance=self.steering.maintenance.get(self._settings.name, ""))
        self.report, self.problem = NodeReport(facts, server, age), ""

    def count_readiness(self, others: tuple[NodeReport, ...], now: float) -> None:
        """Add to the report how long the node has been ready; a server that was not asked yet changes nothing."""
        if self.report is None or (self._by_sql is None and self._process is not None):
            return
        if not is_ready(self.report, others, donor_ready=self._settings.donor_ready).ok:
            self._ready_since = None
            return
        self._ready_since = now if self._ready_since is None else self._ready_since
        server = replace(self.report.server, ready_seconds=max(0.0, now - self._ready_since))
        self.report = replace(self.report, server=server)

    async def _look_inside(self, now: float, patience: float, names: Mapping[str, Member]) -> None:
        told = await self._ask_status.within(patience)
        if told is not None and told.process == self._process:
            self._by_sql, self._by_sql_at = self._timed(told.facts, now), now
            self._note_writer(told.writer)
            self._note_settings(told.steering)
        elif self._by_sql is not None and now - self._by_sql_at > FRESH_SECONDS:
            self._by_sql = ServerFacts(error=f"the server has not answered SQL for {now - self._by_sql_at:.0f} s")
        elif self._by_sql is not None:
            self._by_sql = replace(self._by_sql, silent_seconds=max(0.0, now - self._by_sql_at))
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

    def _note_settings(self, found: Steering | str) -> None:
        """Keep what was read; what was known counts on where this look could not read it."""
        if isinstance(found, Steering):
            self.steering, self.steering_problem = found, found.problem
        elif found:
            self.steering_problem = found

    async def _read_status(self) -> Told:
        process, now = self._process, self._now
        return await asyncio.to_thread(self._read_status_here, process, now)

    def _read_status_here(self, process: Process | None, now: float) -> Told:
        facts, last = self._status.status(), self.writer
        if not facts.is_primary:
            return Told(process, facts)
        steering = self._read_settings(now)
        known = steering if isinstance(steering, Steering) else self.steering
        if (known.mode or self._settings.writer_mode) is not Mode.SINGLE:
            return Told(process, facts, None, steering)
        if last is not None and last.lasts and now - last.asked < NO_TABLE_SECONDS:
            return Told(process, facts, last, steering)
        return Told(process, facts, self._read_writer(now), steering)

    def _read_writer(self, now: float) -> WriterReading:
        try:
            row = writer_table.read(self._status)
            if isinstance(row, writer_table.NoTable):
                return WriterReading(now, row.reason, lasts=True)
            return WriterReading(now, row, writer_table.members(self._status))
        except ServerError as error:
            return WriterReading(now, f"the writer role cannot be read: {error}")

    def _read_settings(self, now: float) -> Steering | str:
        if self._no_settings_at is not None and now - self._no_settings_at < NO_TABLE_SECONDS:
            return ""
        self._no_settings_at = None
        try:
            return parse(settings_table.read(self._status))
        except settings_table.NoTable:
            self._no_settings_at = now
            return Steering(has_table=False)
        except ServerError as error:
            return f"what people have set cannot be read, and counts as it was: {error}"

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
