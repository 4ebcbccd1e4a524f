"""Schedules around volumes that are empty, or were in the middle of a state transfer (see test_schedules.py)."""

from __future__ import annotations

import pytest

from entrypoint.core.decision import Refuse
from tests.support.schedules import (
    Schedules,
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
from tests.support.world import World

SCHEDULES = Schedules()


@SCHEDULES.sentence("c6: a volume in the middle of a state transfer does not count as having reported its data")
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


@SCHEDULES.sentence("c10: an empty volume joins a Primary even while the memory is unreadable")
def c10(world: World) -> None:
    all_apply(world)
    kill(world, 2)
    world.wipe(node(2))
    world.nodes[node(2)].api = False
    boot(world, 2)
    go_on(world, 2)
    assert "db-2" in primary(world)


@SCHEDULES.sentence("c11: an empty volume is no new cluster when the memory knows a ballot")
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


@SCHEDULES.sentence("c12: a second crash during recovery forgets nothing of the newest view")
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


@pytest.mark.parametrize("text", SCHEDULES)
def test_ends_well(text: str) -> None:
    check_ends_well(SCHEDULES[text])
