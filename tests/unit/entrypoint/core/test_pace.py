"""What counts as getting on, and when standing still is for too long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.pace import (
    DONOR_PAUSE_SECONDS,
    FIRST_WORD_BYTES,
    STARTUP_BYTES,
    Activity,
    Pace,
    Sample,
    Script,
    awaits_donor,
    follow,
    progress_of,
    size_of_state,
    take,
    why_ended,
)
from peerfinder.core.progress import Progress, Stage
from peerfinder.core.report import NodeReport
from peerfinder.core.wsrep import ServerFacts, WsrepState
from tests.support.reports import facts, running, waiting

LIMIT = 300.0
HERE, ELSEWHERE = "10.0.0.2", "10.0.0.3"
SERVER = Activity(7, "mariadbd", 60, cpu=3.0, read=5 << 20, written=1 << 20)
BASH = Activity(11, "bash", 60, cpu=9.0, read=1 << 30, written=1 << 20)
PS = Activity(12, "ps", 0.02, cpu=0.01, read=4096)
SOCAT = Activity(13, "socat", 50, read=8 << 20, written=8 << 20)
MBSTREAM = Activity(14, "mbstream", 50, cpu=1.0, read=8 << 20, written=7 << 20)
BACKUP = Activity(15, "mariadb-backup", 50, cpu=2.0, read=9 << 20, written=9 << 20)
RECEIVES = Script(10, "joiner", members=(BASH, PS, SOCAT, MBSTREAM))
SENDS = Script(10, "donor", HERE, (BASH, PS, SOCAT, BACKUP))


def status(state: WsrepState, comment: str = "", done: int = 0, total: int = 0) -> ServerFacts:
    return ServerFacts(state=state, comment=comment, progress_done=done, progress_total=total)


STAGES = {
    "before a word of the server its storage engine starts": (None, None, Stage.STARTUP),
    "after a copy it starts as well": (status(WsrepState.JOINING, "Initializing"), None, Stage.STARTUP),
    "with a script it receives a copy": (status(WsrepState.JOINING, "Receiving SST"), RECEIVES, Stage.SST),
    "missing write sets come": (status(WsrepState.JOINING, "Receiving IST", 3, 9), None, Stage.IST),
    "and are applied": (status(WsrepState.JOINED, "Syncing", 3, 9), None, Stage.IST),
    "a donor sends": (status(WsrepState.DONOR, "Donating SST"), SENDS, Stage.DONOR),
    "a node that was desynced sends nothing": (status(WsrepState.DONOR), None, None),
    "a server that waits for a Primary is Galera's to end": (status(WsrepState.CONNECTED, "Waiting"), None, None),
    "a Synced one has arrived": (status(WsrepState.SYNCED, "Operational"), None, None),
}


@pytest.mark.parametrize("case", STAGES)
def test_what_is_followed(case: str):
    told, script, stage = STAGES[case]
    sample = take(0.0, told, SERVER, script, -1, awaits=False)
    assert (sample and sample.stage) == stage


def test_where_counters_may_not_be_read_nothing_is_followed():
    hidden = replace(RECEIVES, members=(BASH, SOCAT, replace(MBSTREAM, read=0, written=0, is_counted=False)))
    assert take(0.0, None, SERVER, hidden, -1, awaits=False) is None
    assert take(0.0, None, replace(SERVER, is_counted=False), None, -1, awaits=False) is None


def taken(script: Script, *, awaits: bool = False) -> Sample:
    found = take(0.0, None, SERVER, script, -1, awaits=awaits)
    assert found is not None
    return found


def test_shells_and_what_they_start_to_look_around_never_count():
    assert RECEIVES.programs == (SOCAT, MBSTREAM)
    busy = replace(RECEIVES, members=(replace(BASH, cpu=99.0, read=1 << 40), SOCAT, MBSTREAM))
    assert taken(busy).moved == taken(RECEIVES).moved
    assert taken(busy).cpu == taken(RECEIVES).cpu


def test_a_joiner_counts_what_it_unpacks_and_a_donor_what_goes_into_the_network():
    assert taken(RECEIVES).done == MBSTREAM.written
    assert (taken(SENDS).done, taken(SENDS).moved, taken(SENDS).peer) == (SOCAT.written, SOCAT.written, HERE)
    polling = replace(SENDS, members=(SOCAT, replace(BACKUP, cpu=50.0, written=1 << 40)))
    assert taken(polling).moved == taken(SENDS).moved
    assert taken(polling).cpu is None


def test_what_is_not_due_is_waited_for():
    listening = Script(10, "joiner", members=(BASH, replace(SOCAT, written=0)))
    for awaits, quiet, stage in ((True, 0.0, Stage.WAITING), (False, 2.0, Stage.SST)):
        sample = taken(listening, awaits=awaits)
        pace = follow(follow(None, sample), replace(sample, at=2.0))
        assert (pace.quiet, progress_of(pace, LIMIT).stage) == (quiet, stage)
    assert taken(Script(10, "donor", HERE, (BASH, BACKUP))).waits


def test_once_data_have_come_the_rest_is_due_although_the_donor_has_sent_all():
    pace = follow(None, taken(RECEIVES))
    prepares = replace(taken(Script(10, "joiner", members=(BASH, BACKUP)), awaits=True), at=1.0)
    pace = follow(follow(pace, prepares), replace(prepares, at=3.0))
    assert (pace.quiet, progress_of(pace, LIMIT).stage, pace.done) == (2.0, Stage.SST, MBSTREAM.written)


def standing(seconds: int, *, stage: Stage = Stage.SST, done: int = 1 << 30, **more: object) -> Pace:
    """A stage that was looked at once a second and never moved."""
    sample = Sample(0.0, stage, 5, done=done, **more)  # type: ignore[arg-type]
    pace = follow(None, sample)
    for second in range(1, seconds + 1):
        pace = follow(pace, replace(sample, at=float(second)))
    return pace


def test_standing_still_is_said_half_way_and_ended_at_the_limit():
    for seconds, stalled, ended in ((149, False, False), (150, True, False), (299, True, False), (300, True, True)):
        progress = progress_of(standing(seconds), LIMIT)
        assert (progress.is_stalled, bool(why_ended(progress))) == (stalled, ended), seconds
    assert why_ended(progress_of(standing(300), LIMIT)) == (
        "nothing of the state transfer has come or been prepared for 300 s, at sst 1.0 GiB; it is ended after 300 s"
    )


def test_without_a_limit_nothing_is_ever_ended():
    progress = progress_of(standing(9999), 0)
    assert not progress.is_stalled
    assert not why_ended(progress)


def test_before_the_data_the_pause_of_the_donors_script_is_given_on_top():
    for stage in (Stage.SST, Stage.DONOR):
        assert (
            progress_of(standing(1, stage=stage, done=FIRST_WORD_BYTES - 1), LIMIT).limit == LIMIT + DONOR_PAUSE_SECONDS
        )
        assert progress_of(standing(1, stage=stage, done=FIRST_WORD_BYTES), LIMIT).limit == LIMIT
    assert progress_of(standing(1, stage=Stage.STARTUP, done=0), LIMIT).limit == LIMIT


MOVES = {
    "one byte": (Sample(0, Stage.SST, 5), {"moved": 6}, True),
    "a program that has ended": (Sample(0, Stage.SST, 5), {"moved": 3}, True),
    "nothing": (Sample(0, Stage.SST, 5), {}, False),
    "what is not due": (Sample(0, Stage.DONOR, 5), {"waits": True}, True),
    "CPU": (Sample(0, Stage.SST, 5, cpu=1.0), {"cpu": 1.6}, True),
    "a little CPU": (Sample(0, Stage.SST, 5, cpu=1.0), {"cpu": 1.4}, False),
    "the timers of a server that hangs": (
        Sample(0, Stage.STARTUP, 5, STARTUP_BYTES, cpu=1.0), {"moved": 900, "cpu": 1.02}, False,
    ),
    "its storage": (Sample(0, Stage.STARTUP, 5, STARTUP_BYTES, cpu=1.0), {"moved": 5 + STARTUP_BYTES}, True),
}  # fmt: skip


@pytest.mark.parametrize("case", MOVES)
def test_what_counts_as_movement(case: str):
    before, change, moved = MOVES[case]
    pace = follow(follow(None, before), replace(before, at=2.0, **change))
    assert pace.quiet == (0.0 if moved else 2.0)


def test_little_cpu_for_long_is_idleness():
    """A hundredth of a CPU: more than BUSY_SECONDS after a minute, and never a twentieth."""
    sample = Sample(0.0, Stage.STARTUP, 5, STARTUP_BYTES, cpu=0.0)
    pace = follow(None, sample)
    for second in range(1, 301):
        pace = follow(pace, replace(sample, at=float(second), cpu=second / 100))
    assert pace.quiet == 300


def test_a_transfer_of_hours_under_the_default_limit_ends_nothing():
    """One byte every 299 seconds for six hours."""
    pace = None
    for second in range(6 * 3600):
        pace = follow(pace, Sample(float(second), Stage.SST, second // 299, done=1 << 30))
        assert not why_ended(progress_of(pace, LIMIT)), second


def test_a_look_that_came_late_says_nothing_of_the_time_before():
    pace = standing(100)
    late = follow(pace, replace(pace.last, at=9000.0))
    assert late.quiet == 0


def test_another_stage_or_script_begins_anew_and_what_came_is_not_forgotten_within_one():
    pace = standing(100)
    assert follow(pace, replace(pace.last, at=101.0, source=99)).quiet == 0
    assert follow(pace, replace(pace.last, at=101.0, stage=Stage.STARTUP)).done == pace.done
    assert follow(pace, replace(pace.last, at=101.0, done=0, moved=0)).done == 1 << 30


def donor(name: str, to: str) -> NodeReport:
    one = running(name)
    return replace(one, facts=replace(one.facts, progress=Progress(Stage.DONOR, 5, 500, peer=to)))


AWAITED = {
    "nobody sends": ((running("db-0"), running("db-2")), True, 0),
    "the donor is busy with another node": ((donor("db-0", ELSEWHERE), running("db-2")), True, 0),
    "it sends here": ((donor("db-0", HERE), running("db-2")), False, 500),
    "a node is silent, and may be the donor": ((running("db-0"),), False, 0),
}


@pytest.mark.parametrize("case", AWAITED)
def test_who_sends_to_this_node(case: str):
    others, awaits, size = AWAITED[case]
    known = facts("db-1", waiting("db-1", 5), *others)
    assert (awaits_donor(known, HERE), size_of_state(known, HERE)) == (awaits, size)


def test_a_lonely_look_shows_no_donor_that_could_be_busy():
    assert not awaits_donor(facts("db-1", waiting("db-1", 5), nodes=None), HERE)
