"""All three-node worlds made of every kind of report and memory, checked by what must hold, not by how it is done."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from entrypoint.core.decision import Bootstrap, Decision, Join, Refuse, Wait, decide
from entrypoint.core.facts import Facts
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord, Start, StartKind
from peerfinder.core.report import Datadir, NodeFacts, NodeReport, Phase
from peerfinder.core.view import Member, View
from peerfinder.core.wsrep import ServerFacts, WsrepState

NAMES = ("db-0", "db-1", "db-2")
OURS, FOREIGN = "0000aaaa-0000-11f0-8000-000000000000", "0000ffff-0000-11f0-8000-000000000000"
FIRST, SECOND, OTHER = Ballot(1, "db-0"), Ballot(2, "db-1"), Ballot(3, "db-2")
LINEAGE = (Epoch(FIRST, OURS, 0), Epoch(SECOND, OURS, 3))
DIVERGED = (Epoch(FIRST, OURS, 0), Epoch(OTHER, OURS, 4))
VIEW = View(
    SECOND, 4, tuple(Member(f"0000000{i}-0000-11f0-8000-000000000000", name) for i, name in enumerate(NAMES)), 4
)

# every kind: datadir, seqno, uuid, with record, lineage, server
KINDS = (
    "missing", "stale", "empty", "incomplete", "unreadable", "5", "9", "5 without record", "undefined", "non-Primary",
    "Primary", "foreign", "diverged",
)  # fmt: skip
HOLDING = {"5": 5, "9": 9, "5 without record": 5, "undefined": -1, "foreign": 7, "diverged": 12}
MEMORIES: dict[str, tuple[ClusterMemory | None, bool]] = {
    "unreadable": (None, False),
    "empty": (ClusterMemory(), True),
    "known": (ClusterMemory(uuid=OURS, ballot=SECOND, lineage=LINEAGE), True),
    "copied": (ClusterMemory(uuid=OURS, ballot=SECOND, lineage=LINEAGE), False),
}


@functools.cache
def report(name: str, kind: str) -> NodeReport | None:
    if kind in ("missing", "stale"):
        return None
    record: NodeRecord | None = NodeRecord(name, SECOND, LINEAGE, (VIEW,))
    facts = NodeFacts(name, Phase.WAITING, Datadir.PRESENT, "", "", record=record)
    server = ServerFacts()
    if kind == "empty":
        facts = replace(facts, datadir=Datadir.EMPTY, record=None)
    elif kind == "incomplete":
        facts = replace(facts, datadir=Datadir.INCOMPLETE)
    elif kind == "unreadable":
        facts = replace(facts, datadir=Datadir.UNREADABLE, problem="recovery failed")
    elif kind in ("non-Primary", "Primary"):
        start = Start(StartKind.JOIN, LINEAGE, Position(OURS, 5))
        running = replace(record, start=start) if record else None
        facts = replace(facts, phase=Phase.RUNNING, position=Position(OURS, 5), record=running)
        primary = kind == "Primary"
        state = WsrepState.SYNCED if primary else WsrepState.CONNECTED
        server = ServerFacts(sql=True, state=state, cluster_status=kind, ready=primary, uuid=OURS if primary else "")
    else:
        uuid = FOREIGN if kind == "foreign" else OURS
        facts = replace(facts, position=Position(uuid, HOLDING[kind]))
        if kind == "5 without record":
            facts = replace(facts, record=None)
        elif kind == "foreign":
            facts = replace(facts, record=NodeRecord(name, None, (Epoch(FIRST, FOREIGN, 0),)))
        elif kind == "diverged" and record:
            facts = replace(facts, record=replace(record, lineage=DIVERGED, views=()))
    return NodeReport(facts, server)


def facts_of(kinds: Mapping[str, str], memory: str, me: str) -> Facts:
    reports = {name: one for name, kind in kinds.items() if (one := report(name, kind))}
    known, fresh = MEMORIES[memory]
    stale = {name: "its report is stale" for name, kind in kinds.items() if kind == "stale"}
    return Facts(me, reports, frozenset(NAMES), known, fresh, stale, frozenset(reports) | frozenset(stale))


def worlds() -> Iterator[tuple[dict[str, str], str]]:
    for kinds in itertools.product(KINDS, repeat=3):
        for memory in MEMORIES:
            yield dict(zip(NAMES, kinds, strict=True)), memory


def deciders(kinds: Mapping[str, str]) -> list[str]:
    """Those who decide: their entrypoint reports and their server does not run."""
    return [name for name, kind in kinds.items() if kind not in ("missing", "stale", "non-Primary", "Primary")]


@functools.cache
def everything() -> tuple[tuple[dict[str, str], str, dict[str, Decision]], ...]:
    """Every world with the decisions of its nodes; that none raises is part of the proof."""
    return tuple(
        (kinds, memory, {me: decide(facts_of(kinds, memory, me)) for me in deciders(kinds)})
        for kinds, memory in worlds()
    )


def check_that(holds: bool, *what: object) -> None:
    if not holds:
        pytest.fail("\n".join(map(str, what)))


def test_every_world_has_a_decision_and_always_the_same() -> None:
    assert len(everything()) == len(KINDS) ** 3 * len(MEMORIES)
    for kinds, memory, decisions in everything()[::7]:
        for me, decision in decisions.items():
            check_that(decide(facts_of(kinds, memory, me)) == decision, kinds, memory, me)


def test_nobody_bootstraps_beside_a_primary() -> None:
    for kinds, memory, decisions in everything():
        if "Primary" in kinds.values():
            check_that(not any(isinstance(one, Bootstrap) for one in decisions.values()), kinds, memory, decisions)


def test_nobody_joins_without_a_primary() -> None:
    for kinds, memory, decisions in everything():
        if "Primary" not in kinds.values():
            check_that(not any(isinstance(one, Join) for one in decisions.values()), kinds, memory, decisions)


def test_at_most_one_node_bootstraps_and_nobody_elects_another_one() -> None:
    for kinds, memory, decisions in everything():
        winners = {me for me, one in decisions.items() if isinstance(one, Bootstrap)}
        check_that(len(winners) <= 1, kinds, memory, decisions)
        named = {one.for_ for one in decisions.values() if isinstance(one, Wait) and one.rule == 8}
        check_that(named <= {(winner,) for winner in winners}, kinds, memory, decisions)


def test_nobody_bootstraps_while_a_node_that_was_in_the_newest_view_is_not_final() -> None:
    """Here all three were in it, as soon as anybody has a record of that view."""
    not_final = {"missing", "stale", "unreadable", "non-Primary"}
    seen = {"incomplete", "5", "9", "undefined", "non-Primary"}
    for kinds, memory, decisions in everything():
        if not_final & set(kinds.values()) and seen & set(kinds.values()):
            check_that(not any(isinstance(one, Bootstrap) for one in decisions.values()), kinds, memory, decisions)


def test_nobody_bootstraps_while_an_expected_node_is_missing_and_no_view_is_known() -> None:
    for kinds, memory, decisions in everything():
        if {"missing", "stale", "unreadable"} & set(kinds.values()):
            check_that(not any(isinstance(one, Bootstrap) for one in decisions.values()), kinds, memory, decisions)


def test_the_winner_has_the_highest_seqno_of_its_history() -> None:
    for kinds, memory, decisions in everything():
        for me, decision in decisions.items():
            if isinstance(decision, Bootstrap) and decision.rule == 8:
                same = {"5": 5, "9": 9, "undefined": -1}
                mine = HOLDING[kinds[me]]
                best = max((same[kind] for kind in kinds.values() if kind in same), default=mine)
                check_that(mine >= best, kinds, memory, me, decision)


def test_nobody_starts_an_empty_cluster_where_a_history_is_known() -> None:
    knowing = {"incomplete", "5", "9", "5 without record", "undefined", "foreign", "diverged", "Primary", "non-Primary"}
    for kinds, memory, decisions in everything():
        for me, decision in decisions.items():
            if isinstance(decision, Bootstrap) and decision.rule == 7:
                check_that(memory == "empty" and not knowing & set(kinds.values()), kinds, memory, me, decision)


def test_three_empty_volumes_and_an_empty_memory_start_a_cluster_on_the_lowest_ordinal() -> None:
    kinds = dict.fromkeys(NAMES, "empty")
    assert isinstance(decide(facts_of(kinds, "empty", "db-0")), Bootstrap)
    assert isinstance(decide(facts_of(kinds, "unreadable", "db-0")), Wait)
    assert isinstance(decide(facts_of(kinds, "known", "db-0")), Refuse)


def test_complete_data_are_enough_without_any_memory() -> None:
    for memory in MEMORIES:
        kinds = {"db-0": "5", "db-1": "9", "db-2": "5"}
        assert isinstance(decide(facts_of(kinds, memory, "db-1")), Bootstrap)


def test_a_wait_for_reports_names_every_node_that_gives_none() -> None:
    for kinds, memory, decisions in everything():
        absent = {name for name, kind in kinds.items() if kind in ("missing", "stale", "unreadable", "non-Primary")}
        for me, decision in decisions.items():
            if isinstance(decision, Wait) and decision.rule == 5:
                check_that(absent <= set(decision.for_), kinds, memory, me, decision)
                check_that(all(name in decision.reason for name in decision.for_), kinds, memory, me, decision)


def test_every_decision_has_a_sentence_and_every_refusal_a_remedy() -> None:
    for kinds, memory, decisions in everything():
        for me, decision in decisions.items():
            check_that(bool(decision.reason), kinds, memory, me, decision)
            if isinstance(decision, Refuse):
                check_that(bool(decision.remedy), kinds, memory, me, decision)


def test_data_are_never_given_up_without_a_persons_word() -> None:
    for kinds, memory, decisions in everything():
        for me, decision in decisions.items():
            if isinstance(decision, Join):
                check_that(not decision.discard, kinds, memory, me, decision)
                check_that(kinds[me] not in ("foreign", "diverged"), kinds, memory, me, decision)
