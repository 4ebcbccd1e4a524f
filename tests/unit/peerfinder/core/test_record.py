from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.gvwstate import SavedView
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.position import ZERO_UUID, Position
from peerfinder.core.record import (
    FORMER_KEPT,
    UNTOLD,
    Ending,
    NodeRecord,
    Start,
    StartKind,
    acquainted,
    completed,
    ended,
    formed,
    promised,
    rejoined,
    starting,
    viewed,
)
from peerfinder.core.view import Member, identity

A = "0000aaaa-0000-11f0-8000-000000000000"
ME, OTHER = "00000001-bbbb-11f0-8000-000000000000", "00000002-bbbb-11f0-8000-000000000000"
OLD, NEW = Epoch(Ballot(1, "db-0"), A, 0), Epoch(Ballot(2, "db-0"), ZERO_UUID, 5)
RECORD = NodeRecord("db-0", OLD.ballot, (OLD,))
START = Start(StartKind.BOOTSTRAP, (OLD, NEW), Position(A, 5))


def process(number: int) -> str:
    return f"{number:08x}-bbbb-11f0-8000-000000000000"


def test_a_start_changes_no_lineage_until_its_primary_formed() -> None:
    begun = starting(promised(RECORD, NEW.ballot), START, incomplete="")
    assert (begun.lineage, begun.promise, begun.ended) == ((OLD,), NEW.ballot, Ending.INSIDE)
    assert formed(begun, A).lineage == (OLD, replace(NEW, uuid=A))


def test_a_start_that_formed_nothing_leaves_no_epoch() -> None:
    over = ended(starting(RECORD, START, incomplete=""), Ending.INSIDE)
    assert (over.lineage, over.start) == ((OLD,), None)
    assert formed(over, A) == over


def test_a_view_belongs_to_the_epoch_of_the_process_that_wrote_it() -> None:
    saved = SavedView(ME, 1, (ME,))
    assert viewed(RECORD, saved, {}).views[-1].epoch == OLD.ballot
    assert viewed(starting(RECORD, START, incomplete=""), saved, {}).views[-1].epoch == NEW.ballot
    assert viewed(NodeRecord("db-0"), saved, {}).views[-1].epoch == UNTOLD


def test_a_node_can_always_name_itself_in_a_view() -> None:
    found = viewed(RECORD, SavedView(ME, 1, (ME, OTHER)), {}).views[-1]
    assert (found.names, found.unnamed) == ({"db-0"}, {identity(OTHER)})


def test_known_names_are_kept_with_a_view() -> None:
    names = {identity(OTHER): Member(OTHER, "db-1")}
    assert viewed(RECORD, SavedView(ME, 1, (ME, OTHER)), names).views[-1].names == {"db-0", "db-1"}


def test_ids_of_former_processes_are_kept_up_to_a_limit() -> None:
    record = RECORD
    for number in range(FORMER_KEPT + 5):
        record = viewed(record, SavedView(process(number), number, (process(number),)), {})
    assert record.gcomm_uuid == process(FORMER_KEPT + 4)
    assert record.former_uuids == tuple(process(number) for number in range(4, FORMER_KEPT + 4))
    assert (
        viewed(record, SavedView(record.gcomm_uuid, 99, (record.gcomm_uuid,)), {}).former_uuids == record.former_uuids
    )


def test_whole_data_end_what_was_half_done() -> None:
    begun = starting(RECORD, START, incomplete="state transfer")
    assert begun.incomplete == "state transfer"
    assert completed(begun).incomplete == ""


def test_a_correction_relabels_only_the_views_of_this_process() -> None:
    before = viewed(replace(RECORD, gcomm_uuid=OTHER), SavedView(OTHER, 1, (OTHER,)), {})
    joined = starting(before, Start(StartKind.JOIN, (OLD,), Position(A, 5)), incomplete="")
    joined = viewed(joined, SavedView(ME, 2, (ME, OTHER)), {})
    newer = (OLD, replace(NEW, uuid=A))
    fixed = rejoined(joined, newer)
    assert [(one.epoch, one.seq) for one in fixed.views] == [(OLD.ballot, 1), (NEW.ballot, 2)]
    assert (fixed.lineage, fixed.running_epoch) == (newer, NEW.ballot)


def test_a_correction_needs_a_running_server() -> None:
    assert rejoined(RECORD, (OLD, NEW)) == RECORD


PAIR, TRIO = frozenset({"db-0", "db-1"}), frozenset({"db-0", "db-1", "db-2"})


@pytest.mark.parametrize(
    ("start", "expected", "kept"),
    [
        pytest.param(None, PAIR, TRIO, id="a view that is not applied keeps them"),
        pytest.param(7, PAIR, PAIR, id="a view that is applied drops those who are gone"),
        pytest.param(7, None, TRIO, id="a look that does not know who is expected drops nobody"),
    ],
)
def test_who_was_there_is_kept_until_a_view_is_applied(
    start: int | None, expected: frozenset[str] | None, kept: frozenset[str]
) -> None:
    before = acquainted(RECORD, TRIO, frozenset({"db-0"}))
    now = viewed(before, SavedView(ME, 1, (ME,)), {}, start)
    assert frozenset(acquainted(now, expected, PAIR).nodes) == kept


def test_who_reports_is_noted_whether_expected_or_not() -> None:
    assert acquainted(RECORD, frozenset({"db-0"}), PAIR).nodes == ("db-0", "db-1")
