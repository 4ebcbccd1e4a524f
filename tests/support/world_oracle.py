"""What must hold in every history, told apart from how the core makes it so."""

from __future__ import annotations

import random

from peerfinder.core.lineage import Ballot
from peerfinder.core.report import Datadir
from tests.support.world_galera import Component
from tests.support.world_nodes import Core, Nodes


class Violated(AssertionError):
    """An invariant does not hold; `invariant` is its short name."""

    def __init__(self, invariant: str, what: str) -> None:
        super().__init__(f"{invariant}: {what}")
        self.invariant = invariant

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Violated) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


class Oracle(Nodes):
    """Every acknowledged write, which of them a person gave up, and the checks."""

    def __init__(self, replicas: int, rng: random.Random, core: Core, volumes: int = 5) -> None:
        super().__init__(replicas, rng, core, volumes)
        self.acknowledged: set[str] = set()
        self.accepted: set[str] = set()  # lost with a person's word, or with the last disk that had them
        self.given_up: dict[str, set[str]] = {}  # by an override, as of a candidate's last look
        self.destroyed: set[str] = set()  # once on a volume that was wiped
        self.started: set[Ballot] = set()
        self.faults: set[str] = set()  # what a person or a broken disk did: 'wiped', 'override', 'discard', 'scale'

    def check_one_primary(self) -> None:
        """I2: never two Primary components."""
        if len(self.components) > 1:
            named = [f"{one.label} of {sorted(one.members)}" for one in self.components]
            raise Violated("I2", f"two Primaries: {'; '.join(named)}")

    def check_nothing_lost(self, component: Component, name: str) -> None:
        """I1: a new Primary has every acknowledged write that nobody gave up."""
        lost = sorted(self.acknowledged - set(component.log) - self.accepted)
        kept = [write for write in lost if self.holders_of(write)]
        if kept:
            raise Violated("I1", f"the Primary of {name} lacks {kept}, still on {self.holders_of(kept[0])}")
        if lost and not set(lost) <= self.destroyed:
            raise Violated("I1", f"the Primary of {name} lacks {lost}, which are nowhere any more")
        self.accepted |= set(lost)

    def check_start(self, name: str, ballot: Ballot, overridden: frozenset[str]) -> None:
        """One Primary per ballot, and never from less than what the candidate can see."""
        if ballot in self.started:
            raise Violated("I5", f"ballot {ballot} starts a second Primary")
        self.started.add(ballot)
        mine = self.servers[name].volume.data
        for other, server in self.servers.items():
            theirs = server.volume.data
            counts = self.sees(name, other) and other not in overridden
            frozen = counts and server.state == "off" and server.volume.datadir is Datadir.PRESENT
            if frozen and len(theirs) > len(mine) and theirs[: len(mine)] == mine:
                raise Violated("I6", f"{name} starts from seqno {len(mine)} although {other} holds {len(theirs)}")

    def check_join(self, name: str, component: Component, how: str) -> None:
        """I3: nobody's volume goes into a component that lacks acknowledged writes of it."""
        data = set(self.servers[name].volume.data)
        lost = sorted((data & self.acknowledged) - set(component.log) - self.accepted)
        if lost:
            raise Violated("I3", f"{name} holds acknowledged {lost} and joins by {how} a Primary that lacks them")

    def check_stop(self, name: str, reason: str) -> None:
        """I7: with one Primary only, none is stopped for being the wrong one."""
        component = self.servers[name].component
        if component:
            raise Violated("I7", f"{name} is told to leave the only Primary: {reason}")
