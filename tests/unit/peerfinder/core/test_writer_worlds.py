"""The role in whole small clusters, look by look: who claims when nodes come, go, stop, and do not hear each other.

Each node looks in its turn and claims on the epoch that it sees; of claims on one epoch the first wins, as Galera
certifies. No node sees more than its own reports.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from peerfinder.core.policy import Policy
from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.role import Preference, WriterRow
from peerfinder.core.tenure import Tenure, completed, observe
from peerfinder.core.writer import Claim, WriterFacts, decide
from tests.support.sights import NAMES, a_member

PAIRS = tuple(itertools.permutations(NAMES, 2))
POLICY = Policy()


@dataclass
class World:
    """Three servers in one component; `deaf` are pairs (a, b) of which a does not hear b's agent."""

    deaf: frozenset[tuple[str, str]] = frozenset()
    row: WriterRow = field(default_factory=lambda: WriterRow("db-0", 1))
    members: frozenset[str] = frozenset(NAMES)
    report: Callable[[str], NodeReport] = a_member
    moves: list[tuple[int, str]] = field(default_factory=list)
    tenures: dict[str, Tenure | None] = field(default_factory=dict)
    policy: Policy = POLICY

    def live(self, begin: int, end: int) -> None:
        """Let every member look once a second; two that see the same row may both claim it."""
        for now in range(begin, end):
            seen = self.row
            for me in sorted(self.members):
                decision = self._look(me, seen, now)
                if isinstance(decision, Claim) and decision.expected == self.row:
                    self.row = WriterRow(me, self.row.epoch + 1)
                    self.moves.append((now, me))

    def _look(self, me: str, row: WriterRow, now: int) -> object:
        heard = {name: self.report(name) for name in NAMES if name == me or self._hears(me, name)}
        facts = WriterFacts(me, heard, self.members, row)
        tenure = observe(self.tenures.get(me), facts, self.policy, now)
        self.tenures[me] = tenure
        assert tenure
        return decide(completed(tenure, facts, now), self.policy)

    def _hears(self, me: str, name: str) -> bool:
        return name in self.members and (me, name) not in self.deaf


DEAFNESS = [frozenset(some) for count in range(len(PAIRS) + 1) for some in itertools.combinations(PAIRS, count)]


@pytest.mark.parametrize(
    "fallen", [None, *NAMES], ids=lambda one: f"deaf since {one}" if one else "deaf from the start"
)
def test_nodes_that_do_not_hear_each_other_come_to_rest(fallen: str | None) -> None:
    """Also where the first seconds were well, and where one has seen the role move before it went deaf."""
    for deaf in DEAFNESS:
        world = World(deaf if fallen is None else frozenset())
        world.live(0, 5)
        if fallen is not None:
            world.row = WriterRow(fallen, 7)
            world.live(5, 10)
            world.deaf = deaf
        world.live(10, 75)
        assert len(world.moves) <= 3, (deaf, world.moves)
        assert all(now < 60 for now, _name in world.moves), (deaf, world.moves)


def test_where_all_hear_each_other_nothing_ever_moves() -> None:
    for name in NAMES:
        world = World(row=WriterRow(name, 1))
        world.live(0, 100)
        assert world.moves == []


@pytest.mark.parametrize(
    "deaf", DEAFNESS[:22], ids=lambda deaf: " ".join(f"{a}<{b}" for a, b in sorted(deaf)) or "all hear all"
)
@pytest.mark.parametrize("holder", NAMES)
def test_a_holder_that_leaves_is_succeeded_whoever_hears_whom(holder: str, deaf: frozenset[tuple[str, str]]) -> None:
    world = World(deaf, WriterRow(holder, 1))
    world.live(0, 3)
    world.row, world.moves = WriterRow(holder, 9), []
    world.members -= {holder}
    world.live(3, 20)
    assert world.moves
    assert world.row.node in world.members
    assert world.moves[0][0] <= 3 + 3  # at once, or after the patience of one


def test_one_after_the_other_stops_and_each_hands_over() -> None:
    stopping: set[str] = set()

    def report(name: str) -> NodeReport:
        made = a_member(name)
        phase = Phase.STOPPING if name in stopping else Phase.RUNNING
        return replace(made, facts=replace(made.facts, phase=phase))

    world = World(report=report)
    world.live(0, 3)
    stopping.add("db-0")
    world.live(3, 5)
    stopping.add("db-1")
    world.live(5, 8)
    stopping.add("db-2")
    world.live(8, 30)
    assert world.moves == [(3, "db-1"), (5, "db-2")]


def test_the_role_does_not_go_to_and_fro_with_a_node_that_flaps() -> None:
    """db-0 is there for ten seconds of every twenty; then the writer dies at a moment when db-0 is there."""
    world = World()
    back_since = 0

    def report(name: str) -> NodeReport:
        made = a_member(name)
        ready = world_now - back_since if name == "db-0" else 999.0
        return replace(made, server=replace(made.server, ready_seconds=ready))

    world.report = report
    for world_now in range(100):
        is_there = world_now % 20 < 10
        if is_there and world_now % 20 == 0:
            back_since = world_now
        world.members = frozenset(NAMES if is_there else NAMES[1:])
        world.live(world_now, world_now + 1)
    assert [name for _now, name in world.moves] == ["db-1"]
    back_since = world_now = 100
    world.members = frozenset({"db-0", "db-2"})
    world.live(100, 130)
    assert [name for _now, name in world.moves] == ["db-1", "db-2"]


WISHES = [dict(zip(NAMES, some, strict=True)) for some in itertools.product(Preference, repeat=3)]


@pytest.mark.parametrize("holder", NAMES)
@pytest.mark.parametrize("wishes", WISHES, ids=lambda some: " ".join(f"{name}={some[name]}" for name in NAMES))
def test_whatever_is_wanted_the_role_moves_once_at_most_and_comes_to_rest(
    holder: str, wishes: dict[str, Preference]
) -> None:
    world = World(row=WriterRow(holder, 1), policy=Policy(preferences=wishes))
    world.live(0, 60)
    may = [name for name in NAMES if wishes[name] is not Preference.MUST_NOT]
    if holder in may or not may:
        assert world.moves == []
    else:
        wanted = [name for name in may if wishes[name] is Preference.PREFER] or may
        assert world.moves == [(0, wanted[0])]
