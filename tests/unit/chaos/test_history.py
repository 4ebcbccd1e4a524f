"""A history survives its file, and a client that dies leaves its last operation unknown."""

from __future__ import annotations

from tests.support.chaos.history import (
    Operation,
    Outcome,
    Workload,
    completion,
    invocation,
    lists_seen,
    longest_gap,
    pairs,
    parse,
)

APPEND = Operation(
    "c1", 3, "db-2", Workload.APPEND, (1, 7, 4, 7), 1.0, Outcome.OK, 1.5, (1, 2, 6, 7, 4, 1, 7)
)  # fmt: skip
REFUSED = Operation("c1", 4, "db-2", Workload.SET, (8,), 2.0, Outcome.FAIL, 2.5, (), "1213 deadlock")


def test_what_is_written_is_read():
    lines = [invocation(APPEND), completion(APPEND), invocation(REFUSED), completion(REFUSED)]
    assert parse(lines) == (APPEND, REFUSED)


def test_an_operation_without_its_second_line_is_unknown():
    (found,) = parse([invocation(APPEND), completion(APPEND)[:20]])
    assert (found.outcome, found.ended, found.args) == (Outcome.UNKNOWN, None, APPEND.args)


def test_appends_tell_their_pairs_and_the_lists_that_they_saw():
    assert pairs(APPEND) == ((1, 7), (4, 7))
    assert lists_seen(APPEND) == {1: (6, 7), 4: (7,)}


def test_the_longest_gap_counts_acknowledged_writes_only():
    read = Operation("c2", 1, "db-0", Workload.BALANCES, (), 3.0, Outcome.OK, 4.0)
    assert longest_gap([APPEND, REFUSED, read], 0.0, 6.0) == 4.5
