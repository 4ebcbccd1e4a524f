"""When a running server must be stopped, example by example."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.kinship import corrected
from entrypoint.core.vigil import must_stop
from peerfinder.core.lineage import Ballot, Epoch
from tests.support.examples.example import Watch
from tests.support.examples.vigil import WATCHES
from tests.support.reports import LINEAGE, OURS, facts, process, running, view

ALL = view("db-0", "db-1", "db-2")
NEWER = (*LINEAGE, Epoch(Ballot(2, "db-1"), OURS, 4))


@pytest.mark.parametrize("watch", WATCHES, ids=str)
def test_stops(watch: Watch) -> None:
    assert must_stop(watch.facts, watch.seconds) == watch.stop


def test_a_joining_server_is_not_stopped_for_the_epoch_it_comes_from() -> None:
    joining = running("db-0", ALL, primary=False, lineage=NEWER)
    record = joining.facts.record
    assert record is not None
    joining = replace(joining, facts=replace(joining.facts, record=replace(record, lineage=LINEAGE)))
    assert must_stop(facts("db-0", joining, running("db-1", lineage=NEWER)), 5) is None


def test_a_server_that_came_into_a_newer_primary_corrects_its_record() -> None:
    older = view("db-0", "db-1", seq=2)
    mine, theirs = running("db-0", older), running("db-1", replace(older, epoch=NEWER[-1].ballot), lineage=NEWER)
    record = mine.facts.record
    assert record is not None
    found = corrected(record, facts("db-0", mine, theirs))
    assert found.lineage == NEWER
    assert found.newest_view is not None
    assert found.newest_view.epoch == NEWER[-1].ballot
    assert found.gcomm_uuid == process("db-0")


def test_a_newer_primary_without_this_server_corrects_nothing_and_who_is_there_is_noted() -> None:
    mine, theirs = running("db-0", ALL), running("db-1", view("db-1", epoch=NEWER[-1].ballot), lineage=NEWER)
    record = mine.facts.record
    assert record is not None
    assert corrected(record, facts("db-0", mine, theirs)) == replace(record, nodes=("db-0", "db-1", "db-2"))
