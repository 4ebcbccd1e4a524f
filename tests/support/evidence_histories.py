"""Random histories of an `EvidenceWorld`: a seed gives one, always the same."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from typing import Any

from entrypoint.core.election import Elected
from peerfinder.core.names import by_ordinal
from tests.support.evidence_galera import Rules
from tests.support.evidence_oracle import check
from tests.support.evidence_world import EvidenceWorld
from tests.support.world_oracle import Violated

EVENTS = {
    "write": 5.0, "apply": 2.0, "look": 3.0, "join": 2.5, "sync": 2.5, "remember": 0.7, "leave": 2.0, "crash": 1.5,
    "scale": 0.8, "visit": 0.8, "flap": 0.5,
}  # fmt: skip
NAMES, WEIGHTS = list(EVENTS), list(itertools.accumulate(EVENTS.values()))


@dataclass(frozen=True)
class Played:
    """How a history ended: what was violated, None if nothing; and its events, to be read and to be played again."""

    seed: int
    violated: Violated | None
    trace: tuple[str, ...]
    elections: int

    def __str__(self) -> str:
        return "\n".join((f"seed {self.seed}", *self.trace, f"=> {self.violated or 'all invariants hold'}"))


class Player:
    """Plays one history."""

    def __init__(self, seed: int, rules: Rules) -> None:
        self.rng = random.Random(seed)
        self.world = EvidenceWorld(self.rng.choice((1, 2, 3, 3)), rules)
        self.trace: list[tuple[Any, ...]] = []
        self.elections = 0
        self.cut = False  # whether this part of the history is over
        self.names = list(self.world.nodes)

    def play(self) -> None:
        rng = self.rng
        self.recover(list(by_ordinal(self.world.names)), fate=1.0)
        for _ in range(rng.randint(1, 2)):
            if rng.random() < 0.7:
                self.form()
            self.cut = False
            for event in rng.choices(NAMES, cum_weights=WEIGHTS, k=rng.randint(2, 9)):
                if not self.cut:
                    self.event(event)
            self.end()
            if rng.random() < 0.06:
                self.do("wipe", self.name())
            if rng.random() < 0.15:
                self.do("scale", rng.randint(1, 4))
            for _ in range(rng.randint(1, 3)):
                there = self.some()
                self.recover(there, fate=rng.random())
                if self.world.members and rng.random() < 0.2:
                    self.do("write", self.world.members[0].name)
                    self.do("crash_all")
                if there and rng.random() < 0.1:
                    self.do("exclude", there)

    def form(self) -> None:
        """Whoever is expected becomes a member, and most of them look."""
        for name in by_ordinal(self.world.names):
            self.do("join", name)
            self.do("sync", name)
        for name in self.names:
            if self.world.nodes[name].member and self.rng.random() < 0.8:
                self.do("look", name)

    def end(self) -> None:
        """Power is cut for all, or they are stopped in order, one after the other."""
        if self.rng.random() < 0.25:
            for name in self.rng.sample(self.names, len(self.names)):
                self.event("leave", name)
        self.do("crash_all")

    def some(self) -> list[str]:
        """Who reports: anybody, or just those who were together when one of them looked last, or all but one."""
        rng, names = self.rng, by_ordinal(self.world.names)
        luck = rng.random()
        if luck < 0.3:
            return [name for name in names if rng.random() < 0.6]
        if luck < 0.5:
            return [name for name in names if name != names[int(rng.random() * len(names))]]
        newest = self.world.nodes[rng.choice(names)].record.newest_view
        return [name for name in names if newest is None or name in newest.names]

    def name(self) -> str:
        """One of the nodes, of those that are expected more often than not."""
        return self.names[int(self.rng.random() * (self.world.expected if self.rng.random() < 0.9 else 4))]

    def visit(self) -> None:
        """A node comes and writes, and nobody else looks or applies anything before it goes again or power is cut."""
        rng, name, before = self.rng, self.name(), self.world.expected
        if rng.random() < 0.4 and before < len(self.names):
            name = self.names[before]
            self.do("scale", before + 1)
        if not self.world.nodes[name].member:
            self.event("join", name)
            self.do("sync", name)
            self.do("write", name)
        if before < self.world.expected or rng.random() < 0.2:
            self.do("scale", before)
        elif rng.random() < 0.3:
            self.cut = True
        else:
            self.event("leave" if rng.random() < 0.7 else "crash", name)

    def flap(self, name: str) -> None:
        """A member misses a view, and may be the last to go before it has caught up."""
        self.do("flap", name, self.name())
        if self.rng.random() < 0.5:
            for other in (*(one for one in self.names if one != name), name):
                self.event("leave", other)
            self.cut = True

    def event(self, event: str, name: str = "") -> None:
        rng = self.rng
        name = name or self.name()
        if event == "visit":
            self.visit()
        elif event == "flap":
            self.flap(name)
        elif event == "scale":
            self.do(event, rng.randint(1, 4), orderly=rng.random() < 0.7)
        elif event == "remember":
            self.do(event)
        elif event == "look":
            unknown = [name for name in self.names if rng.random() < 0.15]
            self.do(event, name, sql=rng.random() < 0.6, unknown=unknown)
        elif event == "join":
            self.do(event, name, whole=rng.random() < 0.8, skipped=int(rng.random() < 0.05))
        elif event == "apply":
            self.do(event, name, rng.choice((1, 2, 99)))
        elif event == "leave":
            self.do(event, name, sql=rng.random() < 0.5)
        elif event == "crash":
            self.do(event, name, rng.choice((0, 0, 1, 99)))
        else:
            self.do(event, name)

    def do(self, event: str, *what: Any, **how: Any) -> None:
        self.trace.append((event, what, how))
        getattr(self.world, event)(*what, **how)

    def recover(self, there: list[str], *, fate: float) -> None:
        """Some nodes report; whoever they elect starts, unless `fate` cuts that off."""
        world = self.world
        if not there or world.members:
            return
        luck = self.rng.random()
        fresh = luck < 0.6
        memory = world.memory if luck < 0.8 else None
        facts = world.facts(there, memory, fresh=fresh)
        if not fresh and facts.reports.keys() <= world.stopped and (facts.expected or set()) <= world.stopped:
            return  # a node that is said to stay stopped starts, and nothing that it can read tells of any other
        outcome = world.rules.elect(facts)
        self.elections += 1
        self.trace.append(("report", there, "fresh" if fresh else memory and "a copy", outcome.reason))
        check(world, facts, outcome)
        if isinstance(outcome, Elected):
            world.start(facts, outcome, stops_at="vote" if fate < 0.1 else "formed" if fate < 0.2 else "")


def history(seed: int, rules: Rules | None = None) -> Played:
    """Play the history of one seed."""
    player = Player(seed, rules or Rules())
    violated = None
    try:
        player.play()
    except Violated as one:
        violated = one
    return Played(seed, violated, tuple(map(str, player.trace)) if violated else (), player.elections)
