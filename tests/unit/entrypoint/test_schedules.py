"""Schedules that lose a write, start two Primaries or wait for ever under a rule set short of one clause.

Each was found by a model of the rules; here they are played against the real ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from entrypoint.core.decision import Refuse, Wait, decide
from tests.support.mutations import MUTATIONS
from tests.support.world import Core, Violated, World

Schedule = Callable[[World], None]
SCHEDULES: dict[str, Schedule] = {}


def sentence(text: str) -> Callable[[Schedule], Schedule]:
    def keep(schedule: Schedule) -> Schedule:
        SCHEDULES[text] = schedule
        return schedule

    return keep


def a_cluster(replicas: int, core: Core | None = None, seed: int = 1) -> World:
    world = World(replicas, random.Random(seed), core or Core())
    world.prompt = 1.0
    assert world.fair(60), "\n".join(world.trace)
    return world


def node(ordinal: int) -> str:
    return f"db-{ordinal}"


def boot(world: World, *ordinals: int) -> None:
    for ordinal in ordinals:
        world.boot(node(ordinal))


def stop(world: World, *ordinals: int) -> None:
    for ordinal in ordinals:
        world.stop(node(ordinal))


def kill(world: World, *ordinals: int) -> None:
    for ordinal in ordinals:
        world.crash_node(node(ordinal))


def write(world: World, ordinal: int, times: int = 2) -> None:
    for _ in range(times):
        world.write(node(ordinal))


def all_apply(world: World) -> None:
    for name in world.nodes:
        world.apply(name)
        world.watch(name)


def go_on(world: World, *ordinals: int, turns: int = 40, galera: bool = True) -> None:
    """Let these nodes decide and act, for so many turns."""
    for _ in range(turns):
        for name in map(node, ordinals):
            world.step(name)
            world.check_one_primary()
            if galera:
                world.arrive(name)
                world.sync(name)
                world.check_one_primary()


def primary(world: World) -> set[str]:
    return {name for component in world.components for name in component.members}


def decision(world: World, ordinal: int) -> object:
    return decide(world.facts(node(ordinal)))


@sentence("c1: the leaver held the only durable copy and the survivor died before it applied")
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


@sentence("c1b: a member acknowledges and dies, the rest forms a view and loses power before it applied")
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


@sentence(
    "c2: the elected node was outside of the newest view, wrote alone without the API and died; its voters restart"
)
def c2(world: World) -> None:
    all_apply(world)
    write(world, 2)
    kill(world, 2)
    world.kill_all()
    boot(world, 0, 1, 2)
    world.toggle_api_for_all()
    go_on(world, 0, 1, 2, turns=12, galera=False)
    assert primary(world) == {"db-2"}
    write(world, 2, 3)
    kill(world, 2)
    world.restart_agent(node(0))
    world.restart_agent(node(1))
    go_on(world, 0, 1)
    assert not world.components
    world.toggle_api_for_all()  # the memory never heard of that Primary
    go_on(world, 0, 1)
    assert not world.components


@sentence("c2b: as c2 with the API up")
def c2b(world: World) -> None:
    all_apply(world)
    write(world, 2)
    kill(world, 2)
    world.kill_all()
    boot(world, 0, 1, 2)
    go_on(world, 0, 1, 2, turns=12, galera=False)
    write(world, 2)
    kill(world, 2)
    world.restart_agent(node(0))
    world.restart_agent(node(1))
    go_on(world, 0, 1)
    assert not world.components


@sentence("c2c: as c2b, but the elected node lives on behind a partition")
def c2c(world: World) -> None:
    all_apply(world)
    write(world, 2)
    kill(world, 2)
    world.kill_all()
    boot(world, 0, 1, 2)
    go_on(world, 0, 1, 2, turns=12, galera=False)
    assert primary(world) == {"db-2"}
    world.partition("both", {node(2): 1})
    world.restart_agent(node(0))
    world.restart_agent(node(1))
    go_on(world, 0, 1)
    assert primary(world) == {"db-2"}


@sentence("c3: voters that run non-Primary do not vote, so Galera cannot re-form the old Primary beside a new one")
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


@sentence("c4: the node that left last returns cut off from peers and API after `recover --without` it")
def c4(world: World) -> None:
    left_behind(world)
    world.nodes[node(2)].api = False
    boot(world, 2)
    go_on(world, 2, turns=10)
    assert "db-2" not in primary(world)


@sentence("c4b: as c4, cut off from its peers only")
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


@sentence("c5: a node returns after `recover --without` it when the group has passed its seqno")
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


@sentence("c5b: all crash after that, and the excluded node holds the highest seqno, of a fork")
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


@sentence("c6: a volume in the middle of a state transfer does not count as having reported its data")
def c6(world: World) -> None:
    all_apply(world)
    stop(world, 2, 1)
    world.wipe(node(1))
    world.wipe(node(2))
    boot(world, 1)
    go_on(world, 1)
    all_apply(world)
    stop(world, 0)
    boot(world, 2)
    go_on(world, 2)
    stop(world, 1)
    world.wipe(node(1))
    write(world, 2)
    boot(world, 1)
    world.step(node(1))
    world.arrive(node(1))
    write(world, 2, 4)
    world.kill_all()
    boot(world, 0, 1)
    go_on(world, 0, 1)
    assert not world.components


@sentence("c7: a clean stop while non-Primary is not 'alone in its view'")
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


@sentence("c8: a mark from before an override does not block the crash after it")
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


@sentence("c9: an override is void once the excluded node is back")
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


@sentence("c10: an empty volume joins a Primary even while the memory is unreadable")
def c10(world: World) -> None:
    all_apply(world)
    kill(world, 2)
    world.wipe(node(2))
    world.nodes[node(2)].api = False
    boot(world, 2)
    go_on(world, 2)
    assert "db-2" in primary(world)


@sentence("c11: an empty volume is no new cluster when the memory knows a ballot")
def c11(world: World) -> None:
    write(world, 1)
    world.kill_all()
    world.wipe(node(0))
    world.scale(1)
    boot(world, 0)
    go_on(world, 0)
    refuses = decision(world, 0)
    assert isinstance(refuses, Refuse)
    assert refuses.rule == 7


@sentence("c12: a second crash during recovery forgets nothing of the newest view")
def c12(world: World) -> None:
    all_apply(world)
    stop(world, 2, 1)
    world.wipe(node(1))
    boot(world, 1)
    go_on(world, 1)
    all_apply(world)
    stop(world, 0)
    boot(world, 2)
    go_on(world, 2)
    all_apply(world)
    write(world, 2, 3)
    world.kill_all()
    boot(world, 0, 1)
    go_on(world, 0, 1)
    kill(world, 0, 1)
    boot(world, 0, 1)
    go_on(world, 0, 1)
    assert not world.components


@sentence("c13: a joiner that died before it joined carries no view of the new epoch")
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


@sentence("c14: a voter with a stale report is the running Primary")
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


@sentence("c15: the survivor of two runs non-Primary and the other one waits: both come back")
def c15(world: World) -> None:
    stop(world, 2)
    world.scale(2)
    all_apply(world)
    kill(world, 1)
    assert world.fair()


@pytest.mark.parametrize("text", SCHEDULES)
def test_ends_well(text: str) -> None:
    for seed in range(5):
        world = a_cluster(3, seed=seed)
        world.trace.clear()
        try:
            SCHEDULES[text](world)
        except (AssertionError, Violated) as wrong:
            pytest.fail("\n".join((f"seed {seed}", *world.trace, repr(wrong))))


BROKEN = {
    "c1:": "a view counts as applied at once",
    "c1b:": "a view counts as applied at once",
    "c2:": "seqnos are not compared",
    "c3:": "a server that runs outside of a Primary votes",
    "c5:": "lineages are ignored",
    "c5b:": "lineages are ignored",
    "c15:": "servers outside of a Primary are never stopped",
}


@pytest.mark.parametrize(("start", "clause"), BROKEN.items())
def test_ends_badly_without_its_clause(start: str, clause: str) -> None:
    (schedule,) = (one for text, one in SCHEDULES.items() if text.startswith(start))
    with pytest.raises((AssertionError, Violated)):
        schedule(a_cluster(3, MUTATIONS[clause]))
