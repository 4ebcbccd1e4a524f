"""What was set takes the place of what was configured, and what a node counts as the next writer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from peerfinder.core.policy import STEADY_SECONDS, Policy, may_write, steered, wishes, worth
from peerfinder.core.report import NodeReport
from peerfinder.core.role import Mode, Preference
from peerfinder.core.steering import Steering
from peerfinder.core.wsrep import WriteAccess, WsrepState
from tests.support.sights import a_member

CONFIGURED = Policy(preferences={"db-0": Preference.PREFER, "db-1": Preference.MUST_NOT})


def node(name: str, **server: Any) -> NodeReport:
    one = a_member(name)
    return replace(one, server=replace(one.server, **{"ready_seconds": STEADY_SECONDS, **server}))


def test_what_is_not_set_is_as_configured() -> None:
    assert steered(CONFIGURED, Steering()) == CONFIGURED


def test_what_is_set_counts() -> None:
    found = steered(CONFIGURED, Steering(Mode.MULTI, {"db-0": Preference.NEUTRAL, "db-2": Preference.PREFER}))
    assert found.mode is Mode.MULTI
    assert wishes(found) == {"db-1": Preference.MUST_NOT, "db-2": Preference.PREFER}
    assert steered(Policy(Mode.MULTI), Steering(Mode.SINGLE)).mode is Mode.SINGLE


def test_each_clause_of_the_order_counts_more_than_those_behind_it() -> None:
    policy = Policy(preferences={"db-0": Preference.PREFER, "db-9": Preference.MUST_NOT})
    order = [
        node("db-0"),
        node("db-0", ready_seconds=1.0, recv_queue=500),
        node("db-1", read_only=True, access=WriteAccess.CLOSED),  # its sidecar takes that back with the role
        node("db-2"),
        node("db-1", recv_queue=500),
        node("db-1", ready_seconds=STEADY_SECONDS - 1),
        node("db-9"),
        node("db-0", state=WsrepState.DONOR),
        node("db-0", read_only=True),
    ]
    worths = [worth(one, policy) for one in order]
    assert worths == sorted(worths)


def test_who_may_write() -> None:
    policy = Policy(preferences={"db-1": Preference.MUST_NOT})
    assert may_write(node("db-0"), policy)
    assert not may_write(node("db-0", read_only=True), policy)
    assert not may_write(node("db-0", read_only=True, access=WriteAccess.OPEN), policy)
    assert may_write(node("db-0", read_only=True, access=WriteAccess.CLOSED), policy)
    assert not may_write(node("db-1"), policy)
