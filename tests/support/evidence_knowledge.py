"""What can the nodes that report know? All histories of a small cluster, told apart only by what was written down.

Nodes that report cannot tell a history from another one after which they report the same. So whoever is elected must be
right in all of them, and a wait is needed exactly if in one of them somebody who does not report has an acknowledged
write that they lack. Nothing of the rules is in here but the election itself: a history is played, power is cut, and
each group of nodes is asked.

Histories of up to `horizon` events are compared, so a wait may look needless because the history that justifies it is
longer: only what is found some events below the horizon is conclusive.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from entrypoint.core.election import Elected, Outcome
from entrypoint.core.evidence import best_seqno, holders, newest_lineage
from entrypoint.core.facts import Facts
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.record import NodeRecord
from tests.support.evidence_galera import Rules
from tests.support.evidence_world import EvidenceWorld

MANY = 6
"""Writes in a row, more than a history has otherwise: so one with as many writes elsewhere can be told to exist."""

Event = tuple[Any, ...]
Path = tuple[Event, ...]


@dataclass
class Known:
    """What a group of nodes reports, how they decide, and in which histories."""

    facts: Facts
    outcome: Outcome
    path: Path  # the shortest one that leads to it
    loses: Path | None = None  # one in which their best data lack what is acknowledged and elsewhere

    def __str__(self) -> str:
        where = f"the API {'answers' if self.facts.memory_fresh else 'is away'}, {sorted(self.facts.reports)} report"
        lines = [*map(str, self.path), where, f"=> {self.outcome.reason}"]
        return "\n".join([*lines, *(f"loses after {event}" for event in self.loses or ())])

    @property
    def elects(self) -> bool:
        return isinstance(self.outcome, Elected)

    @property
    def lacks_expected_without_api(self) -> bool:
        expected = self.facts.expected or frozenset()
        return not self.facts.memory_fresh and not expected <= self.facts.reports.keys()

    def is_found_within(self, events: int) -> bool:
        """Whether it takes so few events, and not as many writes as the history that must be told from it may need."""
        return len(self.path) <= events and all(event[-1] != MANY for event in self.path)


@dataclass
class Knowledge:
    """All histories from a healthy cluster on, event by event."""

    expected: int
    volumes: int
    horizon: int
    rules: Rules = field(default_factory=Rules)
    known: dict[object, Known] = field(default_factory=dict)
    states: set[object] = field(default_factory=set)

    def explore(self) -> None:
        """Play every history up to the horizon."""
        frontier: list[tuple[EvidenceWorld, Path]] = [(self._healthy(), ())]
        self._ask(*frontier[0])
        for _ in range(self.horizon):
            following = []
            for (world, path), event in ((one, event) for one in frontier for event in _events(one[0])):
                after = _copy(world)
                _play(after, event)
                state = _state(after)
                if state not in self.states:
                    self.states.add(state)
                    following.append((after, (*path, event)))
                    self._ask(*following[-1])
            frontier = following

    def _healthy(self) -> EvidenceWorld:
        world = EvidenceWorld(self.expected, self.rules, self.volumes)
        names = sorted(world.names)
        facts = world.facts(names, world.memory, fresh=True)
        elected = self.rules.elect(facts)
        assert isinstance(elected, Elected)
        world.start(facts, elected)
        for name in names:
            world.join(name)
            world.sync(name)
        for name in names:
            world.apply(name)
            world.look(name)
        world.remember()
        return world

    def _ask(self, world: EvidenceWorld, path: Path) -> None:
        """Cut the power, and let each group report, with the memory and without."""
        world = _copy(world)
        world.crash_all()
        for names in _groups(world):
            for memory, fresh in ((world.memory, True), (None, False)):
                facts = world.facts(names, memory, fresh=fresh)
                if not holders(facts):
                    continue
                seen = _seen(facts)
                if seen not in self.known:
                    self.known[seen] = Known(facts, self.rules.elect(facts), path)
                if self.known[seen].loses is None and _loses(world, facts):
                    self.known[seen].loses = path


def _loses(world: EvidenceWorld, facts: Facts) -> bool:
    """Whether the best data that report lack an acknowledged write that somebody else has."""
    best = best_seqno(facts, newest_lineage(facts))
    data = {len(one.data): one.data for name in facts.reports if (one := world.nodes[name]).data is not None}
    lost = world.acknowledged - set(data.get(best, ()))
    return any(lost & set(node.data or ()) for node in world.nodes.values())


def _groups(world: EvidenceWorld) -> Iterator[tuple[str, ...]]:
    names = sorted(world.names)
    for size in range(1, len(names) + 1):
        yield from itertools.combinations(names, size)


def _events(world: EvidenceWorld) -> Iterator[Event]:
    """Whatever can happen next; names and numbers only, so that a history can be read."""
    if not world.members:
        yield from (("recover", names, fresh) for names in _groups(world) for fresh in (True, False))
    for node in world.members:
        if node.synced:
            yield from (("write", node.name, times) for times in (1, 2, MANY))
        if node.data is not None:
            yield from (("apply", node.name, most) for most in range(1, len(world.log) - len(node.data) + 1))
        yield from (("look", node.name), ("sync", node.name), ("leave", node.name), ("crash", node.name))
    yield from (("join", name) for name in sorted(world.names) if world.members and not world.nodes[name].member)
    yield from (("scale", count) for count in range(1, world.volumes + 1) if count != world.expected)
    yield ("remember",)
    yield ("crash_all",)


def _play(world: EvidenceWorld, event: Event) -> None:
    if event[0] != "recover":
        getattr(world, event[0])(*event[1:])
        return
    facts = world.facts(event[1], world.memory if event[2] else None, fresh=event[2])
    outcome = world.rules.elect(facts)
    if isinstance(outcome, Elected):
        world.start(facts, outcome)


def _copy(world: EvidenceWorld) -> EvidenceWorld:
    after = copy.copy(world)
    after.nodes = {name: copy.copy(node) for name, node in world.nodes.items()}
    after.views, after.acknowledged = dict(world.views), set(world.acknowledged)
    return after


class _Numbers(dict[object, int]):
    """Numbers for ids in the order in which they come up: two histories that differ in ids only are one."""

    def __missing__(self, key: object) -> int:
        self[key] = len(self)
        return self[key]


def _record(record: NodeRecord, ids: _Numbers) -> object:
    views = tuple(
        (view.order, view.start, frozenset((ids[one.uuid], one.name) for one in view.members)) for view in record.views
    )
    former = tuple(ids[uuid] for uuid in record.former_uuids)
    own = ids[record.gcomm_uuid] if record.gcomm_uuid else -1
    return (
        record.promise,
        record.lineage,
        views,
        record.ended,
        record.incomplete,
        record.start,
        own,
        former,
        record.nodes,
    )


def _memory(memory: ClusterMemory | None) -> object:
    return memory and (memory.uuid, memory.ballot, memory.lineage, memory.mark, memory.replicas)


def _seen(facts: Facts) -> object:
    ids = _Numbers()
    reports = tuple(
        (name, one.facts.datadir, one.facts.position, one.facts.record and _record(one.facts.record, ids))
        for name, one in facts.reports.items()
    )
    return facts.expected, facts.memory_fresh, _memory(facts.memory), reports


def _state(world: EvidenceWorld) -> object:
    ids, writes = _Numbers(), _Numbers()

    def numbered(log: tuple[int, ...] | None) -> object:
        return None if log is None else tuple((writes[one], one in world.acknowledged) for one in log)

    nodes = tuple(
        (
            numbered(node.data),
            node.member,
            node.synced,
            ids[node.process],
            node.saved and (node.saved.seq, frozenset(ids[uuid] for uuid in node.saved.members)),
            _record(node.record, ids),
        )
        for node in world.nodes.values()
    )
    primary = (world.seq, world.lineage, numbered(world.log)) if world.members else None
    return world.expected, primary, nodes, _memory(world.memory)
