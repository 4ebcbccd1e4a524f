"""From whom may a copy be taken?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from peerfinder.core.codec import Malformed, from_json
from peerfinder.core.copying import Allowed, CopyOrder, Refused, Why, describe, may_copy, reason_to_leave
from peerfinder.core.report import Copying, NodeReport, Phase, Purpose
from peerfinder.core.standing import flags_of
from peerfinder.core.wedge import Go, StepIn, StepOut, decide
from peerfinder.core.wsrep import WsrepState
from tests.support.sights import a_lone_server, a_member, a_waiting_node


def member(name: str = "db-1", **server: Any) -> NodeReport:
    one = a_member(name)
    return replace(one, server=replace(one.server, **server))


UNDER_WAY = Copying(Purpose.BACKUP, sent=3 << 20, total=12 << 20, seconds=4.0)
MINE, OTHERS = member(), (member("db-0"), member("db-2"))
DONOR = member(state=WsrepState.DONOR)
BACKUP, SEED = CopyOrder(Purpose.BACKUP), CopyOrder(Purpose.SEED)

GIVEN = {
    "a secondary beside two others": (BACKUP, MINE, OTHERS, False),
    "the writer, where that is said": (replace(BACKUP, allow_writer=True), MINE, OTHERS, True),
    "beside one other, where that is said": (replace(BACKUP, allow_few=True), MINE, OTHERS[:1], False),
    "alone, where that is said": (replace(BACKUP, allow_few=True), MINE, (), False),
    "a seed beside one other": (SEED, MINE, OTHERS[:1], False),
    "a seed of the last node": (replace(SEED, allow_writer=True), MINE, (), True),
}


@pytest.mark.parametrize("case", GIVEN)
def test_a_copy_is_given(case: str):
    order, mine, others, is_writer = GIVEN[case]
    assert may_copy(order, "db-1", mine, others, is_writer=is_writer) == Allowed()


ALONE = "while db-1 is copied, one more failure would be an outage"
REFUSED = {
    "no report": (BACKUP, None, OTHERS, False, Why.STATE, "db-1 is in no Primary component"),
    "no server": (BACKUP, a_waiting_node("db-1"), OTHERS, False, Why.STATE, "db-1 is in no Primary component"),
    "no Primary": (BACKUP, a_lone_server("db-1"), OTHERS, False, Why.STATE, "db-1 is in no Primary component"),
    "told to stop": (
        BACKUP, replace(MINE, facts=replace(MINE.facts, phase=Phase.STOPPING)), OTHERS, False, Why.STATE,
        "db-1 is in no Primary component"),
    "in maintenance": (
        BACKUP, member(maintenance="today"), OTHERS, False, Why.STATE, "db-1 is in maintenance since today"),
    "stuck": (BACKUP, member(stuck="it stands"), OTHERS, False, Why.STATE, "db-1 is stuck: it stands"),
    "out of flow control": (
        BACKUP, member(stepped_out=True, desynced=True, recv_queue=9, state=WsrepState.DONOR), OTHERS, False, Why.STATE,
        "db-1 catches up after it was out of flow control, with 9 write sets waiting"),
    "desynced by a person": (
        BACKUP, member(desynced=True, state=WsrepState.DONOR), OTHERS, False, Why.STATE,
        "db-1 is desynced, and not by its sidecar"),
    "a donor": (BACKUP, DONOR, OTHERS, False, Why.STATE, "db-1 gives its state to a node that joins"),
    "joined, and not Synced": (
        BACKUP, member(state=WsrepState.JOINED), OTHERS, False, Why.STATE, "db-1 is Joined, not Synced"),
    "another copy": (
        SEED, replace(MINE, copying=UNDER_WAY), OTHERS, False, Why.BUSY,
        "another copy of db-1 is under way: backup 3.0 MiB of 12.0 MiB (25 %)"),
    "the writer": (BACKUP, MINE, OTHERS, True, Why.WRITER, "db-1 is the writer, whose clients would feel a copy"),
    "the writer, for a seed": (SEED, MINE, (), True, Why.WRITER, "db-1 is the writer, whose clients would feel a copy"),
    "one other": (BACKUP, MINE, OTHERS[:1], False, Why.FEW, f"only db-0 is Synced besides db-1: {ALONE}"),
    "one other that is well": (
        BACKUP, MINE, (OTHERS[0], member("db-2", stuck="x")), False, Why.FEW,
        f"only db-0 is Synced besides db-1: {ALONE}"),
    "others that are none": (
        BACKUP, MINE, (a_lone_server("db-0"), member("db-2", maintenance="x")), False, Why.FEW,
        f"no other node is Synced besides db-1: {ALONE}"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_copy_is_refused(case: str):
    order, mine, others, is_writer, why, reason = REFUSED[case]
    verdict = may_copy(order, "db-1", mine, others, is_writer=is_writer)
    assert isinstance(verdict, Refused)
    assert (verdict.why, verdict.reason) == (why, reason)
    assert verdict.remedy
    assert verdict.passing is (case == "out of flow control")


@pytest.mark.parametrize(
    ("raw", "wrong"),
    [
        ({}, "purpose"),
        ({"purpose": "fun"}, "$.purpose"),
        ({"purpose": "seed", "parallel": 0}, "parallel is 0, and has to be from 1 to 64"),
        ({"purpose": "seed", "parallel": 65}, "parallel is 65"),
        ({"purpose": "seed", "parallel": "4"}, "$.parallel: expected int"),
        ({"purpose": "seed", "kbytes_per_second": -1}, "kbytes_per_second is -1"),
        ([], "expected an object"),
    ],
)
def test_an_order_is_read_strictly(raw: object, wrong: str):
    with pytest.raises(Malformed, match=wrong.replace("$", r"\$")):
        from_json(CopyOrder, raw)


def test_how_far_it_is_is_a_flag_of_the_node():
    assert flags_of(replace(MINE, copying=UNDER_WAY)) == ("backup 3.0 MiB of 12.0 MiB (25 %)",)
    assert describe(Copying(Purpose.SEED, sent=512)) == "seed 512 B"
    assert Copying(Purpose.SEED, sent=9, total=8).percent == 100


COPIED = replace(MINE, copying=UNDER_WAY)
OUT = StepOut("a copy of it is under way (backup)", is_stuck=False)
STEPS = {
    "it steps out": (COPIED, OTHERS, {}, OUT),
    "it stays out": (replace(COPIED, server=replace(COPIED.server, desynced=True)), OTHERS, {"is_out": True}, OUT),
    "it stays in as the writer": (COPIED, OTHERS, {"holds_role": True}, Go()),
    "it stays in where no other node could serve": (COPIED, (a_lone_server("db-0"),), {}, Go()),
    "it steps in where no other can serve any more": (COPIED, (a_lone_server("db-0"),), {"is_out": True}, StepIn()),
    "it steps in when the copy has ended": (MINE, OTHERS, {"is_out": True}, StepIn()),
    "what a person has desynced stays": (
        replace(COPIED, server=replace(COPIED.server, desynced=True)), OTHERS, {}, Go()),
}  # fmt: skip


@pytest.mark.parametrize("case", STEPS)
def test_a_node_that_is_copied_leaves_flow_control(case: str):
    mine, others, more, step = STEPS[case]
    given: dict[str, Any] = {"is_out": False, "was_stuck": False, **more}
    assert decide(None, mine, others, 9.0, stuck=30.0, **given) == step


def test_no_copy_is_no_reason_to_leave():
    assert reason_to_leave(None) == ""
