"""What a person may say to a cluster that waits, and what is refused."""

from __future__ import annotations

import dataclasses

import pytest

from entrypoint.core.override import why_void
from galeractl.core.programs import Programs
from galeractl.core.recovery import Explained, Refused, Request, Store, plan_recovery
from galeractl.core.sight import ClusterSight, Sight, facts_of
from peerfinder.core.lineage import Ballot
from peerfinder.core.memory import ClusterMemory, Discard
from peerfinder.core.position import Position
from tests.support.sights import HISTORY, a_cluster, a_member, a_waiting_node

STOPPED = Programs.STOPPED
MEMORY = ClusterMemory(HISTORY, ballot=Ballot(1, "db-0"), version=4)


def two_of_three() -> ClusterSight:
    """db-0 and db-1 wait; db-2, which was in the newest view, is gone."""
    return a_cluster(a_waiting_node("db-0", seqno=810), a_waiting_node("db-1", seqno=812), db_2=STOPPED, memory=MEMORY)


def test_a_question_changes_nothing_and_names_the_way_out() -> None:
    plan = plan_recovery(two_of_three(), Request())
    assert isinstance(plan, Explained)
    assert plan.sentence.startswith("nobody would bootstrap: waiting for db-2")
    assert plan.remedy == "galeractl recover --without db-2"


def test_a_question_names_who_is_about_to_bootstrap() -> None:
    seen = a_cluster(*(a_waiting_node(f"db-{n}", seqno=810 + n) for n in range(3)), memory=MEMORY)
    plan = plan_recovery(seen, Request())
    assert isinstance(plan, Explained)
    assert (plan.winner, plan.seqno) == ("db-2", 812)


def test_without_chooses_the_most_advanced_node_and_every_node_will_follow() -> None:
    seen = two_of_three()
    plan = plan_recovery(seen, Request(without=("db-2",)))
    assert isinstance(plan, Store)
    override = plan.memory.override
    assert override is not None
    assert (override.node, override.position.seqno, override.without) == ("db-1", 812, ("db-2",))
    assert (override.tip, override.promise, override.ballot, override.named) == (
        Ballot(1, "db-0"), Ballot(1, "db-0"), Ballot(1, "db-0"), False,
    )  # fmt: skip
    assert why_void(facts_of(dataclasses.replace(seen, memory=plan.memory)), override) == ""
    assert dataclasses.replace(plan.memory, override=None) == MEMORY


def test_nodes_that_were_scaled_away_can_be_left_out_by_the_command_that_is_shown() -> None:
    seen = a_cluster(a_waiting_node("db-0"), memory=MEMORY, expected=("db-0",))
    shown = plan_recovery(seen, Request())
    assert isinstance(shown, Explained)
    assert shown.remedy == "galeractl recover --without db-1 --without db-2"
    plan = plan_recovery(seen, Request(without=("db-1", "db-2")))
    assert isinstance(plan, Store)
    assert (plan.node, plan.memory.override and plan.memory.override.without) == ("db-0", ("db-1", "db-2"))


def test_naming_the_node_that_would_win_anyway_is_allowed() -> None:
    plan = plan_recovery(two_of_three(), Request(without=("db-2",), bootstrap="db-1", expect_seqno=812))
    assert isinstance(plan, Store)
    assert plan.memory.override is not None
    assert plan.memory.override.named


def answering_but_silent() -> ClusterSight:
    seen = two_of_three()
    there = Sight("db-2", "127.77.7.12", None, "its agent answered 503", True, Programs.UNKNOWN)
    return dataclasses.replace(seen, nodes={**seen.nodes, "db-2": there})


def all_wait() -> ClusterSight:
    return a_cluster(*(a_waiting_node(f"db-{n}", seqno=812) for n in range(3)), memory=MEMORY)


def with_primary() -> ClusterSight:
    return a_cluster(a_member("db-0"), a_member("db-1"), a_waiting_node("db-2", seqno=900), memory=MEMORY)


WITHOUT_2 = Request(without=("db-2",))

REFUSALS = {
    "an unknown node": (two_of_three(), Request(without=("db-9",)), "no node is called db-9"),
    "the excluded node answers": (answering_but_silent(), WITHOUT_2, "db-2 is not gone"),
    "the excluded node reports": (all_wait(), WITHOUT_2, "db-2 is not gone"),
    "the excluded node's programs are paused": (
        a_cluster(a_waiting_node("db-0"), a_waiting_node("db-1"), db_2=Programs.PAUSED, memory=MEMORY),
        WITHOUT_2,
        "db-2 is not gone",
    ),
    "a Primary is there": (
        a_cluster(a_member("db-0"), a_member("db-1"), db_2=STOPPED, memory=MEMORY),
        WITHOUT_2,
        "a Primary component is there (db-0, db-1)",
    ),
    "no memory": (
        a_cluster(a_waiting_node("db-0"), a_waiting_node("db-1"), db_2=STOPPED, memory=None),
        WITHOUT_2,
        "the cluster memory cannot be read",
    ),
    "another node is missing too": (
        a_cluster(a_waiting_node("db-0"), db_1=STOPPED, db_2=STOPPED, memory=MEMORY),
        WITHOUT_2,
        "even so nobody would bootstrap: waiting for db-1",
    ),
    "the named node has moved": (
        two_of_three(),
        Request(without=("db-2",), bootstrap="db-1", expect_seqno=811),
        "db-1 is at seqno 812, not at 811",
    ),
    "another node is further on than the named one": (
        two_of_three(),
        Request(without=("db-2",), bootstrap="db-0", expect_seqno=810),
        "db-1 is further on",
    ),
    "nobody holds data": (
        a_cluster(a_waiting_node("db-0", seqno=None), db_1=STOPPED, db_2=STOPPED, memory=MEMORY),
        Request(without=("db-1", "db-2")),
        "no node that answers holds data",
    ),
    "discarding without a Primary": (all_wait(), Request(discard="db-2"), "no Primary component answers"),
    "discarding a member": (with_primary(), Request(discard="db-1"), "db-1 is in the Primary component"),
    "discarding a node that does not report": (
        a_cluster(a_member("db-0"), a_member("db-1"), db_2=STOPPED, memory=MEMORY),
        Request(discard="db-2"),
        "db-2 does not report",
    ),
}


@pytest.mark.parametrize(("sight", "request_", "reason"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refused_when(sight: ClusterSight, request_: Request, reason: str) -> None:
    plan = plan_recovery(sight, request_)
    assert isinstance(plan, Refused)
    assert reason in plan.reason


def test_discard_gives_up_exactly_the_reported_position() -> None:
    plan = plan_recovery(with_primary(), Request(discard="db-2"))
    assert isinstance(plan, Store)
    assert plan.memory.discards == (Discard("db-2", Position(HISTORY, 900)),)


def test_a_later_discard_of_the_same_node_replaces_the_earlier() -> None:
    old = dataclasses.replace(MEMORY, discards=(Discard("db-2", Position(HISTORY, 850)),))
    plan = plan_recovery(dataclasses.replace(with_primary(), memory=old), Request(discard="db-2"))
    assert isinstance(plan, Store)
    assert [one.position.seqno for one in plan.memory.discards] == [900]
