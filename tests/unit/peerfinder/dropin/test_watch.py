"""The loop, told by what DNS says at each poll and which calls come out of it."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerfinder.core.lookup import Answer, Cause, NoAnswer, Target
from peerfinder.dropin.watch import Finished, Outside, Plan, ScriptFailed, TimedOut, watch

ME = "a"
DOWN = NoAnswer(Cause.REFUSED, "SERVFAIL")


class OutOfScript(Exception):
    """The world has nothing more to say."""


def hosts(names):
    return Answer(tuple(Target(name) for name in names))


@dataclass
class World:
    """A DNS that says one thing per poll, scripts that end as told, and a clock that only sleep moves."""

    says: list
    statuses: dict = field(default_factory=dict)
    clock: float = 0.0
    calls: list = field(default_factory=list)
    delivered: list = field(default_factory=list)
    logged: list = field(default_factory=list)
    budgets: list = field(default_factory=list)

    def resolve(self, within):
        self.budgets.append(within)
        if not self.says:
            raise OutOfScript
        said = self.says.pop(0)
        return hosts(said) if isinstance(said, str) else said

    def run(self, script, peers):
        self.calls.append(f"{script} {''.join(peers)}")
        return self.statuses.get(script, 0)

    def sleep(self, seconds):
        self.clock += seconds

    def watch(self, **plan):
        outside = Outside(
            self.resolve, self.run, self.delivered.append, lambda: self.clock, self.sleep, self.logged.append
        )
        try:
            return watch(Plan(ME, **plan), outside)
        except OutOfScript:
            return None


BOTH = {"on_start": "start", "on_change": "change"}
CALLS = {
    "the first list runs on-start, the next on-change": (BOTH, ["ab", "abc"], ["start ab", "change abc"]),
    "without on-start the first list runs on-change": ({"on_change": "change"}, ["a", "ab"], ["change a", "change ab"]),
    "the same list is delivered once": (BOTH, ["ab"] * 11, ["start ab"]),
    "a peer that leaves is a change": (BOTH, ["abc", "ab"], ["start abc", "change ab"]),
    "a list without us is waited for": (BOTH, ["b", "b", "bc", "abc"], ["start abc"]),
    "our own disappearance alone is no call": (BOTH, ["ab", "b", "b", "b", "ab"], ["start ab"]),
    "what changed while we were away is delivered on our return": (
        BOTH,
        ["ab", "bc", "abc"],
        ["start ab", "change abc"],
    ),
    "no answer is never an empty list": (BOTH, [DOWN, "ab", DOWN, DOWN, "ab"], ["start ab"]),
    "a change seen after a failure is delivered": (BOTH, ["ab", DOWN, "abc"], ["start ab", "change abc"]),
    "repeated targets are one peer": (BOTH, ["aab", "abb"], ["start ab"]),
    "peers come sorted": (BOTH, ["cab"], ["start abc"]),
    "the first list waits for min-peers": ({**BOTH, "min_peers": 3}, ["a", "ab", "abc"], ["start abc"]),
    "later lists may be smaller": ({**BOTH, "min_peers": 2}, ["ab", "a"], ["start ab", "change a"]),
}


@pytest.mark.parametrize(("plan", "says", "calls"), CALLS.values(), ids=CALLS)
def test_calls(plan, says, calls):
    world = World(list(says))
    world.watch(**plan)
    assert world.calls == calls
    assert len(world.delivered) == len(calls)


def test_without_on_change_the_end_of_on_start_is_the_end():
    world = World([DOWN, "ab", "abc"])
    assert world.watch(on_start="start") == Finished()
    assert world.calls == ["start ab"]


@pytest.mark.parametrize("which", ["start", "change"])
def test_a_failing_script_ends_the_watch(which):
    world = World(["ab", "abc", "ab"], {which: 7})
    ended = world.watch(**BOTH)
    assert isinstance(ended, ScriptFailed)
    assert ended.status == 7
    assert ended.reason == f"Failed to execute {which}: exit status 7"
    assert world.calls[-1].startswith(which)
    assert len(world.delivered) == len(world.calls) - 1


def test_a_script_killed_by_a_signal_says_so():
    ended = World(["a"], {"start": -9}).watch(on_start="start")
    assert ended == ScriptFailed(-9, "Failed to execute start: killed by signal 9")


def test_the_wait_for_the_first_list_ends_at_its_deadline_with_the_reason():
    world = World([DOWN] * 50)
    ended = world.watch(**BOTH, timeout=3.5)
    assert ended == TimedOut("No list of peers after 3.5 s. SERVFAIL")
    assert world.clock == 3.5
    assert world.budgets == [3.5, 2.5, 1.5, 0.5]


def test_the_timeout_ends_with_the_first_list():
    world = World(["a", *[DOWN] * 50])
    assert world.watch(**BOTH, timeout=3) is None
    assert world.clock == 51


def test_the_pause_is_taken_after_each_step():
    world = World(["a", "ab", "ab"])
    world.watch(**BOTH, poll=0.25)
    assert world.clock == 0.75


def test_the_reason_for_waiting_is_not_repeated_every_second():
    world = World(["b"] * 65)
    world.watch(**BOTH)
    assert len(world.logged) == 3
    assert "My name: a\nHosts in list: b" in world.logged[0]


def test_nothing_is_logged_in_the_steady_state():
    world = World(["ab"] * 100)
    world.watch(**BOTH)
    assert len(world.logged) == 1


@given(st.lists(st.one_of(st.just(DOWN), st.text(alphabet="abcd", min_size=1, max_size=5)), max_size=12))
def test_delivered_are_exactly_the_changes_among_the_lists_that_name_us(says):
    world = World(list(says))
    world.watch(on_change="change")
    wanted = []
    for said in says:
        names = "".join(sorted(set(said))) if isinstance(said, str) else ""
        if ME in names and (not wanted or wanted[-1] != names):
            wanted.append(names)
    assert world.calls == [f"change {names}" for names in wanted]
