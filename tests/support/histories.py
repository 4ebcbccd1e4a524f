"""Random histories: a seed gives one, always the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from peerfinder.core.report import Datadir
from tests.support.world import Core, Violated, World

RUN = {
    "write": 8.0, "apply": 2.0, "step": 6.0, "arrive": 4.0, "sync": 4.0, "boot": 1.0, "crash_node": 0.6, "watch": 2.0,
    "crash_server": 0.6, "stop": 0.6, "mark": 0.6, "regroup": 1.0, "part": 0.4, "heal": 0.8, "toggle_api_for_all": 0.2,
    "scale_somehow": 0.15, "hang": 0.1,
}  # fmt: skip
DOWN = {
    "kill_all": 2.0, "stop_all": 1.0, "stop": 2.0, "crash_node": 2.0, "part": 0.5, "write": 2.0, "wipe": 0.3,
    "toggle_api_for_all": 0.4, "toggle_api": 0.4, "scale_somehow": 0.2,
}  # fmt: skip
RECOVER = {
    "boot": 5.0, "step": 14.0, "arrive": 4.0, "sync": 3.0, "regroup": 2.0, "write": 3.0, "crash_node": 0.5,
    "watch": 2.5,
    "crash_server": 0.5, "restart_agent": 0.5, "toggle_api": 0.3, "toggle_api_for_all": 0.2, "part": 0.3, "heal": 0.5,
    "hang": 0.2, "unhang": 0.3, "give_up_join": 0.4, "cancel": 0.3, "override": 0.4, "override_named": 0.1,
    "wipe": 0.06,
    "kill_all": 0.1, "stop": 0.2, "scale_somehow": 0.1, "apply": 1.0, "mark": 0.3, "discard": 0.1,
}  # fmt: skip
ALWAYS = {"write", "step", "arrive", "sync", "boot", "regroup", "watch", "unhang"}
OF_ALL = {"kill_all", "stop_all", "regroup", "part", "heal", "toggle_api_for_all", "scale_somehow"}
BEYOND = {"wipe"}  # may hit volumes of nodes that do not run now


@dataclass(frozen=True)
class Outcome:
    """How a history ended: what was violated, None if nothing, and its trace."""

    seed: int
    violated: Violated | None
    trace: tuple[str, ...]
    faults: frozenset[str]

    def __str__(self) -> str:
        return "\n".join((f"seed {self.seed}", *self.trace, f"=> {self.violated or 'all invariants hold'}"))


def history(seed: int, core: Core | None = None) -> Outcome:
    """Play the history of one seed."""
    rng = random.Random(seed)
    replicas = rng.choice([1, 2, 3, 3, 3, 5])
    world = World(replicas, rng, core or Core())
    try:
        _play(world, rng, replicas)
    except Violated as violated:
        return Outcome(seed, violated, tuple(world.trace), frozenset(world.faults))
    return Outcome(seed, None, tuple(world.trace), frozenset(world.faults))


def _play(world: World, rng: random.Random, replicas: int) -> None:
    for name in list(world.nodes)[:replicas]:
        world.boot(name)
    if rng.random() < 0.9:
        world.fair(25)
    for _round in range(rng.randint(1, 4)):
        _phase(world, rng, _some(RUN, ALWAYS, rng), rng.randint(3, 25))
        _phase(world, rng, _some(DOWN, set(), rng) or {"kill_all": 1.0}, rng.randint(1, 5))
        if rng.random() < 0.5:
            world.kill_all()
        awake = {name for name in world.nodes if rng.random() < 0.65}
        _phase(world, rng, _some(RECOVER, ALWAYS, rng), rng.randint(10, 45), awake)
    if rng.random() < 0.3:
        _only_the_newest_view(world)
    elif rng.random() < 0.5:
        _everybody(world, replicas)


def _some(events: dict[str, float], core: set[str], rng: random.Random) -> dict[str, float]:
    return {event: weight for event, weight in events.items() if event in core or rng.random() < 0.5}


def _phase(
    world: World, rng: random.Random, events: dict[str, float], steps: int, awake: set[str] | None = None
) -> None:
    names, weights = list(events), list(events.values())
    for event in rng.choices(names, weights, k=steps):
        world.clock += rng.choice((0.0, 0.0, 1.0, 8.0))
        if event in OF_ALL:
            getattr(world, event)()
        else:
            ordinal = rng.randrange(len(world.nodes) if event in BEYOND else max(1, world.replicas))
            name = f"db-{ordinal}"
            if event == "boot" and awake is not None and name not in awake:
                continue
            act: Callable[..., None] = world.override if event == "override_named" else getattr(world, event)
            act(name, named=True) if event == "override_named" else act(name)
        world.check_one_primary()


def _only_the_newest_view(world: World) -> None:
    """I4: the members of the newest view, with their data, must not wait for anybody else."""
    world.kill_all()
    for name in world.nodes:
        world.crash_node(name)
        world.observe(name)
    views = [view for name in world.nodes if (view := world.record(name).newest_view)]
    newest = max(views, key=lambda view: view.order, default=None)
    if newest is None or not world.replicas or world.faults & {"override", "discard", "wiped"} or newest.unnamed:
        return
    members = newest.names
    volumes = {name: world.servers[name].volume for name in members}
    expected = {f"db-{ordinal}" for ordinal in range(world.replicas)}
    reached = newest.start is not None and any(len(volume.data) >= newest.start for volume in volumes.values())
    whole = all(volume.datadir is Datadir.PRESENT for volume in volumes.values())
    if not (members and members <= expected and reached and whole and world.memory.knows_history):
        return
    world.log(f"--- only the members of the newest view are up: {sorted(members)}")
    if not world.fair(members=members):
        raise Violated("I4", "the members of the newest view wait for others")


def _everybody(world: World, replicas: int) -> None:
    """I4: with every node up and nothing failing the cluster comes back, except where disks were lost."""
    world.scale(max(replicas, world.most_replicas))
    world.log("--- everything heals")
    if world.fair(operator=True):
        return
    refused = [name for name, node in world.nodes.items() if node.up and world.is_refused(name)]
    nameless = any("unnamed:" in (node.decision.reason if node.decision else "") for node in world.nodes.values())
    if (refused or nameless) and world.faults & {"wiped"}:
        return
    if refused and not world.components and world.faults & {"override", "discard"}:
        return
    raise Violated("I4", f"no whole cluster although nothing fails; refusing: {refused}")
