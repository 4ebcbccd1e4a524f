"""When a running server must be stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.facts import Facts
from entrypoint.core.kinship import corrected
from entrypoint.core.vigil import must_stop
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import Mark
from tests.support.reports import KNOWN, LINEAGE, OURS, facts, process, running, view, waiting

ALL = view("db-0", "db-1", "db-2")
NEWER = (*LINEAGE, Epoch(Ballot(2, "db-1"), OURS, 4))
MINE = (*LINEAGE, Epoch(Ballot(2, "db-0"), OURS, 4))
LONELY = running("db-0", ALL, primary=False)
LEFT = replace(LONELY, server=replace(LONELY.server, cluster_status="Disconnected"))
FORMED = replace(KNOWN, ballot=Ballot(2, "db-1"), lineage=NEWER, mark=Mark(Ballot(2, "db-1"), 9))

CASES: dict[str, tuple[Facts, float, str | None]] = {
    "a Primary runs on": (facts("db-0", running("db-0", ALL), waiting("db-1", 5)), 0, None),
    "a Primary of its own epoch answers: Galera merges": (facts("db-0", LONELY, running("db-1", ALL)), 60, None),
    "it has left the group, which runs on": (
        facts("db-0", LEFT, running("db-1", ALL)), 4, "the server has left the group and does not come back by itself"),
    "it lost its connections a moment ago": (facts("db-0", LEFT, running("db-1", ALL)), 2, None),
    "a Primary of another epoch answers": (
        facts("db-0", LONELY, running("db-1", lineage=NEWER)), 1,
        "db-1 is in a Primary of another epoch; deciding anew"),
    "somebody who counts is missing: it may come back with a Primary": (
        facts("db-0", LONELY, waiting("db-1", 5)), 60, None),
    "all others are there and do not run": (
        facts("db-0", LONELY, waiting("db-1", 5), waiting("db-2", 5)), 1,
        "non-Primary, and no other server runs that it could re-merge with: its position is made final"),
    "another server runs: they may re-merge": (
        facts("db-0", LONELY, running("db-1", ALL, primary=False), waiting("db-2", 5)), 19, None),
    "they did not re-merge in time": (
        facts("db-0", LONELY, running("db-1", ALL, primary=False), waiting("db-2", 5)), 21,
        "non-Primary for 21 s beside db-1: its position is made final"),
    "nobody knows how many there are": (facts("db-0", LONELY, nodes=None), 60, None),
    "a Primary meets a newer one that went another way": (
        facts("db-0", running("db-0", lineage=MINE),
              running("db-1", lineage=(*LINEAGE, Epoch(Ballot(3, "db-1"), OURS, 5)))),
        0, "db-1 is in a Primary of epoch 3/db-1, which went another way than this node's epoch 2/db-0"),
    "the memory knows a formed Primary that went another way": (
        facts("db-0", running("db-0", lineage=MINE), memory=FORMED), 0,
        "the memory knows a Primary of epoch 2/db-1, which went another way"),
    "a ballot in the memory that nobody marked is no Primary": (
        facts("db-0", running("db-0", lineage=MINE), memory=replace(FORMED, mark=None)), 0, None),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "seconds", "reason"), CASES.values(), ids=CASES)
def test_stops(seen: Facts, seconds: float, reason: str | None) -> None:
    stop = must_stop(seen, seconds)
    assert (stop.reason if stop else None) == reason


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
