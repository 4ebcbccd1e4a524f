"""The evidence rules under events that hypothesis chooses, and cuts down to the few that matter when a rule fails.

EXAMPLES=n and SEED=s in the environment for longer runs. A failure prints its steps and the line that plays them again.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from entrypoint.core.election import Elected
from tests.support.evidence_galera import Rules
from tests.support.evidence_oracle import check
from tests.support.evidence_world import EvidenceWorld
from tests.support.mutations import EVIDENCE_MUTATIONS
from tests.support.world_oracle import Violated

SEED = int(os.environ.get("SEED", "0"))
EXAMPLES = int(os.environ.get("EXAMPLES", "200"))  # 3 s on one core
MOST = 3000  # examples within which the oracle must notice a broken clause

NAMES = tuple(f"db-{ordinal}" for ordinal in range(4))
one = st.integers(0, 3)  # one of those that it can happen to
ways_to_go = st.sampled_from(("", "scale", "leave", "crash"))
SETTINGS = settings(
    stateful_step_count=8, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck), database=None
)


class Machine(RuleBasedStateMachine):
    """Each step is an event of an `EvidenceWorld`; each report is judged."""

    core = Rules()

    @initialize(expected=st.integers(1, 3))
    def a_cluster(self, expected: int) -> None:
        self.world = world = EvidenceWorld(expected, self.core)
        self.actor = NAMES[0]  # who did something last
        self.report("nobody", "fresh", "")
        for name in NAMES:
            world.join(name)
            world.sync(name)
        for name in NAMES:
            world.apply(name)
            world.look(name)

    def in_primary(self) -> bool:
        return bool(self.world.members)

    def member(self, number: int) -> str:
        members = self.world.members
        self.actor = members[number % len(members)].name
        return self.actor

    def go(self, name: str, way: str) -> None:
        if way == "scale":
            self.world.scale(max(1, NAMES.index(name)))
        elif way:
            getattr(self.world, way)(name)

    @precondition(in_primary)
    @rule(number=one, way=ways_to_go)
    def write(self, number: int, way: str) -> None:
        name = self.member(number)
        self.world.write(name)
        self.go(name, way)

    @precondition(in_primary)
    @rule(number=one, whole=st.sampled_from((True, False)), way=ways_to_go, skipped=st.sampled_from((0, 1)))
    def visit(self, number: int, whole: bool, way: str, skipped: int) -> None:
        """A node joins, a new one if all are there, and may write and go again."""
        world = self.world
        outside = [name for name in NAMES if not world.nodes[name].member]
        if not outside:
            return
        self.actor = name = outside[number % len(outside)]
        world.scale(max(world.expected, NAMES.index(name) + 1))
        world.join(name, whole=whole, skipped=skipped)
        if whole:
            world.sync(name)
            world.write(name)
        self.go(name, way)

    @precondition(in_primary)
    @rule(number=one, most=st.sampled_from((0, 1, 99)), sql=st.booleans(), unknown=st.sets(st.sampled_from(NAMES)))
    def look(self, number: int, most: int, sql: bool, unknown: set[str]) -> None:
        name = self.world.members[number % len(self.world.members)].name
        self.world.apply(name, most)
        self.world.look(name, sql=sql, unknown=unknown)

    @precondition(in_primary)
    @rule()
    def all_look(self) -> None:
        for member in self.world.members:
            self.world.apply(member.name)
            self.world.look(member.name)

    @precondition(in_primary)
    @rule(number=one, way=ways_to_go)
    def go_away(self, number: int, way: str) -> None:
        self.go(self.member(number), way)

    @precondition(in_primary)
    @rule(number=one, writer=one)
    def flap(self, number: int, writer: int) -> None:
        self.world.flap(self.world.members[number % len(self.world.members)].name, self.member(writer))

    @precondition(in_primary)
    @rule()
    def remember(self) -> None:
        self.world.remember()

    @precondition(lambda self: not self.world.members and not self.world.wiped)
    @rule(number=one)
    def wipe(self, number: int) -> None:
        self.world.wipe(NAMES[number])

    @precondition(in_primary)
    @rule()
    def power_cut(self) -> None:
        """All but the one that acted last report, and a Primary forms if they elect somebody."""
        self.report("the last actor", "fresh", "")

    @rule(
        absent=st.sampled_from(("the last actor", "nobody", "one", "another")),
        memory=st.sampled_from(("fresh", "unknown", "a copy")),
        stops_at=st.sampled_from(("", "vote", "formed")),
    )
    def report(self, absent: str, memory: str, stops_at: str) -> None:
        """Power is cut, and some report; whoever they elect starts, if nothing cuts that off."""
        world = self.world
        world.crash_all()
        lacking = {"the last actor": self.actor, "one": NAMES[0], "another": NAMES[1]}.get(absent)
        there = sorted(world.names - {lacking})
        if not there:
            return
        facts = world.facts(there, None if memory == "unknown" else world.memory, fresh=memory == "fresh")
        outcome = world.rules.elect(facts)
        check(world, facts, outcome)
        if isinstance(outcome, Elected):
            world.start(facts, outcome, stops_at=stops_at)


def machine(rules: Rules, start: int = SEED) -> type[Machine]:
    """The machine around these rules, from the seed that was asked for."""
    made: type[Machine] = seed(start)(type("Machine", (Machine,), {"core": rules}))
    return made


@pytest.mark.timeout(0)  # as long as it was asked for
def test_no_sequence_of_events_loses_a_write_or_waits_without_need() -> None:
    run_state_machine_as_test(machine(Rules()), settings=settings(SETTINGS, max_examples=EXAMPLES))


@pytest.mark.parametrize(
    "clause",
    [
        "only the newest view counts",
        "a view that nobody wrote down had no members of its own",
        "members without a name are nobody",
        "no view is ever applied",
        "nobody is exempted",
    ],
)
def test_the_oracle_notices_a_broken_clause(clause: str) -> None:
    broken = machine(EVIDENCE_MUTATIONS[clause], start=0)
    with pytest.raises(Violated):
        run_state_machine_as_test(
            broken, settings=settings(SETTINGS, max_examples=MOST, phases=[Phase.generate], report_multiple_bugs=False)
        )
