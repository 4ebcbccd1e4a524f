"""Freshness is judged once, where the facts are gathered."""

from __future__ import annotations

from dataclasses import replace

from entrypoint.core.gathering import gather
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import Datadir, NodeFacts, NodeReport, Phase
from peerfinder.core.role import WriterView
from peerfinder.core.snapshot import ClusterSnapshot

MINE = NodeFacts("db-0", Phase.WAITING, Datadir.EMPTY, "boot", "s")
OTHER = NodeReport(replace(MINE, name="db-1"), age=0.4, memory=ClusterMemory(version=8))
SNAPSHOT = ClusterSnapshot(
    "db-0", 100.0, "boot", ("db-0", "db-1", "db-2"), {"db-0": NodeReport(MINE), "db-1": OTHER},
    silent={"db-2": "connection refused"},
    answering=("db-1", "db-2"), memory=ClusterMemory(version=7), memory_fresh=True,
)  # fmt: skip


def test_a_new_snapshot_is_taken_as_it_is():
    facts = gather(MINE, SNAPSHOT, 100.5, "boot")
    assert set(facts.reports) == {"db-0", "db-1"}
    assert facts.expected == {"db-0", "db-1", "db-2"}
    assert facts.answering == {"db-1", "db-2"}
    assert facts.silent == {"db-2": "connection refused"}


def test_a_report_ages_with_the_snapshot():
    facts = gather(MINE, replace(SNAPSHOT, reports={"db-1": replace(OTHER, age=2.9)}), 100.5, "boot")
    assert set(facts.reports) == {"db-0"}
    assert facts.silent["db-1"] == "its entrypoint has not reported for 3 s"


def test_an_old_snapshot_knows_nobody_not_even_how_many():
    facts = gather(MINE, SNAPSHOT, 103.5, "boot")
    assert (set(facts.reports), facts.expected, facts.memory) == ({"db-0"}, None, None)


def test_a_snapshot_of_another_boot_is_old():
    assert gather(MINE, SNAPSHOT, 100.5, "another").expected is None


def test_while_the_memory_is_fresh_no_copy_counts():
    assert gather(MINE, SNAPSHOT, 100.5, "boot").memory == ClusterMemory(version=7)


def test_without_its_source_the_newest_copy_of_the_memory_counts():
    facts = gather(MINE, replace(SNAPSHOT, memory_fresh=False), 100.5, "boot")
    assert (facts.memory, facts.memory_fresh) == (ClusterMemory(version=8), False)


def test_the_own_facts_are_those_of_now():
    now = replace(MINE, phase=Phase.STARTING)
    assert gather(now, SNAPSHOT, 100.5, "boot").mine.phase is Phase.STARTING


def test_the_writer_is_the_sidecars_word():
    assert gather(MINE, SNAPSHOT, 100.5, "boot").writer == ""
    assert gather(MINE, replace(SNAPSHOT, writer=WriterView(node="db-1")), 100.5, "boot").writer == "db-1"
    assert gather(MINE, replace(SNAPSHOT, writer=WriterView(node="db-1")), 103.5, "boot").writer == ""
