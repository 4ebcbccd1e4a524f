"""A seed gives one schedule, always the same; everything that is promised can come up."""

from __future__ import annotations

import pytest

from tests.support.chaos.faults import CATALOGUE, Fault, How, What, Whom, again, gaps, proof, schedule, spoil, victims
from tests.support.chaos.findings import Findings, Kind, Violation
from tests.support.chaos.telling import Recovery, Result, failure, line, totals

NAMES = ("db-0", "db-1", "db-2")
MANY = [schedule(seed) for seed in range(3000)]
FAULTS = [fault for one in MANY for fault in one.faults]


def test_a_seed_gives_the_same_schedule_again():
    assert [schedule(seed) for seed in range(50)] == MANY[:50]


def test_every_fault_comes_up_against_everybody_in_every_way():
    wanted = {
        (what, whom, how, detail)
        for what, (weight, whoms, hows, details) in CATALOGUE.items()
        for whom in whoms
        for how in hows
        for detail in details
        if weight
    }
    assert {(one.what, one.whom, one.how, one.detail) for one in FAULTS} == wanted


def test_partitions_come_up_only_where_nodes_are_isolated():
    assert What.PARTITION not in {one.what for one in FAULTS}
    assert schedule(1, (What.PARTITION,), isolated=True).faults[0].what is What.PARTITION


def test_only_the_faults_that_were_asked_for():
    assert {fault.what for seed in range(50) for fault in schedule(seed, (What.KILL,)).faults} == {What.KILL}


@pytest.mark.parametrize(
    ("whom", "count"), [(Whom.ONE, 1), (Whom.WRITER, 1), (Whom.READER, 1), (Whom.MAJORITY, 2), (Whom.ALL, 3)]
)
def test_so_many_are_hit(whom, count):
    for dice in range(20):
        hit = victims(Fault(What.KILL, whom, How.AT_ONCE, 1, 1, dice=dice), NAMES, "db-1")
        assert len(set(hit)) == count
        assert whom not in (Whom.WRITER, Whom.READER) or (hit == ("db-1",)) == (whom is Whom.WRITER)


def test_without_a_writer_somebody_is_hit():
    assert len(victims(Fault(What.KILL, Whom.WRITER, How.AT_ONCE, 1, 1), NAMES, "")) == 1


def test_chances_are_the_same_again():
    fault = Fault(What.KILL, Whom.ALL, How.REPEATED, 1, 1, dice=5)
    assert again(fault) == again(fault) != ()
    assert gaps(fault, 3) == gaps(fault, 3)
    assert gaps(fault, 3)[0] == 0.0
    assert again(Fault(What.KILL, Whom.ALL, How.AT_ONCE, 1, 1, dice=5)) == ()


GRASTATE = "# GALERA saved state\nversion: 2.1\nuuid:    u\nseqno:   -1\nsafe_to_bootstrap: 0\n"


def test_grastate_is_spoilt_in_each_way():
    left = {way: spoil(GRASTATE, way) for way in CATALOGUE[What.SPOIL][3]}
    assert left["empty"] == b""
    assert left["missing"] is None
    assert left["safe to bootstrap"] == GRASTATE.replace("bootstrap: 0", "bootstrap: 1").encode()
    assert left["no newline"] == GRASTATE.rstrip().encode()
    assert len(set(left.values())) == len(left)


LOST = Result(
    schedule(7), Findings((Violation(Kind.LOST, "one"),), 10, 1, 0, 0), (Recovery(1, 4.0, 2.0),), 30.0, 3.0,
    ("  1.00 s  kill all",), "--- db-0\nwaiting", "chaos/seed-7", ("innodb_flush_log_at_trx_commit=0",),
)  # fmt: skip


def test_a_failure_tells_seed_schedule_violation_last_words_and_how_to_play_it_again():
    told = failure(LOST)
    for part in ("seed 7", str(schedule(7)), "lost write: one", "kill all", "waiting", "chaos/seed-7"):
        assert part in told
    assert told.endswith("make chaos RUNS=1 SEED=7 OPTIONS=innodb_flush_log_at_trx_commit=0")


def test_the_totals_count_runs_faults_times_and_violations():
    told = totals([LOST, Result(schedule(8), Findings((), 5), (Recovery(1, 6.0),))])
    assert told.startswith("2 runs, ")
    assert "15 writes acknowledged, 1 unknown" in told
    assert "violations: 1 lost write" in told
    assert told.endswith("seeds that failed: 7")
    assert line(LOST).startswith("seed 7: 1 VIOLATIONS; 10 acknowledged, 1 unknown; whole after 4.0 s")


def test_the_proof_is_a_full_crash_at_once():
    (crash,) = proof(3).faults
    assert (crash.what, crash.whom, crash.how) == (What.KILL, Whom.ALL, How.AT_ONCE)
