"""What was seen decides the state; each row is one cluster."""

from __future__ import annotations

import dataclasses

import pytest

from galeractl.core.diagnose import diagnose
from galeractl.core.nodeline import describe_node
from galeractl.core.programs import Programs
from galeractl.core.sight import ClusterSight
from peerfinder.core.codec import to_json
from peerfinder.core.lineage import Ballot
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import DecisionSummary
from peerfinder.core.standing import Standing
from peerfinder.core.state import State
from peerfinder.core.wsrep import WsrepState
from tests.support.sights import HISTORY, OTHER_HISTORY, a_cluster, a_lone_server, a_member, a_waiting_node, with_writer

STOPPED, RUNNING, PAUSED = Programs.STOPPED, Programs.RUNNING, Programs.PAUSED
EMPTY = ClusterMemory()

ALL_STOPPED = {"db_0": STOPPED, "db_1": STOPPED, "db_2": STOPPED}

CASES = {
    "three members": (a_cluster(a_member("db-0"), a_member("db-1"), a_member("db-2")), State.ONLINE, 1),
    "a donor is a member": (
        a_cluster(a_member("db-0"), a_member("db-1"), a_member("db-2", state=WsrepState.DONOR)),
        State.ONLINE,
        1,
    ),
    "one node is stopped": (
        a_cluster(a_member("db-0", size=2), a_member("db-1", size=2), db_2=STOPPED),
        State.ONLINE_PARTIAL,
        0,
    ),
    "one node is left": (a_cluster(a_member("db-0", size=1), db_1=STOPPED, db_2=STOPPED), State.ONLINE_PARTIAL, 0),
    "one agent is dead, its server still counts in Galera": (
        a_cluster(a_member("db-0"), a_member("db-1"), db_2=Programs.ENTRYPOINT_ONLY),
        State.ONLINE_PARTIAL,
        1,
    ),
    "an arbitrator is a vote without data": (
        a_cluster(a_member("db-0"), a_member("db-1"), expected=("db-0", "db-1")),
        State.ONLINE,
        1,
    ),
    "five members": (
        a_cluster(*(a_member(f"db-{n}", size=5) for n in range(5)), expected=tuple(f"db-{n}" for n in range(5))),
        State.ONLINE,
        2,
    ),
    "all wait for one": (a_cluster(a_waiting_node("db-0"), a_waiting_node("db-1"), db_2=STOPPED), State.NO_QUORUM, 0),
    "a server without majority": (a_cluster(a_lone_server("db-0"), db_1=STOPPED, db_2=STOPPED), State.NO_QUORUM, 0),
    "the first start": (
        a_cluster(*(a_waiting_node(f"db-{n}", seqno=None) for n in range(3)), memory=EMPTY),
        State.INITIALIZING,
        0,
    ),
    "empty volumes and a memory are no first start": (
        a_cluster(*(a_waiting_node(f"db-{n}", seqno=None) for n in range(3))),
        State.NO_QUORUM,
        0,
    ),
    "empty volumes and an unreadable memory are no first start": (
        a_cluster(*(a_waiting_node(f"db-{n}", seqno=None) for n in range(3)), memory=None),
        State.NO_QUORUM,
        0,
    ),
    "nothing runs": (a_cluster(**ALL_STOPPED), State.OFFLINE, 0),
    "nobody answers, and something runs": (a_cluster(db_0=RUNNING, db_1=STOPPED, db_2=STOPPED), State.UNKNOWN, 0),
    "nobody answers, and nothing else is known": (a_cluster(db_0=Programs.UNKNOWN), State.UNKNOWN, 0),
    "two epochs": (
        a_cluster(a_member("db-0"), a_member("db-1", epoch=Ballot(2, "db-1"))),
        State.SPLIT_BRAIN,
        0,
    ),
    "two histories": (a_cluster(a_member("db-0"), a_member("db-1", uuid=OTHER_HISTORY)), State.SPLIT_BRAIN, 0),
}


@pytest.mark.parametrize(("sight", "state", "tolerates"), CASES.values(), ids=CASES.keys())
def test_state(sight: ClusterSight, state: State, tolerates: int) -> None:
    found = diagnose(sight)
    assert (found.state, found.tolerates) == (state, tolerates)


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_case(state: State) -> None:
    assert state in {case[1] for case in CASES.values()}


def test_json_has_exactly_the_documented_keys() -> None:
    told = to_json(diagnose(a_cluster(a_member("db-0"), a_member("db-1"), db_2=STOPPED)))
    assert list(told) == ["cluster", "uuid", "state", "tolerates", "summary", "writer", "epoch", "page", "nodes"]
    assert list(told["nodes"][0]) == [
        "name", "ordinal", "address", "role", "ready", "phase", "state", "cluster_status", "seqno", "recv_queue",
        "version", "read_only", "flags", "waiting_for", "reason", "remedy",
    ]  # fmt: skip


def test_the_cluster_is_described_by_its_primary() -> None:
    found = diagnose(a_cluster(a_member("db-0"), a_member("db-1"), a_member("db-2")))
    assert (found.uuid, found.epoch, found.page) == (HISTORY, "1/db-0", "http://127.77.7.10:8008/")
    assert found.summary == "all 3 nodes are in the Primary component; can tolerate 1 failure"


def test_a_waiting_node_says_for_whom_and_what_to_do() -> None:
    decision = DecisionSummary("wait", 5, "waiting for db-2", "galeractl recover --without db-2", ("db-2",))
    line = describe_node(a_cluster(a_waiting_node("db-0", decision=decision), db_2=STOPPED), "db-0")
    assert (line.role, line.seqno, line.waiting_for) == (Standing.WAITING, 812, ("db-2",))
    assert line.reason == "waiting for db-2"
    assert line.remedy == "galeractl local start db-2; if that is impossible: galeractl recover --without db-2"


def test_a_refusing_node_needs_a_person() -> None:
    decision = DecisionSummary("refuse", 6, "two histories", "galeractl recover", needs_operator=True)
    line = describe_node(a_cluster(a_waiting_node("db-0", decision=decision)), "db-0")
    assert (line.role, line.flags) == (Standing.REFUSING, ("needs-operator",))


@pytest.mark.parametrize(
    ("programs", "role", "remedy"),
    [
        (STOPPED, Standing.STOPPED, "galeractl local start db-2"),
        (PAUSED, Standing.UNREACHABLE, "galeractl local resume db-2"),
        (Programs.ENTRYPOINT_ONLY, Standing.UNREACHABLE, "galeractl local start db-2"),
        (RUNNING, Standing.UNREACHABLE, ""),
    ],
)
def test_a_silent_node_is_told_apart_by_its_programs(programs: Programs, role: Standing, remedy: str) -> None:
    line = describe_node(a_cluster(a_member("db-0"), db_2=programs), "db-2")
    assert (line.role, line.remedy, line.ready) == (role, remedy, False)


def test_a_report_of_a_server_that_is_gone_is_no_report() -> None:
    sight = a_cluster(a_member("db-0"), a_member("db-1"), a_member("db-2"))
    outdated = dataclasses.replace(sight.nodes["db-2"], is_outdated=True, problem="its server is gone")
    found = diagnose(dataclasses.replace(sight, nodes={**sight.nodes, "db-2": outdated}))
    assert found.state is State.ONLINE_PARTIAL
    assert (found.nodes[2].role, found.nodes[2].reason) == (Standing.UNREACHABLE, "its server is gone")


def test_a_stale_report_is_no_report() -> None:
    stale = dataclasses.replace(a_member("db-0"), age=9.0)
    sight = a_cluster(stale, a_member("db-1"), a_member("db-2"))
    line = describe_node(sight, "db-0")
    assert (line.role, line.flags) == (Standing.UNREACHABLE, ("stale",))
    assert diagnose(sight).state is State.ONLINE_PARTIAL


def test_members_are_called_by_their_part_in_the_writer_role() -> None:
    sight = a_cluster(a_member("db-0"), a_member("db-1"), a_member("db-2", state=WsrepState.DONOR))
    assert [node.role for node in diagnose(sight).nodes] == [Standing.MEMBER, Standing.MEMBER, Standing.DONOR]
    found = diagnose(with_writer(sight, "db-1"))
    assert [node.role for node in found.nodes] == [Standing.SECONDARY, Standing.PRIMARY, Standing.DONOR]
    assert found.writer == "db-1"
    assert found.state is State.ONLINE


def test_the_newest_word_tells_the_writer_and_only_members_have_one() -> None:
    sight = with_writer(a_cluster(a_member("db-0"), a_member("db-1"), a_lone_server("db-2")), "db-0", 4)
    newer = with_writer(sight, "db-1", 5).nodes["db-1"]
    alone = with_writer(sight, "db-2", 9).nodes["db-2"]
    assert diagnose(dataclasses.replace(sight, nodes={**sight.nodes, "db-1": newer, "db-2": alone})).writer == "db-1"
    assert diagnose(a_cluster(**ALL_STOPPED)).writer is None
