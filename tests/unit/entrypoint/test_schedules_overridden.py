"""Schedules around a person's `recover`: what its override covers, and when it is void (see test_schedules.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.decision import Refuse
from tests.support.mutations import MUTATIONS
from tests.support.schedules import (
    Schedules,
    a_cluster,
    all_apply,
    boot,
    check_ends_well,
    decision,
    go_on,
    kill,
    node,
    primary,
    stop,
    write,
)
from tests.support.world import Violated, World

SCHEDULES = Schedules()


@SCHEDULES.sentence("c4: the node that left last returns cut off from peers and API after `recover --without` it")
def c4(world: World) -> None:
    left_behind(world)
    world.nodes[node(2)].api = False
    boot(world, 2)
    go_on(world, 2, turns=10)
    assert "db-2" not in primary(world)


@SCHEDULES.sentence("c4b: as c4, cut off from its peers only")
def c4b(world: World) -> None:
    left_behind(world)
    boot(world, 2)
    go_on(world, 2, turns=10)
    assert "db-2" not in primary(world)


def left_behind(world: World) -> None:
    all_apply(world)
    stop(world, 0, 1)
    all_apply(world)
    stop(world, 2)
    boot(world, 0, 1)
    world.override(node(0))
    go_on(world, 0, 1)
    assert primary(world) == {"db-0", "db-1"}
    world.partition("both", {node(2): 1})


@SCHEDULES.sentence("c5: a node returns after `recover --without` it when the group has passed its seqno")
def c5(world: World) -> None:
    excluded(world)
    world.accepted.clear()  # the operator's word does not let db-2 be overwritten
    write(world, 0, 9)
    boot(world, 2)
    go_on(world, 2, turns=10)
    refuses = decision(world, 2)
    assert isinstance(refuses, Refuse)
    assert "diverged" in refuses.reason
    assert refuses.remedy == "galeractl recover --discard db-2"


@SCHEDULES.sentence("c5b: all crash after that, and the excluded node holds the highest seqno, of a fork")
def c5b(world: World) -> None:
    excluded(world, 9)
    write(world, 0)
    all_apply(world)
    world.kill_all()
    world.swap(replace(world.memory, override=None))
    boot(world, 0, 1, 2)
    go_on(world, 0, 1, 2)
    assert primary(world) <= {"db-0", "db-1"}


def excluded(world: World, writes: int = 3) -> None:
    all_apply(world)
    stop(world, 0, 1)
    write(world, 2, writes)
    kill(world, 2)
    boot(world, 0, 1)
    world.override(node(0))
    go_on(world, 0, 1)
    assert primary(world) == {"db-0", "db-1"}


@SCHEDULES.sentence("c8: a mark from before an override does not block the crash after it")
def c8(world: World) -> None:
    all_apply(world)
    stop(world, 0, 1)
    write(world, 2, 9)
    world.mark(node(2))
    kill(world, 2)
    boot(world, 0, 1)
    world.override(node(0))
    go_on(world, 0, 1)
    assert primary(world) == {"db-0", "db-1"}
    all_apply(world)
    world.wipe(node(2))
    world.kill_all()
    assert world.fair()


@SCHEDULES.sentence("c9: an override is void once the excluded node is back")
def c9(world: World) -> None:
    all_apply(world)
    stop(world, 0, 1)
    write(world, 2, 3)
    kill(world, 2)
    boot(world, 0, 1)
    world.override(node(0))
    boot(world, 2)
    go_on(world, 0, 1, 2)
    assert primary(world) == {"db-0", "db-1", "db-2"}
    assert not world.accepted


@pytest.mark.parametrize("text", SCHEDULES)
def test_ends_well(text: str) -> None:
    check_ends_well(SCHEDULES[text])


BROKEN = {
    "c5:": "lineages are ignored",
    "c5b:": "lineages are ignored",
}


@pytest.mark.parametrize(("start", "clause"), BROKEN.items())
def test_ends_badly_without_its_clause(start: str, clause: str) -> None:
    schedule = SCHEDULES.starting(start)
    with pytest.raises((AssertionError, Violated)):
        schedule(a_cluster(3, MUTATIONS[clause]))
