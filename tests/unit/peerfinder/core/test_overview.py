"""The whole cluster as one agent sees it; and that `galeractl` says the same of the same nodes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from galeractl.core.diagnose import diagnose
from peerfinder.core.lineage import Ballot
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.overview import losses, may_fail, standings, state_of, summary
from peerfinder.core.report import DecisionSummary, NodeReport
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.standing import Standing
from peerfinder.core.state import State
from peerfinder.core.wsrep import WsrepState
from tests.support.moments import a_moment
from tests.support.sights import NAMES, a_cluster, a_lone_server, a_member, a_waiting_node, with_writer

WAITS = DecisionSummary("wait", 5, "waiting for db-2", "galeractl recover --without db-2", ("db-2",), True)
CLUSTERS: dict[str, tuple[list[NodeReport], ClusterMemory | None]] = {
    "all well": ([a_member(name) for name in NAMES], ClusterMemory("x")),
    "one is silent": ([a_member("db-0"), a_member("db-1")], ClusterMemory("x")),
    "one waits": ([a_member("db-0"), a_member("db-1"), a_waiting_node("db-2")], ClusterMemory("x")),
    "one is a donor": (
        [a_member("db-0"), a_member("db-1", state=WsrepState.DONOR), a_waiting_node("db-2", seqno=None)],
        ClusterMemory("x"),
    ),
    "two Primaries": ([a_member("db-0"), a_member("db-1", epoch=Ballot(9, "db-1"))], ClusterMemory("x")),
    "no quorum": ([a_lone_server("db-0"), a_waiting_node("db-1", decision=WAITS)], ClusterMemory("x")),
    "the first start": ([a_waiting_node("db-0", seqno=None), a_waiting_node("db-1", seqno=None)], ClusterMemory()),
    "a memory that cannot be read": ([a_waiting_node("db-0", seqno=None)], None),
}


@pytest.mark.parametrize("case", CLUSTERS)
def test_the_page_and_galeractl_say_the_same(case):
    reports, memory = CLUSTERS[case]
    moment = a_moment(*reports, memory=memory)
    told = diagnose(with_writer(a_cluster(*reports, memory=memory, expected=NAMES), "db-0"))
    assert state_of(moment) is told.state
    assert may_fail(moment, state_of(moment)) == told.tolerates
    assert {name: standings(moment)[name] for name in NAMES} == {
        one.name: one.role for one in told.nodes
    } | dict.fromkeys(moment.silent, Standing.UNREACHABLE)


def test_a_stale_snapshot_says_nothing():
    assert state_of(a_moment(), is_stale=True) is State.UNKNOWN
    assert "not looked" in summary(a_moment(), State.UNKNOWN)


def test_where_every_node_takes_writes_all_are_primary():
    moment = replace(a_moment(), writer=WriterView(Mode.MULTI, role=Role.PRIMARY))
    assert set(standings(moment).values()) == {Standing.PRIMARY}


def test_a_report_that_is_not_fresh_is_none():
    moment = a_moment(replace(a_member("db-0"), age=9.0), a_member("db-1"), a_member("db-2"))
    assert standings(moment)["db-0"] is Standing.UNREACHABLE


SENTENCES = {
    "all well": ("All 3 nodes are in the Primary component; the cluster can tolerate 1 failure.",
                 "Any one of db-0, db-1 and db-2 may fail, and the others go on."),
    "one is silent": (("2 of 3 nodes are in the Primary component; the cluster can tolerate 1 failure. "
                      "Not in it: db-2 (unreachable)."), "Any one of db-0 and db-1 may fail, and the others go on."),
    "two Primaries": ("Two Primary components answer (members: db-0, db-1): stop the one whose writes are to go.", ""),
    "no quorum": (("There is no Primary component, nothing can be written: db-0 (non-primary), db-1 (waiting), "
                  "db-2 (unreachable)."), ""),
    "the first start": (("The cluster is starting for the first time: db-0 (waiting), db-1 (waiting), "
                        "db-2 (unreachable)."), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", SENTENCES)
def test_it_is_said_in_a_sentence(case):
    reports, memory = CLUSTERS[case]
    moment = a_moment(*reports, memory=memory)
    state = state_of(moment)
    assert (summary(moment, state), losses(moment, state)) == SENTENCES[case]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (("db-0",), "If db-0 fails, nothing serves clients any more."),
        (("db-0", "db-1"), "If one of db-0 and db-1 fails, the rest has no majority and stops serving."),
        (NAMES, "Any one of db-0, db-1 and db-2 may fail, and the others go on."),
        ((*NAMES, "db-3", "db-4"), "Any 2 of db-0, db-1, db-2, db-3 and db-4 may fail at once, and the others go on."),
    ],
)
def test_who_may_fail(members, said):
    moment = a_moment(*(a_member(name, size=len(members)) for name in members), expected=members)
    assert losses(moment, state_of(moment)) == said
