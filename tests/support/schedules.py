"""Named schedules: the steps that they make a world take, and the check that one ends well."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from entrypoint.core.decision import Decision, decide
from tests.support.world import Core, Violated, World

Schedule = Callable[[World], None]


class Schedules(dict[str, Schedule]):
    """Schedules by their sentences."""

    def sentence(self, text: str) -> Callable[[Schedule], Schedule]:
        """Keep a schedule under its sentence."""

        def keep(schedule: Schedule) -> Schedule:
            self[text] = schedule
            return schedule

        return keep

    def starting(self, start: str) -> Schedule:
        """The one whose sentence starts like this."""
        (schedule,) = (one for text, one in self.items() if text.startswith(start))
        return schedule


def a_cluster(replicas: int, core: Core | None = None, seed: int = 1) -> World:
    """A cluster whose nodes are all up."""
    world = World(replicas, random.Random(seed), core or Core())
    world.prompt = 1.0
    assert world.fair(60), "\n".join(world.trace)
    return world


def node(ordinal: int) -> str:
    """The name of a node."""
    return f"db-{ordinal}"


def boot(world: World, *ordinals: int) -> None:
    """Start these nodes."""
    for ordinal in ordinals:
        world.boot(node(ordinal))


def stop(world: World, *ordinals: int) -> None:
    """Stop these nodes cleanly."""
    for ordinal in ordinals:
        world.stop(node(ordinal))


def kill(world: World, *ordinals: int) -> None:
    """Let these nodes lose power."""
    for ordinal in ordinals:
        world.crash_node(node(ordinal))


def write(world: World, ordinal: int, times: int = 2) -> None:
    """Acknowledge some writes at this node."""
    for _ in range(times):
        world.write(node(ordinal))


def all_apply(world: World) -> None:
    """Let every node apply what it received, and write down what it sees."""
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
    """Who is in a Primary."""
    return {name for component in world.components for name in component.members}


def decision(world: World, ordinal: int) -> Decision:
    """What this node decides now."""
    return decide(world.facts(node(ordinal)))


def check_ends_well(schedule: Schedule) -> None:
    """Play it against the real rules from several seeds; what happened is told when it ends badly."""
    for seed in range(5):
        world = a_cluster(3, seed=seed)
        world.trace.clear()
        try:
            schedule(world)
        except (AssertionError, Violated) as wrong:
            pytest.fail("\n".join((f"seed {seed}", *world.trace, repr(wrong))))
