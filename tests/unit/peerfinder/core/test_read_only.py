"""What read_only has to be: every role, state and former setting, and what a person has set against it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from peerfinder.core.read_only import Change, Leave, decide, is_shut, set_by_hand
from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.role import Role
from peerfinder.core.wsrep import ServerFacts, WriteAccess
from tests.support.sights import a_lone_server, a_member

FREE, UNSURE, OPEN, CLOSED = WriteAccess


def report(access: WriteAccess, *, member: bool = True, stops: bool = False, read_only: bool = False) -> NodeReport:
    one = a_member("db-0") if member else a_lone_server("db-0")
    facts = replace(one.facts, phase=Phase.STOPPING if stops else Phase.RUNNING)
    return replace(one, facts=facts, server=replace(one.server, access=access, read_only=read_only))


def change(one: Change | Leave) -> tuple[bool, WriteAccess] | None:
    return (one.on, one.access) if isinstance(one, Change) else None


WORLDS = list(itertools.product(Role, WriteAccess, (True, False), (True, False), (True, False), (True, False)))


@pytest.mark.parametrize(("role", "access", "member", "stops", "drains", "is_on"), WORLDS)
def test_the_rules(role: Role, access: WriteAccess, member: bool, stops: bool, drains: bool, is_on: bool) -> None:
    mine = report(access, member=member, stops=stops, read_only=is_on)
    decision = change(decide(mine, role, is_enforced=True, drains=drains))
    assert decision in (None, (False, OPEN), (True, CLOSED))
    if not member or role is Role.NONE:
        assert decision is None  # rule 2
    elif role is Role.PRIMARY:
        assert decision == (None if access is OPEN else (False, OPEN))
    elif drains or stops:
        assert decision is None  # rule 4: an open transaction must be able to commit
    else:
        assert decision == (None if access is CLOSED else (True, CLOSED))


@pytest.mark.parametrize(("role", "access", "member", "stops", "drains", "is_on"), WORLDS)
def test_where_it_is_not_asked_for_only_what_was_set_before_is_taken_back(
    role: Role, access: WriteAccess, member: bool, stops: bool, drains: bool, is_on: bool
) -> None:
    mine = report(access, member=member, stops=stops, read_only=is_on)
    decision = change(decide(mine, role, is_enforced=False, drains=drains))
    assert decision == ((False, FREE) if access in (CLOSED, UNSURE) else None)


@pytest.mark.parametrize("access", WriteAccess)
@pytest.mark.parametrize("is_on", [True, False])
def test_nobody_is_sent_to_write_before_its_own_on_has_ended(access: WriteAccess, is_on: bool) -> None:
    assert is_shut(ServerFacts(sql=True, access=access, read_only=is_on)) == (
        access is CLOSED or (access is UNSURE and is_on)
    )


BY_HAND = {
    "OFF by its sidecar, ON now": (OPEN, True, "read_only is ON and was OFF", "SET GLOBAL read_only=OFF"),
    "ON by its sidecar, OFF now": (CLOSED, False, "read_only is OFF and was ON", "SET GLOBAL read_only=ON"),
}


@pytest.mark.parametrize(("access", "is_on", "reason", "remedy"), BY_HAND.values(), ids=BY_HAND)
def test_what_a_person_has_set_is_said(access: WriteAccess, is_on: bool, reason: str, remedy: str) -> None:
    found = set_by_hand("db-0", ServerFacts(sql=True, access=access, read_only=is_on))
    assert found is not None
    assert reason in found.reason
    assert found.remedy == f"on db-0, as root: {remedy}"


@pytest.mark.parametrize(
    "server",
    [
        *(ServerFacts(sql=True, access=access, read_only=access is CLOSED) for access in WriteAccess),
        ServerFacts(sql=True, access=FREE, read_only=True),
        ServerFacts(sql=True, access=UNSURE, read_only=True),
        ServerFacts(access=CLOSED),  # no SQL: nothing is known
    ],
)
def test_and_nothing_where_it_is_as_it_was_set_or_nobody_keeps_it(server: ServerFacts) -> None:
    assert set_by_hand("db-0", server) is None


@pytest.mark.parametrize("access", WriteAccess)
def test_only_what_others_have_set_makes_a_node_a_worse_writer(access: WriteAccess) -> None:
    assert ServerFacts(read_only=True, access=access).is_read_only_by_hand == (access in (FREE, OPEN))
    assert not ServerFacts(read_only=False, access=access).is_read_only_by_hand
