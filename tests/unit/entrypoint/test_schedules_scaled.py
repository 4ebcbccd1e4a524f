"""Schedules around nodes that are scaled away while what they wrote is with nobody else (see test_schedules.py)."""

from __future__ import annotations

import pytest

from entrypoint.core.decision import Refuse, Wait
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


def alone(world: World) -> None:
    """Leave db-0 as the only node that there is, as the memory knows."""
    stop(world, 2, 1)
    world.scale(1)
    all_apply(world)
    world.mark(node(0))
    assert world.memory.replicas == 1


def a_visitor_writes(world: World) -> None:
    """db-1 joins, writes and is scaled away, and db-0 writes down no view with it; then db-0 loses power."""
    world.prompt = 0.0
    boot(world, 1)
    go_on(world, 1, turns=3)
    assert primary(world) == {"db-0", "db-1"}
    write(world, 1)
    world.scale(1)
    kill(world, 0)
    world.nodes[node(0)].copy = None  # its pod is a new one


def nobody_starts(world: World) -> None:
    """db-0 is up again, and waits for db-1."""
    boot(world, 0)
    go_on(world, 0)
    waits = decision(world, 0)
    assert isinstance(waits, Wait)
    assert "db-1" in waits.for_


@SCHEDULES.sentence("d1: two are scaled to one and both crash; the API is away, and no view with the other was noted")
def d1(world: World) -> None:
    alone(world)
    world.scale(2)
    a_visitor_writes(world)
    nobody_starts(world)
    world.toggle_api_for_all()
    kill(world, 0)
    nobody_starts(world)


@SCHEDULES.sentence("d2: as d1, with the API up and a memory that was never told of the other")
def d2(world: World) -> None:
    alone(world)
    world.scale(2)
    a_visitor_writes(world)
    nobody_starts(world)


@SCHEDULES.sentence("d3: as d1, but the API had been away since before the other was expected")
def d3(world: World) -> None:
    alone(world)
    world.nodes[node(0)].api = False
    world.scale(2)
    a_visitor_writes(world)
    nobody_starts(world)


@SCHEDULES.sentence("d4: once a view without it is applied, nobody waits for a node that was scaled away")
def d4(world: World) -> None:
    alone(world)
    world.scale(2)
    world.prompt = 0.0
    boot(world, 1)
    go_on(world, 1, turns=3)
    world.scale(1)
    all_apply(world)
    kill(world, 0)
    world.toggle_api_for_all()
    boot(world, 0)
    go_on(world, 0)
    assert primary(world) == {"db-0"}


@SCHEDULES.sentence("d5: the others left in order, and who went on lost its volume: only the memory tells how far")
def d5(world: World) -> None:
    world.scale(2)
    stop(world, 0)
    world.scale(3)
    boot(world, 2)
    go_on(world, 2, turns=3)
    assert primary(world) == {"db-1", "db-2"}
    write(world, 2)
    all_apply(world)
    world.mark(node(1))
    world.scale(2)
    stop(world, 1)
    world.wipe(node(1))
    world.toggle_api_for_all()
    boot(world, 0, 1)
    go_on(world, 0, 1)
    waits = decision(world, 0)
    assert isinstance(waits, Wait)
    assert waits.reason.startswith("db-1 lost its volume and may have gone on after the others left")
    world.toggle_api_for_all()
    go_on(world, 0, 1)
    refuses = decision(world, 0)
    assert isinstance(refuses, Refuse)
    assert "was committed, the best data reach only" in refuses.reason


@pytest.mark.parametrize("text", SCHEDULES)
def test_ends_well(text: str) -> None:
    check_ends_well(SCHEDULES[text])


BROKEN = {
    "d1:": "who was there is forgotten",
    "d2:": "who was there is forgotten",
    "d3:": "who was there is forgotten",
    "d5:": "how a node left is forgotten",
}


@pytest.mark.parametrize(("start", "clause"), BROKEN.items())
def test_ends_badly_without_its_clause(start: str, clause: str) -> None:
    schedule = SCHEDULES.starting(start)
    with pytest.raises((AssertionError, Violated)):
        schedule(a_cluster(3, MUTATIONS[clause]))
