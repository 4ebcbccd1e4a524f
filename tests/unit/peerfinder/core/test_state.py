"""The state of the cluster in one word, from nothing but reports and the memory."""

from __future__ import annotations

import pytest

from peerfinder.core.lineage import Ballot
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import NodeReport
from peerfinder.core.state import State, tolerance, tolerated, with_nodes
from tests.support.sights import NAMES, a_member, a_waiting_node

ALL = [a_member(name) for name in NAMES]
CASES: dict[str, tuple[list[NodeReport], ClusterMemory | None, State]] = {
    "all": (ALL, ClusterMemory("x"), State.ONLINE),
    "one is missing": (ALL[:2], ClusterMemory("x"), State.ONLINE_PARTIAL),
    "two epochs": ([*ALL[:2], a_member("db-2", epoch=Ballot(2, "db-2"))], None, State.SPLIT_BRAIN),
    "no Primary, and a memory": ([a_waiting_node("db-0", seqno=None)], ClusterMemory("x"), State.NO_QUORUM),
    "no Primary, and data": ([a_waiting_node("db-0")], ClusterMemory(), State.NO_QUORUM),
    "no Primary, and a memory that cannot be read": ([a_waiting_node("db-0", seqno=None)], None, State.NO_QUORUM),
    "nothing at all": ([a_waiting_node("db-0", seqno=None)], ClusterMemory(), State.INITIALIZING),
}


@pytest.mark.parametrize("case", CASES)
def test_the_word(case):
    reports, memory, state = CASES[case]
    inside = {one.facts.name: one for one in reports if one.in_primary}
    assert with_nodes(inside, NAMES, memory, reports) is state


@pytest.mark.parametrize(
    ("members", "size", "number"), [(0, 0, 0), (1, 1, 0), (2, 2, 0), (3, 3, 1), (5, 5, 2), (2, 3, 1)]
)
def test_how_many_may_fail_at_once(members, size, number):
    inside = {f"db-{one}": a_member(f"db-{one}", size=size) for one in range(members)}
    assert tolerated(inside) == number


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "cannot tolerate any failure"), (1, "can tolerate 1 failure"), (2, "can tolerate 2 failures")],
)
def test_it_is_said(number, words):
    assert tolerance(number) == words
