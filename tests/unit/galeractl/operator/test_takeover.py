"""What comes of the answers of agents that were told to take over."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from galeractl.adapters import agent
from galeractl.core.sight import ClusterSight, Sight
from galeractl.core.takeover import Go
from galeractl.core.trouble import Code, Trouble
from galeractl.operator import takeover
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.takeover import Takeover, TakeoverOrder
from tests.support.sights import NAMES, a_cluster, a_member, with_writer

BEFORE = with_writer(a_cluster(*map(a_member, NAMES)), "db-0", epoch=4)
PLAN = Go(("db-1", "db-2"), "db-0", 4)
DONE = Takeover("db-2", 5, "db-0")
REFUSED = agent.NoAnswer("409", answered=True, status=409, said="db-1 is Donor/Desynced, not Synced")
SILENT = agent.NoAnswer("its agent did not answer within 15 s", answered=False)

Answer = Takeover | agent.NoAnswer


@dataclass
class Cluster:
    """A cluster whose agents give these answers, and that looks so afterwards."""

    answers: dict[str, Answer]
    after: ClusterSight = BEFORE
    asked: list[str] = field(default_factory=list)

    def look(self) -> ClusterSight:
        return self.after

    def line(self, node: Sight, seconds: float) -> tuple[agent.Line, str]:
        self.asked.append(node.name)
        return agent.Line(socket.socket, node.name, seconds), "secret"

    def swap(self, expected_version: int, memory: ClusterMemory) -> bool:
        raise AssertionError("a takeover does not touch the memory")


@pytest.fixture
def ordered(monkeypatch: pytest.MonkeyPatch) -> Callable[[Cluster], Takeover]:
    def order(cluster: Cluster) -> Takeover:
        def answer(line: agent.Line, _token: str, path: str, body: object, _kind: type[Takeover]) -> Answer:
            assert (path, body) == ("/v1/takeover", TakeoverOrder(expect=4))
            return cluster.answers[line.host]

        monkeypatch.setattr(agent, "order", answer)
        return takeover._order(cluster, BEFORE, PLAN, TakeoverOrder(expect=4), 15.0)

    return order


def test_the_next_best_is_asked_where_the_best_refuses(ordered: Callable[[Cluster], Takeover]) -> None:
    cluster = Cluster({"db-1": REFUSED, "db-2": DONE})
    assert ordered(cluster) == DONE
    assert cluster.asked == ["db-1", "db-2"]


def test_a_role_that_has_moved_is_no_more_asked_for(ordered: Callable[[Cluster], Takeover]) -> None:
    cluster = Cluster({"db-1": REFUSED}, with_writer(BEFORE, "db-2", epoch=5))
    with pytest.raises(Trouble, match="db-1 is Donor/Desynced, not Synced\n  db-0 ") as trouble:
        ordered(cluster)
    assert (trouble.value.code, cluster.asked) == (Code.REFUSED, ["db-1"])


def test_an_answer_that_was_lost_is_looked_for(ordered: Callable[[Cluster], Takeover]) -> None:
    found = ordered(Cluster({"db-1": SILENT}, with_writer(BEFORE, "db-1", epoch=5)))
    assert (found.node, found.epoch, found.changed) == ("db-1", 5, True)


def test_an_agent_that_does_not_know_the_order_is_no_time_out(ordered: Callable[[Cluster], Takeover]) -> None:
    unknown = agent.NoAnswer("its agent answered 404 Not Found: no such path", answered=True, status=404)
    with pytest.raises(Trouble, match="404 Not Found") as trouble:
        ordered(Cluster({"db-1": unknown}))
    assert trouble.value.code is Code.FAILED


def test_no_answer_and_no_change_is_a_time_out(ordered: Callable[[Cluster], Takeover]) -> None:
    with pytest.raises(Trouble, match="did not answer in time") as trouble:
        ordered(Cluster({"db-1": SILENT}))
    assert trouble.value.code is Code.TIMED_OUT
