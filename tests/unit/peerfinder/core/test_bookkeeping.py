"""What the cluster memory should say, who writes it, and what it is worth as it was read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.bookkeeping import MARK_SECONDS, due, expected, is_writer, judge_memory
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import ClusterMemory, Discard, Mark, Override, Superseded
from peerfinder.core.position import ZERO_UUID, Position
from peerfinder.core.record import NodeRecord, Start, StartKind
from peerfinder.core.report import NodeReport, lineage_of
from peerfinder.core.wsrep import WsrepState
from tests.support.sights import FIRST_EPOCH, HISTORY, NAMES, OTHER_HISTORY, a_member, a_waiting_node

LINEAGE = (Epoch(FIRST_EPOCH, HISTORY, 0),)
NEXT = Ballot(2, "db-1")
GOOD = ClusterMemory(HISTORY, FIRST_EPOCH, LINEAGE, Mark(FIRST_EPOCH, 800), replicas=3, version=4)
ALL = {name: a_member(name) for name in NAMES}
LATER = Mark(FIRST_EPOCH, 812)


def written(
    read: ClusterMemory,
    reports: dict[str, NodeReport] = ALL,
    *,
    last: ClusterMemory | None = None,
    committed: Mark | None = None,
    since: float = 0.0,
) -> ClusterMemory | None:
    return due(read, last, "db-0", reports, NAMES, committed, since)


# --- writing -----------------------------------------------------------------------------------------------------


def test_a_good_memory_is_left_alone() -> None:
    assert written(GOOD) is None


def test_an_empty_memory_is_filled_once_the_first_primary_is_there() -> None:
    new = written(ClusterMemory(), committed=LATER)
    assert new == ClusterMemory(HISTORY, FIRST_EPOCH, LINEAGE, LATER, replicas=3, version=1)


WRITERS = {
    "the lowest ordinal in the Primary": ("db-0", ALL, True),
    "not the others": ("db-1", ALL, False),
    "the next when the lowest is not a member": ("db-1", {**ALL, "db-0": a_waiting_node("db-0")}, True),
    "the next when the lowest report is old": ("db-1", {**ALL, "db-0": replace(a_member("db-0"), age=9.0)}, True),
    "a donor holds the state too": ("db-0", {**ALL, "db-0": a_member("db-0", state=WsrepState.DONOR)}, True),
    "nobody outside a Primary": ("db-0", {name: a_waiting_node(name) for name in NAMES}, False),
    "each of two Primaries has its own": ("db-1", {**ALL, "db-1": a_member("db-1", epoch=NEXT)}, True),
    "a node that does not report itself": ("db-3", ALL, False),
}


@pytest.mark.parametrize(("me", "reports", "writes"), WRITERS.values(), ids=WRITERS)
def test_who_writes(me: str, reports: dict[str, NodeReport], writes: bool) -> None:
    assert is_writer(me, reports) is writes


MARKS = {
    "written when it is late enough": (GOOD, LATER, MARK_SECONDS, LATER),
    "not written sooner": (GOOD, LATER, MARK_SECONDS - 0.1, None),
    "never lowered": (GOOD, Mark(FIRST_EPOCH, 799), 99.0, None),
    "not of another epoch than the own": (GOOD, Mark(NEXT, 900), 99.0, None),
    "a mark of a newer epoch stays": (replace(GOOD, mark=Mark(NEXT, 5)), LATER, 99.0, None),
}


@pytest.mark.parametrize(("read", "committed", "since", "mark"), MARKS.values(), ids=MARKS)
def test_the_mark_is(read: ClusterMemory, committed: Mark, since: float, mark: Mark | None) -> None:
    new = written(read, committed=committed, since=since)
    assert (new.mark if new else None) == mark


def test_another_change_takes_the_mark_along() -> None:
    new = written(replace(GOOD, replicas=2), committed=LATER)
    assert new
    assert (new.replicas, new.mark, new.version) == (3, LATER, 5)


def test_a_ballot_above_the_own_epoch_stays_with_its_lineage() -> None:
    burnt = replace(GOOD, ballot=NEXT, lineage=(*LINEAGE, Epoch(NEXT, HISTORY, 900)))
    assert written(burnt) is None


def test_the_uuid_that_the_first_bootstrap_could_not_know_is_filled_in() -> None:
    started = replace(GOOD, uuid="", lineage=(Epoch(FIRST_EPOCH, ZERO_UUID, 0),))
    new = written(started)
    assert new
    assert (new.uuid, new.lineage) == (HISTORY, LINEAGE)


OVERRIDE = Override(("db-2",), "db-0", Position(HISTORY, 812), tip=FIRST_EPOCH)


@pytest.mark.parametrize(
    ("epoch", "kept"), [pytest.param(FIRST_EPOCH, True, id="not used yet"), pytest.param(NEXT, False, id="used")]
)
def test_an_override_goes_once_a_newer_epoch_has_formed(epoch: Ballot, kept: bool) -> None:
    reports = {name: a_member(name, epoch=epoch) for name in NAMES}
    new = written(replace(GOOD, override=OVERRIDE, replicas=2), reports)
    assert new
    assert (new.override == OVERRIDE) is kept


def test_a_discard_goes_when_its_node_has_joined_and_no_sooner() -> None:
    given_up = tuple(Discard(name, Position(OTHER_HISTORY, 5)) for name in ("db-1", "db-2"))
    new = written(replace(GOOD, discards=given_up), {**ALL, "db-2": a_waiting_node("db-2")})
    assert new
    assert [one.node for one in new.discards] == ["db-2"]


def test_superseded_histories_stay() -> None:
    old = (Superseded(OTHER_HISTORY, 77),)
    new = written(replace(GOOD, superseded=old, replicas=2))
    assert new
    assert new.superseded == old


def test_a_memory_that_was_lost_is_written_anew_from_the_last_copy() -> None:
    last = replace(GOOD, superseded=(Superseded(OTHER_HISTORY, 77),), override=OVERRIDE, version=40)
    new = written(ClusterMemory(), last=last)
    assert new == replace(last, override=None, version=1)


def test_a_join_in_progress_speaks_with_the_lineage_it_joined() -> None:
    lineage = (*LINEAGE, Epoch(NEXT, ZERO_UUID, 900))
    record = NodeRecord("db-0", lineage=LINEAGE, start=Start(StartKind.BOOTSTRAP, lineage, None))
    report = a_member("db-0")
    report = replace(report, facts=replace(report.facts, record=record))
    assert lineage_of(report) == (*LINEAGE, Epoch(NEXT, HISTORY, 900))


# --- reading -----------------------------------------------------------------------------------------------------

NEWER = replace(GOOD, ballot=NEXT, version=2)
EMPTY = {name: a_waiting_node(name, seqno=None) for name in NAMES}
READ = {
    "a memory with a history is the memory": (GOOD, None, ALL, GOOD, True),
    "an empty one is, while nobody knows an epoch": (ClusterMemory(), None, EMPTY, ClusterMemory(), True),
    "an empty one is unreadable while a record knows an epoch": (ClusterMemory(), None, ALL, None, False),
    "then the last copy stands in": (ClusterMemory(), GOOD, ALL, GOOD, False),
    "an emptied one whose records are gone too is a new cluster": (ClusterMemory(), GOOD, EMPTY, ClusterMemory(), True),
    "unreadable: the last copy": (None, GOOD, ALL, GOOD, False),
    "unreadable: a copy without history proves nothing": (None, ClusterMemory(replicas=3), ALL, None, False),
    "unreadable: a peer's copy of a higher ballot is newer": (
        None,
        GOOD,
        {**ALL, "db-1": replace(a_member("db-1"), memory=NEWER)},
        NEWER,
        False,
    ),
}


@pytest.mark.parametrize(("read", "last", "reports", "memory", "fresh"), READ.values(), ids=READ)
def test_what_was_read(
    read: ClusterMemory | None,
    last: ClusterMemory | None,
    reports: dict[str, NodeReport],
    memory: ClusterMemory | None,
    fresh: bool,
) -> None:
    reading = judge_memory(read, "" if read else "no answer", last, reports)
    assert (reading.memory, reading.fresh) == (memory, fresh)
    assert bool(reading.problem) is not fresh


@pytest.mark.parametrize(
    ("by_api", "by_file", "remembered", "names"),
    [
        pytest.param(None, 3, None, NAMES, id="the file only"),
        pytest.param(None, None, 3, NAMES, id="remembered only"),
        pytest.param(None, 1, 3, NAMES, id="the larger"),
        pytest.param(None, 3, 1, NAMES, id="the larger, the other way round"),
        pytest.param(3, 1, 1, NAMES, id="the API knows of a scale up"),
        pytest.param(3, 9, 9, NAMES, id="the API knows of a scale down"),
        pytest.param(0, 3, 2, NAMES, id="a scale to none says nothing"),
        pytest.param(10**9, 3, 2, NAMES, id="a slip of the pen in the API is no cluster"),
        pytest.param(None, None, None, None, id="unknown"),
        pytest.param(0, 0, None, None, id="a cluster of none is no cluster"),
        pytest.param(None, 10**9, 3, NAMES, id="a slip of the pen is no cluster"),
    ],
)
def test_expected(
    by_api: int | None, by_file: int | None, remembered: int | None, names: tuple[str, ...] | None
) -> None:
    assert expected("db-1", by_api, (by_file, None), ClusterMemory(replicas=remembered)) == names
