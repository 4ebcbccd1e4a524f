"""One example of each rule, with the sentence that people read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.decision import Bootstrap, Decision, Join, Refuse, Wait, decide, summarise
from entrypoint.core.facts import Facts
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import ClusterMemory, Discard, Mark, Override, Superseded
from peerfinder.core.position import ZERO_UUID, Position
from peerfinder.core.report import Datadir
from tests.support.reports import (
    FIRST,
    FOREIGN,
    KNOWN,
    LINEAGE,
    OURS,
    facts,
    record,
    running,
    view,
    waiting,
    without_data,
)  # fmt: skip

ALL = view("db-0", "db-1", "db-2")
FORK_A = (*LINEAGE, Epoch(Ballot(2, "db-0"), OURS, 3))
FORK_B = (*LINEAGE, Epoch(Ballot(3, "db-1"), OURS, 4))
MARKED = replace(KNOWN, mark=Mark(FIRST, 9))
OVERRIDE = Override(("db-2",), "db-1", Position(OURS, 5), True, FIRST, FIRST, FIRST)

CASES: dict[str, tuple[Facts, type[Decision], int, str]] = {
    "rule 1: an unreadable datadir is refused with what is wrong": (
        facts("db-0", without_data("db-0", Datadir.UNREADABLE)), Refuse, 1, "no such file"),
    "rule 2: data of the Primary's history join": (
        facts("db-1", waiting("db-1", 5, ALL), running("db-0", ALL)), Join, 2,
        "a Primary of this node's history answers (db-0)"),
    "rule 2: an empty volume joins, whatever the memory": (
        facts("db-1", without_data("db-1"), running("db-0", ALL)), Join, 2,
        "a Primary answers (db-0); this node holds no data"),
    "rule 2: an empty volume does not join a Primary that the memory does not know": (
        facts("db-1", without_data("db-1"), running("db-0", uuid=FOREIGN, lineage=()), memory=KNOWN), Refuse, 2,
        f"the Primary of db-0 has history {FOREIGN}, the memory knows {OURS}"),
    "rule 2: one joins after the other": (
        facts("db-2", waiting("db-2", 5, ALL), running("db-0", ALL), running("db-1", primary=False)), Wait, 2,
        "a Primary of this node's history answers (db-0); db-1 is joining first"),
    "rule 2: data beyond the fork are refused": (
        facts("db-1", waiting("db-1", 9, lineage=FORK_B), running("db-0", lineage=FORK_A)), Refuse, 2,
        f"diverged: this node's data reach {OURS}:9, beyond the point where the Primary of db-0 went another way"),
    "rule 2: two Primaries are joined by nobody": (
        facts("db-2", waiting("db-2", 5), running("db-0", lineage=FORK_A), running("db-1", lineage=FORK_B)), Wait, 2,
        "two Primary components answer (db-0 in epoch 2/db-0, db-1 in epoch 3/db-1): a split brain, joining neither"),
    "rule 2: superseded data are given up": (
        facts("db-1", waiting("db-1", 5), running("db-0", uuid=FOREIGN),
              memory=replace(KNOWN, superseded=(Superseded(OURS, 5),))), Join, 2,
        f"the data at {OURS}:5 were given up; taking those of the Primary"),
    "rule 2: discarded data are given up": (
        facts("db-1", waiting("db-1", 5), running("db-0", uuid=FOREIGN),
              memory=replace(KNOWN, discards=(Discard("db-1", Position(OURS, 5)),))), Join, 2,
        f"the data at {OURS}:5 were given up; taking those of the Primary"),
    "rule 3: a foreign Primary is refused": (
        facts("db-1", waiting("db-1", 5), running("db-0", uuid=FOREIGN)), Refuse, 3,
        f"the Primary of db-0 has history {FOREIGN}, this node holds {OURS}:5: joining would wipe it"),
    "rule 4: an override excludes a node and names the winner": (
        facts("db-1", waiting("db-0", 5, ALL), waiting("db-1", 5, ALL), memory=replace(KNOWN, override=OVERRIDE)),
        Bootstrap, 8, "db-1 holds the most advanced data (seqno 5, as do db-0)"),
    "rule 4: an override names nobody who is behind": (
        facts("db-0", waiting("db-0", 7, ALL), waiting("db-1", 5, ALL), memory=replace(KNOWN, override=OVERRIDE)),
        Refuse, 4, "the override names db-1, but db-0 is further on"),
    "rule 5: a member of the newest view is waited for": (
        facts("db-0", waiting("db-0", 5, ALL), waiting("db-1", 5, ALL), memory=KNOWN), Wait, 5,
        "waiting for db-2 (does not report; it was in the newest Primary view)"),
    "rule 5: without a number of nodes nobody is elected": (
        facts("db-0", waiting("db-0", 5), nodes=None), Wait, 5,
        "how many nodes the cluster has is unknown (no answer from the API, no memory)"),
    "rule 5: a running server has no final position": (
        facts("db-0", waiting("db-0", 5, ALL), waiting("db-2", 5, ALL), running("db-1", ALL, primary=False)), Wait, 5,
        "waiting for db-1 (is running, its position is not final; it was in the newest Primary view)"),
    "rule 5: an unreadable volume is waited for with its problem": (
        facts("db-0", waiting("db-0", 5, ALL), waiting("db-2", 5, ALL), without_data("db-1", Datadir.UNREADABLE)),
        Wait, 5, "waiting for db-1 (cannot read its data: no such file; it was in the newest Primary view)"),
    "rule 6: data behind the mark": (
        facts("db-0", *(waiting(f"db-{n}", 5, ALL) for n in range(3)), memory=MARKED), Refuse, 6,
        "seqno 9 was committed, the best data reach only 5"),
    "rule 6: no member of the newest view holds data": (
        facts("db-0", waiting("db-0", 1), without_data("db-1", kept=record("db-1", view("db-1"))), nodes=2), Refuse, 6,
        "no member of the newest Primary view (db-1) holds data"),
    "rule 6: a member of the newest view has lost its volume and nobody reached that view": (
        facts("db-0", waiting("db-0", 1, view("db-0", "db-1", start=None)), without_data("db-1"), nodes=2), Refuse, 6,
        "db-1 was in the newest view and lost its volume, and no data reach the point where that view began"),
    "rule 6: the node of a possible start has lost its volume": (
        facts("db-0", waiting("db-0", 5, ALL, promise=Ballot(2, "db-1")),
              without_data("db-1"), waiting("db-2", 5, ALL)),
        Refuse, 6, "db-1 may have started a Primary, but its volume was replaced since"),
    "rule 6: two histories": (
        facts("db-0", waiting("db-0", 5),
              waiting("db-1", 5, uuid=FOREIGN, lineage=(Epoch(FIRST, FOREIGN, 0),)), nodes=2),
        Refuse, 6, f"the nodes hold different histories: {OURS} on db-0; {FOREIGN} on db-1"),
    "rule 6: a fork that the memory does not settle": (
        facts("db-0", waiting("db-0", 9, lineage=FORK_A, promise=FORK_A[1].ballot),
              waiting("db-1", 9, lineage=FORK_B, promise=FORK_B[1].ballot), nodes=2), Refuse, 6,
        "the data of db-0 and of epoch 3/db-1 fork, and the memory names neither"),
    "rule 6: several nodes with data of no history": (
        facts("db-0", *(waiting(f"db-{n}", -1, uuid=ZERO_UUID, lineage=()) for n in range(2)), nodes=2), Refuse, 6,
        "several nodes hold data that belong to no Galera history, so none is known to be newer"),
    "rule 7: nobody holds data and no history is known": (
        facts("db-0", *(without_data(f"db-{n}") for n in range(3)), memory=ClusterMemory()), Bootstrap, 7,
        "no node holds data and no history is known; db-0 is the lowest ordinal"),
    "rule 7: nobody holds data and the memory is unreadable": (
        facts("db-0", *(without_data(f"db-{n}") for n in range(3))), Wait, 7,
        "no node holds data, and the cluster memory that tells a new cluster from lost volumes is unreadable"),
    "rule 7: nobody holds data and the memory knows a history": (
        facts("db-0", *(without_data(f"db-{n}") for n in range(3)), memory=KNOWN), Refuse, 7,
        f"no node holds data, but the memory knows history {OURS}: the volumes were lost"),
    "rule 7: nobody holds data and a ballot was permitted": (
        facts("db-0", *(without_data(f"db-{n}") for n in range(3)), memory=ClusterMemory(ballot=FIRST)), Refuse, 7,
        "no node holds data, but ballot 1/db-0 was permitted: the volumes were lost"),
    "rule 8: the most advanced data": (
        facts("db-1", waiting("db-0", 5, ALL), waiting("db-1", 9, ALL), waiting("db-2", 7, ALL)), Bootstrap, 8,
        "db-1 holds the most advanced data (seqno 9)"),
    "rule 8: the others wait for the winner": (
        facts("db-0", waiting("db-0", 5, ALL), waiting("db-1", 9, ALL), waiting("db-2", 7, ALL)), Wait, 8,
        "db-1 holds the most advanced data (seqno 9); waiting for it to form the Primary"),
    "rule 8: a tie goes to a member of the newest view": (
        facts("db-1", waiting("db-0", 5), waiting("db-1", 5, view("db-1")), nodes=2), Bootstrap, 8,
        "db-1 holds the most advanced data (seqno 5, as do db-0)"),
    "rule 8: a missing node that was not in the newest view is proven irrelevant": (
        facts("db-0", waiting("db-0", 5, view("db-0", "db-1")), waiting("db-1", 5), memory=KNOWN), Bootstrap, 8,
        "db-0 holds the most advanced data (seqno 5, as do db-1); proven irrelevant: db-2"),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "kind", "rule", "reason"), CASES.values(), ids=CASES)
def test_decides(seen: Facts, kind: type[Decision], rule: int, reason: str) -> None:
    decision = decide(seen)
    assert (type(decision), decision.rule, decision.reason) == (kind, rule, reason)


def test_a_lost_memory_exempts_nobody() -> None:
    seen = facts("db-0", waiting("db-0", 5, view("db-0", "db-1")), waiting("db-1", 5), memory=ClusterMemory())
    assert isinstance(decide(seen), Wait)


def test_a_wait_names_the_command_that_excludes_the_missing_node() -> None:
    decision = decide(facts("db-0", waiting("db-0", 5, ALL), waiting("db-1", 5, ALL), memory=KNOWN))
    assert isinstance(decision, Wait)
    assert decision.remedy == "galeractl recover --without db-2"


def test_a_refusal_needs_an_operator() -> None:
    summary = summarise(Refuse(1, "why", "what to do"))
    assert (summary.kind, summary.needs_operator, summary.remedy) == ("refuse", True, "what to do")
