"""Which node is asked to take the role over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from galeractl.core.diagnose import diagnose
from galeractl.core.programs import Programs
from galeractl.core.sight import ClusterSight
from galeractl.core.takeover import Already, Go, Plan, Refused, candidates, plan_takeover
from peerfinder.core.role import Mode, WriterView
from peerfinder.core.wsrep import WsrepState
from tests.support.sights import a_cluster, a_lone_server, a_member, a_waiting_node, with_writer

WELL = with_writer(a_cluster(*map(a_member, ("db-0", "db-1", "db-2"))), "db-0")
DONOR = with_writer(a_cluster(a_member("db-0"), a_member("db-1", state=WsrepState.DONOR), a_member("db-2")), "db-0")
DEAD = with_writer(a_cluster(a_member("db-0"), a_member("db-1"), db_2=Programs.STOPPED), "db-0")
ALONE = with_writer(a_cluster(a_member("db-0"), a_waiting_node("db-1"), db_2=Programs.STOPPED), "db-0")
NO_QUORUM = a_cluster(a_lone_server("db-0"), db_1=Programs.STOPPED, db_2=Programs.STOPPED)


@pytest.mark.parametrize(
    ("sight", "to", "plan"),
    [
        pytest.param(WELL, "", Go(("db-1", "db-2"), "db-0", 4), id="the best successor, then the next"),
        pytest.param(WELL, "db-2", Go(("db-2",), "db-0", 4), id="the node that was named"),
        pytest.param(WELL, "db-0", Already("db-0", 4), id="the writer is it already"),
        pytest.param(DONOR, "", Go(("db-2", "db-1"), "db-0", 4), id="a donor comes last"),
        pytest.param(DONOR, "db-1", Go(("db-1",), "db-0", 4), id="a donor that was named refuses by itself"),
        pytest.param(DEAD, "db-2", Refused("the agent of db-2 cannot be asked: its agent does not run"), id="dead"),
        pytest.param(
            ALONE, "", Refused("no node beside db-0 is ready, so nobody can take the role over"), id="nobody else"
        ),
    ],
)
def test_the_target(sight: ClusterSight, to: str, plan: Plan) -> None:
    assert plan_takeover(sight, to) == plan


def test_by_force_only_one_is_asked() -> None:
    assert plan_takeover(WELL, "", force=True) == Go(("db-1",), "db-0", 4)


def test_without_a_primary_or_without_the_role_nobody_is_asked() -> None:
    assert isinstance(plan_takeover(NO_QUORUM, "db-0"), Refused)
    nodes = {
        name: replace(one, snapshot=replace(one.snapshot, writer=WriterView(Mode.MULTI)) if one.snapshot else None)
        for name, one in WELL.nodes.items()
    }
    assert isinstance(plan_takeover(replace(WELL, nodes=nodes), "db-1"), Refused)


def test_every_candidate_is_shown_with_its_state() -> None:
    lines = candidates(diagnose(DEAD)).splitlines()
    assert [line.split()[0] for line in lines] == ["db-0", "db-1", "db-2"]
    assert "its programs do not run" in lines[2]
