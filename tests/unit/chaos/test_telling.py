"""What a run says: its line, a failure in full, the totals."""

from __future__ import annotations

import pytest

from tests.support.chaos.catalogue import schedule
from tests.support.chaos.faults import Fault, How, What, Whom
from tests.support.chaos.findings import Findings, Kind, Violation
from tests.support.chaos.telling import Recovery, Result, Span, failure, line, totals

LOST = Result(
    schedule(7), Findings((Violation(Kind.LOST, "one"),), 10, 1, 0, 0), (Recovery(1, 4.0, 2.0),), 30.0, 3.0,
    ("  1.00 s  kill all",), "--- db-0\nwaiting", "chaos/seed-7", ("innodb_flush_log_at_trx_commit=0",),
)  # fmt: skip


def span(what, how=How.AT_ONCE, victims=1, *, restarted=False):
    return Span(Fault(what, Whom.ONE, how, 1, 1), victims, 10.0, 15.0, 18.0, restarted=restarted, gap=2.5)


def test_a_failure_tells_seed_schedule_violation_last_words_and_how_to_play_it_again():
    told = failure(LOST)
    for part in ("seed 7", str(schedule(7)), "lost write: one", "kill all", "waiting", "chaos/seed-7"):
        assert part in told
    assert told.endswith("make chaos RUNS=1 SEED=7 OPTIONS=innodb_flush_log_at_trx_commit=0")


def test_the_totals_count_runs_faults_times_and_violations():
    healed = Result(schedule(8), Findings((), 5), (Recovery(1, 6.0),), spans=(span(What.PARTITION, restarted=True),))
    told = totals([LOST, healed])
    assert told.startswith("2 runs, ")
    assert "15 writes acknowledged, 1 unknown" in told
    assert "cut off: median 2.5 s, p99 2.5 s, worst 2.5 s of 1" in told
    assert "all Synced after: median 3.0 s, p99 3.0 s, worst 3.0 s of 1; 1 of 1 with a server restarted" in told
    assert "violations: 1 lost write" in told
    assert told.endswith("seeds that failed: 7")
    assert line(LOST).startswith("seed 7: 1 VIOLATIONS; 10 acknowledged, 1 unknown; whole after 4.0 s")


@pytest.mark.parametrize(
    ("one", "single", "healed"),
    [
        (span(What.KILL), True, False),
        (span(What.KILL, How.REPEATED), False, False),
        (span(What.PAUSE, victims=2), False, False),
        (span(What.WIPE), False, False),
        (span(What.PARTITION), True, True),
        (span(What.PARTITION, How.REPEATED), False, False),
    ],
)
def test_only_like_is_counted_with_like(one, single, healed):
    assert (one.is_single_stall, one.is_healed_partition) == (single, healed)
