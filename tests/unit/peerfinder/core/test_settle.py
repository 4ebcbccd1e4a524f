"""When a look per second is enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.memory import ClusterMemory, Mark
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.settle import BUSY_PERIOD, QUIET_SECONDS, SETTLED_PERIOD, fingerprint, period
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.steering import Steering
from peerfinder.core.wsrep import WsrepState
from tests.support.sights import FIRST_EPOCH, NAMES, a_member, a_waiting_node

ALL_WELL = ClusterSnapshot("db-0", 0.0, "b", expected=NAMES, reports={name: a_member(name) for name in NAMES})
BUSY = {
    "something changed lately": (ALL_WELL, QUIET_SECONDS - 0.1),
    "an expected node does not report": (replace(ALL_WELL, reports={name: a_member(name) for name in NAMES[:2]}), 99),
    "how many are expected is unknown": (replace(ALL_WELL, expected=None), 99),
    "the own server is a donor": (
        replace(ALL_WELL, reports={**ALL_WELL.reports, "db-0": a_member("db-0", state=WsrepState.DONOR)}),
        99,
    ),
    "the own node waits": (replace(ALL_WELL, reports={**ALL_WELL.reports, "db-0": a_waiting_node("db-0")}), 99),
}


@pytest.mark.parametrize(("snapshot", "quiet"), BUSY.values(), ids=BUSY)
def test_busy_while(snapshot: ClusterSnapshot, quiet: float) -> None:
    assert period(snapshot, quiet) == BUSY_PERIOD


def test_settled_when_all_report_and_nothing_moves() -> None:
    assert period(ALL_WELL, QUIET_SECONDS) == SETTLED_PERIOD


def test_a_node_in_maintenance_may_stay_so_for_days() -> None:
    rests = a_member("db-0", state=WsrepState.DONOR)
    rests = replace(rests, server=replace(rests.server, maintenance="2026-11-28 14:01:50 UTC"))
    assert period(replace(ALL_WELL, reports={**ALL_WELL.reports, "db-0": rests}), QUIET_SECONDS) == SETTLED_PERIOD


def test_numbers_that_always_move_are_no_change() -> None:
    later = {name: replace(a_member(name, seqno=900), age=1.2) for name in NAMES}
    memory = ClusterMemory(mark=Mark(FIRST_EPOCH, 5), version=4)
    before = replace(ALL_WELL, memory=ClusterMemory())
    assert fingerprint(before) == fingerprint(replace(before, reports=later, memory=memory, written_at=7.0))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(ALL_WELL, expected=NAMES[:2]), id="expected nodes"),
        pytest.param(replace(ALL_WELL, silent={"db-3": "x"}), id="a silent node"),
        pytest.param(replace(ALL_WELL, dns="broken"), id="DNS"),
        pytest.param(replace(ALL_WELL, steering=Steering(Mode.MULTI)), id="what people have set"),
        pytest.param(replace(ALL_WELL, memory=ClusterMemory(ballot=FIRST_EPOCH)), id="the ballot of the memory"),
        pytest.param(replace(ALL_WELL, reports={**ALL_WELL.reports, "db-1": a_waiting_node("db-1")}), id="a phase"),
    ],
)
def test_a_change_of(other: ClusterSnapshot) -> None:
    assert fingerprint(other) != fingerprint(ALL_WELL)


def test_a_new_writer_is_a_change() -> None:
    writer = WriterView(Mode.SINGLE, "db-1", 4, Role.SECONDARY)
    assert fingerprint(replace(ALL_WELL, writer=writer)) != fingerprint(ALL_WELL)
    again = replace(writer, reason="another sentence")
    assert fingerprint(replace(ALL_WELL, writer=writer)) == fingerprint(replace(ALL_WELL, writer=again))
