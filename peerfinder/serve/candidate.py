"""This node's part in the writer role: it watches who holds it, and claims it when it is this node's turn.

The rules are in `core.writer`; here is what they cannot have, the time and the server. A claim commits in the group and
may wait there until a dead member is given up, so it is made in a thread; the look that starts it waits a little, any
later one only takes its result.

An epoch never goes back. So once this node has won one, or was told of one by the node that did, a reading with a lower
epoch is an old one: it was asked before, or the write set is still in the queue of the own server.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace

from peerfinder.adapters import clock, writer_table
from peerfinder.core.naming import member_of, with_names
from peerfinder.core.policy import Policy, steered, wishes
from peerfinder.core.role import WriterRow, WriterView
from peerfinder.core.routing import view_of
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.takeover import RoleNotice, TakeoverOrder, Verdict, consider, serves_on
from peerfinder.core.tenure import Tenure, completed, gap_of_claim, handover, observe
from peerfinder.core.writer import Claim, Decision, WriterFacts, decide
from peerfinder.core.wsrep import ServerError
from peerfinder.serve.claims import Table
from peerfinder.serve.own import WriterReading

RETRY_SECONDS = 1.0  # after a claim that failed for another reason than that somebody was first
KNOWN_SECONDS = 10.0  # in which a queue is applied; a row that goes back for longer was set back by a person

log = logging.getLogger("peerfinder")


@dataclass(frozen=True)
class Attempt:
    """A claim on its way."""

    claim: Claim
    future: asyncio.Future[WriterRow | writer_table.Lost]
    began: float
    serves_on: bool  # the holder does, until it hears of this
    drain: float | None = None


@dataclass(frozen=True)
class Won:
    """A claim that this node has won."""

    row: WriterRow
    former: str
    gap: float | None
    notice: RoleNotice


class Candidate:
    """One node and the role."""

    def __init__(self, me: str, policy: Policy, table: Table) -> None:
        self._me, self._configured, self._table = me, policy, table
        self._policy = policy  # with what people have set
        self._tenure: Tenure | None = None
        self._known: tuple[WriterRow, float] | None = None  # the highest epoch that was won here, or told; when
        self._attempt: Attempt | None = None
        self._retry_at = 0.0
        self._noting: asyncio.Future[None] | None = None
        self._trouble = ""  # why the last claim failed
        self.won: Won | None = None  # the last claim of this node that won
        self.problem = ""  # that, or why there is no role

    async def settle(self, snapshot: ClusterSnapshot, reading: WriterReading | None, patience: float) -> WriterView:
        """Give the role as this look finds it, having claimed it if that is this node's task."""
        now = snapshot.written_at
        self._policy = steered(self._configured, snapshot.steering)
        self._take_result()
        facts, decision = self._judge(snapshot, reading, now)
        if isinstance(decision, Claim) and self._attempt is None and now >= self._retry_at:
            attempt = self._begin(decision, facts, None)
            await asyncio.wait((attempt.future,), timeout=patience)
            return self.view(snapshot, reading)
        return self._view_of(snapshot, reading, facts, decision)

    def view(self, snapshot: ClusterSnapshot, reading: WriterReading | None) -> WriterView:
        """Give the role as it is now, by what a look has found and what has come since."""
        self._take_result()
        facts, decision = self._judge(snapshot, reading, clock.now())
        return self._view_of(snapshot, reading, facts, decision)

    def take_over(
        self, snapshot: ClusterSnapshot, reading: WriterReading | None, order: TakeoverOrder
    ) -> Verdict | Attempt:
        """Claim the role because that was ordered; gives the claim on its way, or why there is none."""
        self._take_result()
        if self._attempt is not None:
            return self._attempt  # it is about to be the writer anyhow
        facts, _decision = self._judge(snapshot, reading, clock.now())
        verdict = consider(facts, self._policy, order)
        return self._begin(verdict, facts, order.drain) if isinstance(verdict, Claim) else verdict

    def hear(self, row: WriterRow) -> None:
        """Take note of a row that the node which claimed it has told."""
        if self._known is None or row.epoch > self._known[0].epoch:
            self._known = row, clock.now()

    def _begin(self, claim: Claim, facts: WriterFacts, drain: float | None) -> Attempt:
        future = asyncio.ensure_future(asyncio.to_thread(self._table.claim, claim, self._me))
        self._attempt = Attempt(claim, future, clock.now(), serves_on(facts), drain)
        return self._attempt

    def _view_of(
        self, snapshot: ClusterSnapshot, reading: WriterReading | None, facts: WriterFacts, decision: Decision
    ) -> WriterView:
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
            self._tenure = self._known = None
            return facts, decide(facts, self._policy)
        tenure = observe(self._tenure, facts, self._policy, now)
        if tenure is not None:
            self._tell(tenure, now)
            self._tenure, facts = tenure, completed(tenure, facts, now)
        return facts, decide(facts, self._policy)

    def _row(self, reading: WriterReading | None) -> WriterRow | str:
        row = reading.row if reading else "the writer role has not been read yet"
        if self._known and reading and isinstance(row, WriterRow):
            known, at = self._known
            return known if reading.asked < at + KNOWN_SECONDS and row.epoch < known.epoch else row
        return row

    def _take_result(self) -> None:
        if self._attempt is None or not self._attempt.future.done():
            return
        attempt, self._attempt = self._attempt, None
        result, now = attempt.future.result(), clock.now()
        if isinstance(result, writer_table.Lost):
            self._trouble = f"the writer role could not be claimed: {result.trouble}" if result.trouble else ""
            if result.trouble:
                self._retry_at = now + RETRY_SECONDS
            return
        self._trouble = ""
        self.hear(result)
        gap = gap_of_claim(self._tenure, serves_on=attempt.serves_on, began=attempt.began, now=now)
        self.won = Won(result, attempt.claim.expected.node, gap, RoleNotice(result, attempt.drain))
        facts = {"epoch": str(result.epoch), "reason": attempt.claim.reason}
        log.info("this node has claimed the writer role", extra={"facts": facts})
        self._noting = asyncio.ensure_future(self._note(attempt.claim, result, gap))

    async def _note(self, claim: Claim, row: WriterRow, gap: float | None) -> None:
        try:
            await asyncio.to_thread(self._table.note, claim, row, gap)
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
