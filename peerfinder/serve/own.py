"""The own node: what its entrypoint published, and what its server says by file and by SQL."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from peerfinder.adapters import mysql, run_directory
from peerfinder.core.applied import ShownView, match_view
from peerfinder.core.gvwstate import SavedView
from peerfinder.core.heartbeat import age_of, has_server, server_facts
from peerfinder.core.naming import MemberRow
from peerfinder.core.report import FRESH_SECONDS, NodeFacts, NodeReport
from peerfinder.core.snapshot import AppliedView
from peerfinder.core.view import Member
from peerfinder.core.wsrep import ServerFacts
from peerfinder.serve.latest import Latest
from peerfinder.serve.settings import Settings

Process = tuple[str, int]  # start id of the entrypoint and pid of its server: what SQL said is said by one process
Reading = tuple[SavedView, ShownView, SavedView | None]


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
        self._matched: SavedView | None = None
        self.report: NodeReport | None = None
        self.problem = ""
        self.applied: AppliedView | None = None
        self.rows: tuple[MemberRow, ...] = ()  # members that SQL showed last

    async def refresh(self, now: float, patience: float, names: Mapping[str, Member]) -> None:
        """Look at the node; `names` are the members known so far."""
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
        if process is not None:
            by_file = run_directory.read_status(self._settings.run_dir)
            await self._look_inside(now, patience, names)
        self.report, self.problem = NodeReport(facts, server_facts(facts, age, by_file, self._by_sql), age), ""

    async def _look_inside(self, now: float, patience: float, names: Mapping[str, Member]) -> None:
        told = await self._ask_status.within(patience)
        if told is not None and told[0] == self._process:
            self._by_sql, self._by_sql_at = told[1], now
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

    async def _read_status(self) -> tuple[Process | None, ServerFacts]:
        process = self._process
        return process, await asyncio.to_thread(self._status.status)

    async def _read_view(self) -> Reading | str:
        """The three readings that `applied` matches, in their order; a sentence when one of them failed."""
        return await asyncio.to_thread(self._read_view_here)

    def _read_view_here(self) -> Reading | str:
        before = run_directory.read_gvwstate(self._settings.volume)
        if before is None:
            return "gvwstate.dat is gone or not whole: the server leaves or enters a view"
        try:
            shown = self._view.view()
        except mysql.ServerError as error:
            return str(error)
        return before, shown, run_directory.read_gvwstate(self._settings.volume)
