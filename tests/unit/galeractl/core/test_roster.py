"""Every node that a shown remedy names may be named, and the remedy is accepted, in every world and history."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from entrypoint.core.decision import Decision, Wait, decide
from entrypoint.core.facts import Facts
from galeractl.core.recovery import Refused, Request, Store, plan_recovery
from galeractl.core.roster import roster
from peerfinder.core.lineage import Ballot
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import Datadir, DecisionSummary
from tests.support.histories import history
from tests.support.reports import KNOWN, facts, running, view, waiting, without_data
from tests.support.sights import a_cluster, a_record, a_waiting_node, as_galeractl_sees
from tests.support.world_nodes import Core

HISTORIES = 300
ORDER = "galeractl recover"
ALL = view("db-0", "db-1", "db-2")


def check_that_it_is_accepted(seen: Facts, decision: Decision) -> int:
    """Follow the remedy of a wait, where it is an order that needs nothing before it; gives how many were followed."""
    if not isinstance(decision, Wait) or not decision.remedy.startswith(ORDER):
        return 0
    without = tuple(word for word in decision.remedy.removeprefix(ORDER).split() if word != "--without")
    plan = plan_recovery(as_galeractl_sees(seen), Request(without=without))
    if isinstance(plan, Store):
        return 1
    assert isinstance(plan, Refused)
    if not seen.memory_fresh and plan.reason.startswith("the cluster memory cannot be read"):
        return 1
    # What is left is between the nodes that are there: nobody who is named, and nobody else who is away.
    assert plan.reason.startswith("even so nobody would bootstrap"), (decision, plan)
    named = plan.reason.partition("waiting for ")[2]
    away = {f"{name} (" for name in roster(as_galeractl_sees(seen)) if name not in seen.reports}
    assert not any(name in named for name in (*away, "unnamed:")), (decision, plan)
    return 1


def test_no_history_shows_a_remedy_that_is_refused_for_somebody_who_is_away() -> None:
    followed = []

    def decide_and_check(seen: Facts) -> Decision:
        decision = decide(seen)
        followed.append(check_that_it_is_accepted(seen, decision))
        return decision

    for seed in range(HISTORIES):
        history(seed, Core(decide=decide_and_check))
    assert sum(followed) > HISTORIES


def test_nor_does_any_small_world_that_was_scaled_to_any_size() -> None:
    kinds = {
        "away": lambda _name: None,
        "empty": without_data,
        "incomplete": lambda name: without_data(name, Datadir.INCOMPLETE),
        "5": lambda name: waiting(name, 5, ALL),
        "9": lambda name: waiting(name, 9, ALL),
        "alone": lambda name: waiting(name, 9, view(name, seq=4)),
        "without a record": lambda name: waiting(name, 5, lineage=(), promise=None),
        "promised": lambda name: waiting(name, 5, ALL, promise=Ballot(2, "db-4")),
        "outside": lambda name: running(name, ALL, primary=False),
    }
    memories = (KNOWN, replace(KNOWN, replicas=5), replace(KNOWN, ballot=Ballot(3, "db-3")), None)
    followed = 0
    for world in itertools.product(kinds, repeat=3):
        reports = [one for ordinal, kind in enumerate(world) if (one := kinds[kind](f"db-{ordinal}"))]
        for memory, nodes in itertools.product(memories, (1, 2, 4)):
            frozen = [report.facts.name for report in reports if report.facts.is_frozen]
            if frozen:  # what they hold back for differs, whom they wait for does not
                seen = facts(frozen[0], *reports, memory=memory, nodes=nodes)
                followed += check_that_it_is_accepted(seen, decide(seen))
    assert followed > len(kinds) ** 3


SPEAKS = {
    "a member of a view": a_waiting_node("db-0", record=a_record("db-0", members=("db-0", "db-7"))),
    "the node of a ballot": a_waiting_node("db-0", record=replace(a_record("db-0"), promise=Ballot(9, "db-7"))),
    "somebody who is waited for": a_waiting_node("db-0", decision=DecisionSummary("wait", 5, "", "", ("db-7",))),
    "the node of a ballot in a copy of the memory": replace(
        a_waiting_node("db-0"), memory=ClusterMemory(ballot=Ballot(9, "db-7"))
    ),
}


@pytest.mark.parametrize("report", SPEAKS.values(), ids=SPEAKS)
def test_a_node_is(report) -> None:
    assert "db-7" in roster(a_cluster(report, expected=("db-0",)))


def test_nobody_else_is_a_node() -> None:
    assert roster(a_cluster(a_waiting_node("db-0"), expected=("db-0", "db-3"))) == ("db-0", "db-1", "db-2", "db-3")
