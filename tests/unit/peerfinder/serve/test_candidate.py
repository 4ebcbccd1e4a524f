"""A claim is made once, beside the looks, and what is read before its answer does not undo it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from peerfinder.adapters.writer_table import Lost
from peerfinder.core.naming import MemberRow
from peerfinder.core.policy import Policy
from peerfinder.core.report import NodeReport
from peerfinder.core.role import Mode, Role, WriterRow, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.takeover import Refused, RoleNotice, TakeoverOrder
from peerfinder.core.writer import Claim
from peerfinder.core.wsrep import ServerError
from peerfinder.serve import candidate
from peerfinder.serve.candidate import KNOWN_SECONDS, RETRY_SECONDS, Attempt, Candidate, Won
from peerfinder.serve.own import WriterReading
from tests.support.sights import NAMES, a_lone_server, a_member, a_uuid

OLD, NEW = WriterRow("db-9", 4), WriterRow("db-0", 5)  # db-9 is no member
ROWS = tuple(MemberRow(a_uuid(name), name, "10.0.0.1:0") for name in NAMES)
PATIENCE = 5.0


class Table:
    """The row; `claim` answers by a function."""

    def __init__(self, answer: Callable[[], WriterRow | Lost]) -> None:
        self._answer = answer
        self.claims: list[Claim] = []
        self.notes: list[WriterRow] = []
        self.gaps: list[float | None] = []
        self.note_error = ""

    def claim(self, claim: Claim, me: str) -> WriterRow | Lost:
        assert me == "db-0"
        self.claims.append(claim)
        return self._answer()

    def note(self, claim: Claim, row: WriterRow, gap: float | None) -> None:
        self.notes.append(row)
        self.gaps.append(gap)
        if self.note_error:
            raise ServerError(self.note_error)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set."""
    times = [1.5]
    monkeypatch.setattr(candidate.clock, "now", lambda: times[0])
    return times


def seen(now: float, *reports: NodeReport) -> ClusterSnapshot:
    found = reports or tuple(a_member(name) for name in NAMES)
    return ClusterSnapshot("db-0", now, "b", NAMES, {one.facts.name: one for one in found})


def read(asked: float, row: WriterRow | str) -> WriterReading:
    return WriterReading(asked, row, ROWS)


def node(table: Table, mode: Mode = Mode.SINGLE) -> Candidate:
    return Candidate("db-0", Policy(mode), table)


def test_who_wins_is_the_primary_of_the_same_look_and_notes_it():
    async def live() -> tuple[WriterView, Table]:
        table = Table(lambda: NEW)
        one = node(table)
        view = await one.settle(seen(1.0), read(1.0, OLD), PATIENCE)
        assert one._noting
        await one._noting
        return view, table

    view, table = asyncio.run(live())
    assert (view.node, view.epoch, view.role) == ("db-0", 5, Role.PRIMARY)
    assert [claim.expected for claim in table.claims] == [OLD]
    assert table.notes == [NEW]


def test_a_row_that_was_asked_for_before_the_answer_does_not_count_and_a_later_one_does(clock: list[float]):
    async def live() -> list[tuple[str, int]]:
        table = Table(lambda: NEW)
        one, found = node(table), []
        for now, asked, row in ((1.0, 1.0, OLD), (2.0, 1.0, OLD), (3.0, 3.0, NEW), (4.0, 4.0, WriterRow("db-1", 6))):
            clock[0] = now + 0.5
            view = await one.settle(seen(now), read(asked, row), PATIENCE)
            found.append((view.node, view.epoch))
        assert len(table.claims) == 1
        return found

    assert asyncio.run(live()) == [("db-0", 5), ("db-0", 5), ("db-0", 5), ("db-1", 6)]


def test_a_claim_that_waits_is_not_made_twice_and_holds_up_no_look():
    async def live() -> list[Role]:
        release = threading.Event()
        table = Table(lambda: NEW if release.wait(10) else Lost())
        one = node(table)
        roles = [(await one.settle(seen(now), read(now, OLD), 0.01)).role for now in (1.0, 1.3, 1.6)]
        assert len(table.claims) == 1
        release.set()
        assert one._attempt
        await asyncio.wait((one._attempt.future,))
        roles.append((await one.settle(seen(1.9), read(1.9, NEW), 0.01)).role)
        return roles

    assert asyncio.run(live()) == [Role.SECONDARY, Role.SECONDARY, Role.SECONDARY, Role.PRIMARY]


def test_who_was_overtaken_looks_again_and_who_was_refused_waits_a_little(clock: list[float]):
    async def live(answer: Lost) -> tuple[int, str]:
        table = Table(lambda: answer)
        one = node(table)
        for now in (1.0, 1.3, 1.0 + RETRY_SECONDS):
            clock[0] = now
            await one.settle(seen(now), read(now, OLD), PATIENCE)
        return len(table.claims), one.problem

    assert asyncio.run(live(Lost())) == (3, "")
    assert asyncio.run(live(Lost("locked"))) == (2, "the writer role could not be claimed: locked")


def test_a_history_that_cannot_be_written_costs_nothing(caplog: pytest.LogCaptureFixture):
    async def live() -> Role:
        table = Table(lambda: NEW)
        table.note_error = "locked"
        one = node(table)
        view = await one.settle(seen(1.0), read(1.0, OLD), PATIENCE)
        assert one._noting
        await one._noting
        return view.role

    assert asyncio.run(live()) is Role.PRIMARY
    assert "the history of the writer role has a gap" in caplog.text


HELD = WriterRow("db-1", 4)


def test_a_takeover_that_was_ordered_claims_though_the_holder_is_ready(clock: list[float]):
    async def live() -> tuple[WriterView, WriterView, Candidate, Table]:
        table = Table(lambda: NEW)
        one, snapshot, reading = node(table), seen(1.0), read(1.0, HELD)
        before = await one.settle(snapshot, reading, PATIENCE)
        attempt = one.take_over(snapshot, reading, TakeoverOrder(drain=7.0, expect=4))
        assert isinstance(attempt, Attempt)
        assert one.take_over(snapshot, reading, TakeoverOrder()) is attempt  # a second order waits for the same claim
        await asyncio.wait((attempt.future,))
        clock[0] += 0.25
        after = one.view(snapshot, reading)
        assert one._noting
        await one._noting
        return before, after, one, table

    before, after, one, table = asyncio.run(live())
    assert (before.role, after.role, after.epoch) == (Role.SECONDARY, Role.PRIMARY, 5)
    assert one.won == Won(NEW, "db-1", 0.25, RoleNotice(NEW, 7.0))
    assert ([claim.reason for claim in table.claims], table.gaps) == (["takeover"], [0.25])


def test_an_order_that_is_refused_claims_nothing():
    table = Table(lambda: NEW)
    verdict = node(table).take_over(seen(1.0), read(1.0, HELD), TakeoverOrder(expect=3))
    assert verdict == Refused("the role has moved: db-1 holds it since epoch 4")
    assert table.claims == []


def test_what_the_winner_tells_counts_until_the_own_server_has_caught_up(clock: list[float]):
    mine, told = WriterRow("db-0", 4), WriterRow("db-2", 5)
    one = node(Table(Lost))
    assert asyncio.run(one.settle(seen(1.0), read(1.0, mine), PATIENCE)).role is Role.PRIMARY
    one.hear(told)
    one.hear(WriterRow("db-1", 3))  # an old notice that came late
    assert one.view(seen(1.0), read(1.0, mine)).role is Role.SECONDARY
    later = asyncio.run(one.settle(seen(3.0), read(3.0, mine), PATIENCE))
    assert (later.role, later.node) == (Role.SECONDARY, "db-2")
    after = clock[0] + KNOWN_SECONDS  # a row that stays behind for so long was set back by a person
    assert asyncio.run(one.settle(seen(after), read(after, mine), PATIENCE)).role is Role.PRIMARY


NOTHING = {
    "outside a Primary": (seen(1.0, a_lone_server("db-0")), read(1.0, OLD), Mode.SINGLE, Role.NONE),
    "before the first reading": (seen(1.0), None, Mode.SINGLE, Role.NONE),
    "where the row cannot be read": (seen(1.0), read(1.0, "locked"), Mode.SINGLE, Role.NONE),
    "in mode multi": (seen(1.0), None, Mode.MULTI, Role.PRIMARY),
    "while the holder is ready": (seen(1.0), read(1.0, WriterRow("db-1", 4)), Mode.SINGLE, Role.SECONDARY),
}


@pytest.mark.parametrize("case", NOTHING)
def test_nothing_is_claimed(case: str):
    snapshot, reading, mode, role = NOTHING[case]
    table = Table(lambda: NEW)
    view = asyncio.run(node(table, mode).settle(snapshot, reading, PATIENCE))
    assert (view.role, table.claims) == (role, [])


def test_data_without_the_table_are_a_trouble_that_is_told():
    one = node(Table(lambda: NEW))
    asyncio.run(one.settle(seen(1.0), WriterReading(1.0, "no table", lasts=True), PATIENCE))
    assert one.problem == "no table"


def test_a_member_that_nobody_can_name_may_be_the_holder():
    unnamed = MemberRow("ffffffff-0000-11f1-9000-000000000009", "x" * 32, "10.0.0.9:0")
    table = Table(lambda: NEW)
    reading = WriterReading(1.0, OLD, (*ROWS, unnamed))
    view = asyncio.run(node(table).settle(seen(1.0), reading, PATIENCE))
    assert (view.node, view.reason, table.claims) == ("db-9", "it gives no report", [])


def test_a_change_is_logged_with_its_gap(caplog: pytest.LogCaptureFixture, clock: list[float]):
    caplog.set_level("INFO")

    async def live() -> None:
        one = node(Table(Lost))
        await one.settle(seen(10.0), read(10.0, WriterRow("db-1", 4)), PATIENCE)
        clock[0] = 12.5
        await one.settle(seen(12.5), read(12.5, WriterRow("db-2", 5)), PATIENCE)

    asyncio.run(live())
    told = [record.facts for record in caplog.records if record.message == "writer"]  # type: ignore[attr-defined]
    assert told == [{"node": "db-1", "epoch": "4"}, {"node": "db-2", "epoch": "5", "was": "db-1", "gap": "2.5s"}]
