"""Schedules that lose a write, start two Primaries or wait for ever under a rule set short of one clause.

Each was found by a model of the rules; here they are played against the real ones.
"""

from __future__ import annotations

import pytest

from entrypoint.core.decision import Wait
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


@SCHEDULES.sentence("c1: the leaver held the only durable copy and the survivor died before it applied")
def c1(world: World) -> None:
    stop(world, 2)
    all_apply(world)
    write(world, 0)
    stop(world, 0)
    world.kill_all()
    boot(world, 1)
    go_on(world, 1)
    waits = decision(world, 1)
    assert isinstance(waits, Wait)
    assert "db-0" in waits.for_


@SCHEDULES.sentence("c1b: a member acknowledges and dies, the rest forms a view and loses power before it applied")
def c1b(world: World) -> None:
    all_apply(world)
    write(world, 2)
    kill(world, 2)
    world.kill_all()
    boot(world, 0, 1)
    go_on(world, 0, 1)
    waits = decision(world, 0)
    assert isinstance(waits, Wait)
    assert waits.for_ == ("db-2",)


def elect_the_one_outside(world: World, *, api: bool = True) -> None:
    """All lose power; db-2, which was outside of the newest view, holds the last write and is elected."""
    all_apply(world)
    write(world, 2)
    kill(world, 2)
    world.kill_all()
    boot(world, 0, 1, 2)
    if not api:
        world.toggle_api_for_all()
    go_on(world, 0, 1, 2, turns=12, galera=False)


def restart_the_voters(world: World) -> None:
    """Restart the agents of those who voted for db-2, and let them decide."""
    world.restart_agent(node(0))
    world.restart_agent(node(1))
    go_on(world, 0, 1)


@SCHEDULES.sentence(
    "c2: the elected node was outside of the newest view, wrote alone without the API and died; its voters restart"
)
def c2(world: World) -> None:
    elect_the_one_outside(world, api=False)
    assert primary(world) == {"db-2"}
    write(world, 2, 3)
    kill(world, 2)
    restart_the_voters(world)
    assert not world.components
    world.toggle_api_for_all()  # the memory never heard of that Primary
    go_on(world, 0, 1)
    assert not world.components


@SCHEDULES.sentence("c2b: as c2 with the API up")
def c2b(world: World) -> None:
    elect_the_one_outside(world)
    write(world, 2)
    kill(world, 2)
    restart_the_voters(world)
    assert not world.components


@SCHEDULES.sentence("c2c: as c2b, but the elected node lives on behind a partition")
def c2c(world: World) -> None:
    elect_the_one_outside(world)
    assert primary(world) == {"db-2"}
    world.partition("both", {node(2): 1})
    restart_the_voters(world)
    assert primary(world) == {"db-2"}


@SCHEDULES.sentence(
    "c3: voters that run non-Primary do not vote, so Galera cannot re-form the old Primary beside a new one"
)
def c3(world: World) -> None:
    write(world, 0)
    world.partition("galera", {node(0): 0, node(1): 1, node(2): 2})
    world.crash_server(node(0))
    go_on(world, 0, turns=10, galera=False)
    assert not world.components
    world.partition("galera", {node(0): 0, node(1): 0, node(2): 0})
    world.regroup()
    world.check_one_primary()
    assert primary(world) == {"db-1", "db-2"}


@SCHEDULES.sentence("c7: a clean stop while non-Primary is not 'alone in its view'")
def c7(world: World) -> None:
    all_apply(world)
    world.partition("galera", {node(2): 1})
    stop(world, 2)
    world.partition("galera", {node(2): 0})
    write(world, 0)
    world.kill_all()
    boot(world, 2)
    go_on(world, 2)
    assert not world.components


@SCHEDULES.sentence("c13: a joiner that died before it joined carries no view of the new epoch")
def c13(world: World) -> None:
    all_apply(world)
    stop(world, 1, 2)
    all_apply(world)
    stop(world, 0)
    boot(world, 1, 2)
    world.override(node(1))
    go_on(world, 1, 2, turns=10, galera=False)
    (first,) = primary(world)
    world.write(first)
    stop(world, *({1, 2} - {int(first[3:])}))
    boot(world, 0)
    world.step(node(0))
    world.kill_all()
    boot(world, 0)
    go_on(world, 0)
    assert not world.components


@SCHEDULES.sentence("c14: a voter with a stale report is the running Primary")
def c14(world: World) -> None:
    stop(world, 2)
    world.scale(2)
    all_apply(world)
    stop(world, 1)
    boot(world, 1)
    stale = world.report(node(1))
    go_on(world, 1)
    all_apply(world)
    stop(world, 0)
    world.nodes[node(1)].hung = stale
    boot(world, 0)
    go_on(world, 0, turns=12)
    assert primary(world) == {"db-1"}


@SCHEDULES.sentence("c15: the survivor of two runs non-Primary and the other one waits: both come back")
def c15(world: World) -> None:
    stop(world, 2)
    world.scale(2)
    all_apply(world)
    kill(world, 1)
    assert world.fair()


@pytest.mark.parametrize("text", SCHEDULES)
def test_ends_well(text: str) -> None:
    check_ends_well(SCHEDULES[text])


BROKEN = {
    "c1:": "a view counts as applied at once",
    "c1b:": "a view counts as applied at once",
    "c2:": "seqnos are not compared",
    "c3:": "a server that runs outside of a Primary votes",
    "c15:": "servers outside of a Primary are never stopped",
}


@pytest.mark.parametrize(("start", "clause"), BROKEN.items())
def test_ends_badly_without_its_clause(start: str, clause: str) -> None:
    schedule = SCHEDULES.starting(start)
    with pytest.raises((AssertionError, Violated)):
        schedule(a_cluster(3, MUTATIONS[clause]))
