"""The oracle notices each way in which a history can be betrayed, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.chaos.checker import check
from tests.support.chaos.findings import ACCOUNTS, OPENING, Final, GivenUp, Kind
from tests.support.chaos.history import Operation, Outcome, Workload

SUMS = (("chaos_set", "1"),)
OPEN = dict.fromkeys(range(ACCOUNTS), OPENING)


def operation(number: int, workload: Workload, args: tuple[int, ...], outcome=Outcome.OK, seen=(), node="db-0"):
    return Operation("c0", number, node, workload, args, float(number), outcome, number + 0.5, seen)


HISTORY = (
    operation(1, Workload.SET, (11,)),
    operation(2, Workload.SET, (12,), Outcome.UNKNOWN),
    operation(3, Workload.SET, (13,), Outcome.FAIL),
    operation(4, Workload.APPEND, (1, 21, 2, 21), seen=(1, 1, 21, 2, 1, 21)),
    operation(5, Workload.APPEND, (1, 22), seen=(1, 2, 21, 22)),
    operation(6, Workload.APPEND, (1, 23, 2, 23), Outcome.UNKNOWN),
    operation(7, Workload.BANK, (31, 0, 1, 5)),
    operation(8, Workload.BANK, (32, 1, 2, 3), Outcome.UNKNOWN),
    operation(9, Workload.BALANCES, (), seen=(OPENING - 5, OPENING + 5, *(OPENING,) * (ACCOUNTS - 2))),
    operation(10, Workload.COUNTER, ()),
    operation(11, Workload.COUNTER, (), Outcome.UNKNOWN),
)
GOOD = Final(
    node="db-0",
    uuid="u",
    values=(11,),
    lists={1: (21, 22), 2: (21,)},
    balances=OPEN | {0: OPENING - 5, 1: OPENING + 5},
    transfers=((31, 0, 1, 5),),
    counter=1,
    checksums=SUMS,
)


def kinds(final: Final, history=HISTORY, given_up=()) -> set[Kind]:
    return {one.kind for one in check(history, [final], given_up).violations}


def test_a_true_history_has_no_violation_and_is_counted():
    found = check(HISTORY, [GOOD, replace(GOOD, node="db-1")])
    assert found.violations == ()
    assert (found.acknowledged, found.unknown, found.failed) == (6, 4, 1)


UNKNOWNS_TOOK_EFFECT = replace(
    GOOD,
    values=(11, 12),
    lists={1: (21, 22, 23), 2: (21, 23)},
    balances=OPEN | {0: OPENING - 5, 1: OPENING + 2, 2: OPENING + 3},
    transfers=((31, 0, 1, 5), (32, 1, 2, 3)),
    counter=2,
)


def test_an_unknown_commit_may_be_there():
    assert kinds(UNKNOWNS_TOOK_EFFECT) == set()


BETRAYALS = {
    "an acknowledged value is gone": (replace(GOOD, values=()), {Kind.LOST}),
    "a value is there twice": (replace(GOOD, values=(11, 11)), {Kind.DUPLICATE}),
    "a value that nobody wrote": (replace(GOOD, values=(11, 99)), {Kind.INVENTED}),
    "a value whose client was told that it failed": (replace(GOOD, values=(11, 13)), {Kind.REFUSED}),
    "an appended value is gone": (replace(GOOD, lists={1: (21,), 2: (21,)}), {Kind.LOST, Kind.ORDER}),
    "half of an acknowledged append": (replace(GOOD, lists={1: (21, 22)}), {Kind.LOST, Kind.ORDER}),
    "half of an unknown append": (replace(GOOD, lists={1: (21, 22, 23), 2: (21,)}), {Kind.TORN}),
    "an appended value twice": (replace(GOOD, lists={1: (21, 22, 22), 2: (21,)}), {Kind.DUPLICATE}),
    "an appended value that nobody wrote": (replace(GOOD, lists={1: (21, 22, 77), 2: (21,)}), {Kind.INVENTED}),
    "a list in another order than was read": (replace(GOOD, lists={1: (22, 21), 2: (21,)}), {Kind.ORDER}),
    "an acknowledged transfer is gone": (replace(GOOD, transfers=(), balances=OPEN), {Kind.LOST}),
    "a transfer without its money": (replace(GOOD, balances=OPEN), {Kind.TORN}),
    "a transfer of another amount": (replace(GOOD, transfers=((31, 0, 1, 6),)), {Kind.INVENTED, Kind.TORN}),
    "money vanished": (replace(GOOD, balances=OPEN | {0: OPENING - 5}), {Kind.SUM, Kind.TORN}),
    "the counter lost one": (replace(GOOD, counter=0), {Kind.COUNT}),
    "the counter counted nobody's": (replace(GOOD, counter=3), {Kind.COUNT}),
}


@pytest.mark.parametrize("case", BETRAYALS)
def test_it_notices(case):
    final, expected = BETRAYALS[case]
    assert kinds(final) == expected


def test_it_notices_a_read_of_all_accounts_whose_sum_is_off():
    short = operation(12, Workload.BALANCES, (), seen=(OPENING - 1, *(OPENING,) * (ACCOUNTS - 1)))
    assert kinds(GOOD, (*HISTORY, short)) == {Kind.SUM}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (replace(GOOD, node="db-1", checksums=(("chaos_set", "2"),)), {Kind.UNEQUAL}),
        (replace(GOOD, node="db-1", values=(11, 12)), {Kind.UNEQUAL}),
        (replace(GOOD, node="db-1", uuid="v"), {Kind.UUID}),
    ],
    ids=["checksums", "rows", "histories"],
)
def test_it_notices_nodes_that_differ(other, expected):
    assert {one.kind for one in check(HISTORY, [GOOD, other]).violations} == expected


def test_a_loss_on_equal_nodes_is_told_once_and_on_others_by_node():
    lost, whole = replace(GOOD, values=()), replace(GOOD, node="db-1")
    assert len(check(HISTORY, [lost, replace(lost, node="db-1")]).violations) == 1
    assert {one.kind for one in check(HISTORY, [whole, lost]).violations} == {Kind.LOST, Kind.UNEQUAL}


def test_a_write_whose_only_volume_was_given_up_is_excused_and_counted():
    found = check(HISTORY, [replace(GOOD, values=())], [GivenUp("db-0", 1.0, 2.0)])
    assert (found.violations, found.excused) == ((), 1)


@pytest.mark.parametrize("given", [GivenUp("db-1", 0.0, 9.0), GivenUp("db-0", 2.0, 9.0)], ids=["node", "time"])
def test_a_write_of_another_node_or_time_is_not_excused(given):
    assert kinds(replace(GOOD, values=()), given_up=[given]) == {Kind.LOST}


def test_a_violation_names_the_workload_the_node_and_the_operation():
    (found,) = check(HISTORY, [replace(GOOD, values=())]).violations
    assert str(found) == "lost write: 1 of set on db-0: set(11) by c0 at db-0, 1.000 to 1.500: ok"
