"""This node's part in the writer role: it watches who holds it, and claims it when it is this node's turn.

The rules are in `core.writer`; here is what they cannot have, the time and the server. A claim commits in the group and
may wait there until a dead member is given up, so it is made in a thread; the look that starts it waits a little, any
later one only takes its result. What a look reads before a claim of its own was answered does not count against it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Protocol

from peerfinder.adapters import clock, mysql, run_directory, writer_table
from peerfinder.core.naming import member_of, with_names
from peerfinder.core.policy import Policy, steered, wishes
from peerfinder.core.role import WriterRow, WriterView
from peerfinder.core.routing import view_of
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.tenure import Tenure, completed, handover, observe
from peerfinder.core.writer import Claim, Decision, WriterFacts, decide
from peerfinder.core.wsrep import ServerError
from peerfinder.serve.own import WriterReading
from peerfinder.serve.settings import Settings

RETRY_SECONDS = 1.0  # after a claim that failed for another reason than that somebody was first

log = logging.getLogger("peerfinder")


class Table(Protocol):
    """The row and its history, on the own server; both block."""

    def claim(self, claim: Claim, me: str) -> WriterRow | writer_table.Lost:
        """Try to become the writer."""

    def note(self, claim: Claim, row: WriterRow) -> None:
        """Write a claim that won into the history; raises ServerError."""


class OwnServer:
    """The real ones. A connection of each serves one thread, and is closed after its work."""

    def __init__(self, settings: Settings) -> None:
        socket = settings.run_dir / run_directory.SERVER_SOCKET
        login = settings.monitor_user, settings.monitor_password_file
        self._claims = mysql.Server(socket, *login, mysql.CLAIM_SECONDS)
        self._notes = mysql.Server(socket, *login, mysql.CLAIM_SECONDS)

    def claim(self, claim: Claim, me: str) -> WriterRow | writer_table.Lost:
        """Try to become the writer."""
        try:
            return writer_table.claim(self._claims, claim.expected, me, claim.reason)
        finally:
            self._claims.close()

    def note(self, claim: Claim, row: WriterRow) -> None:
        """Write into the history."""
        try:
            writer_table.note(self._notes, claim.expected, row, claim.reason)
        finally:
            self._notes.close()


class Candidate:
    """One node and the role."""

    def __init__(self, me: str, policy: Policy, table: Table) -> None:
        self._me, self._configured, self._table = me, policy, table
        self._policy = policy  # with what people have set
        self._tenure: Tenure | None = None
        self._won: tuple[WriterRow, float] | None = None
        self._claiming: tuple[asyncio.Future[WriterRow | writer_table.Lost], Claim] | None = None
        self._retry_at = 0.0
        self._noting: asyncio.Future[None] | None = None
        self._trouble = ""  # why the last claim failed
        self.problem = ""  # that, or why there is no role

    async def settle(self, snapshot: ClusterSnapshot, reading: WriterReading | None, patience: float) -> WriterView:
        """Give the role as this look finds it, having claimed it if that is this node's task."""
        now = snapshot.written_at
        self._policy = steered(self._configured, snapshot.steering)
        await self._take_result(0.0)
        facts, decision = self._judge(snapshot, reading, now)
        if isinstance(decision, Claim) and self._claiming is None and now >= self._retry_at:
            self._claiming = asyncio.ensure_future(asyncio.to_thread(self._table.claim, decision, self._me)), decision
            await self._take_result(patience)
            facts, decision = self._judge(snapshot, reading, clock.now())
        self.problem = str(reading.row) if reading and reading.lasts else self._trouble
        mine = snapshot.own_report
        is_member = mine is not None and mine.server.is_primary
        view = view_of(decision, facts.row, self._policy.mode, is_member=is_member)
        return replace(view, preferences=wishes(self._policy))

    def _judge(
        self, snapshot: ClusterSnapshot, reading: WriterReading | None, now: float
    ) -> tuple[WriterFacts, Decision]:
        facts = WriterFacts(
            self._me,
            {name: report for name, report in snapshot.reports.items() if report.is_fresh or name == self._me},
            _members(snapshot, reading),
            self._row(reading),
        )
        mine = snapshot.own_report
        if mine is None or not mine.server.is_primary:
            self._tenure = self._won = None
            return facts, decide(facts, self._policy)
        tenure = observe(self._tenure, facts, self._policy, now)
        if tenure is not None:
            self._tell(tenure, now)
            self._tenure, facts = tenure, completed(tenure, facts, now)
        return facts, decide(facts, self._policy)

    def _row(self, reading: WriterReading | None) -> WriterRow | str:
        row = reading.row if reading else "the writer role has not been read yet"
        if self._won and reading and isinstance(row, WriterRow):
            won, at = self._won
            return won if reading.asked < at and row.epoch < won.epoch else row
        return row

    async def _take_result(self, patience: float) -> None:
        if self._claiming is None:
            return
        future, claim = self._claiming
        if not future.done():
            await asyncio.wait((future,), timeout=patience)
        if not future.done():
            return
        self._claiming, result = None, future.result()
        if isinstance(result, WriterRow):
            self._trouble = ""
            self._won = result, clock.now()
            facts = {"epoch": str(result.epoch), "reason": claim.reason}
            log.info("this node has claimed the writer role", extra={"facts": facts})
            self._noting = asyncio.ensure_future(self._note(claim, result))
            return
        self._trouble = f"the writer role could not be claimed: {result.trouble}" if result.trouble else ""
        if result.trouble:
            self._retry_at = clock.now() + RETRY_SECONDS

    async def _note(self, claim: Claim, row: WriterRow) -> None:
        try:
            await asyncio.to_thread(self._table.note, claim, row)
        except ServerError as error:
            log.warning("the history of the writer role has a gap", extra={"facts": {"reason": str(error)}})

    def _tell(self, tenure: Tenure, now: float) -> None:
        moved = handover(self._tenure, tenure.row, now)
        if moved is None and self._tenure is not None:
            return
        facts = {"node": tenure.row.node or "-", "epoch": str(tenure.row.epoch)}
        if moved:
            facts["was"] = moved.former.node or "-"
            if moved.gap is not None:
                facts["gap"] = f"{moved.gap:.1f}s"
        log.info("writer", extra={"facts": facts})


def _members(snapshot: ClusterSnapshot, reading: WriterReading | None) -> frozenset[str]:
    rows = reading.members if reading else ()
    members = with_names((member_of(row, snapshot.me) for row in rows), snapshot.names)
    return frozenset(member.name for member in members)
