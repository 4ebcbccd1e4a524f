"""When a node that was ordered to take the role over may claim it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.codec import Malformed, from_json
from peerfinder.core.policy import Policy
from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.role import Mode, Preference, WriterRow
from peerfinder.core.takeover import Held, Refused, TakeoverOrder, consider, serves_on
from peerfinder.core.writer import Claim, WriterFacts
from peerfinder.core.wsrep import ServerFacts, WsrepState
from tests.support.sights import NAMES, a_lone_server, a_member, a_waiting_node

ROW = WriterRow("db-0", 4)
EVERYBODY = frozenset(NAMES)
PLAN, FORCE = TakeoverOrder(), TakeoverOrder(force=True)
SILENT = replace(a_member("db-0"), age=60.0)
HANGS = replace(a_member("db-0"), server=ServerFacts(error="the server has not answered SQL for 4 s"))
STOPS = replace(a_member("db-0"), facts=replace(a_member("db-0").facts, phase=Phase.STOPPING))


def seen(*reports: NodeReport, row: WriterRow | str = ROW, members: frozenset[str] = EVERYBODY) -> WriterFacts:
    """What db-1 sees; whoever is not given is well."""
    known = {name: a_member(name) for name in NAMES} | {one.facts.name: one for one in reports}
    return WriterFacts("db-1", {name: one for name, one in known.items() if one.is_fresh}, members, row)


MAY = {
    "everybody is well": (seen(), PLAN, "takeover"),
    "by the epoch that was seen": (seen(), TakeoverOrder(expect=4), "takeover"),
    "the holder drains": (seen(STOPS), PLAN, "takeover"),
    "the holder is gone": (seen(SILENT, members=EVERYBODY - {"db-0"}), PLAN, "takeover"),
    "nobody holds the role": (seen(row=WriterRow()), PLAN, "takeover"),
    "a silent holder, by force": (seen(SILENT), FORCE, "forced takeover"),
    "a holder that hangs, by force": (seen(HANGS), FORCE, "forced takeover"),
}


@pytest.mark.parametrize("case", MAY)
def test_it_claims(case: str) -> None:
    facts, order, reason = MAY[case]
    assert isinstance(facts.row, WriterRow)
    assert consider(facts, Policy(), order) == Claim(facts.row, reason)


DONOR = a_member("db-1", state=WsrepState.DONOR)
TOLD_TO_STOP = replace(a_member("db-1"), facts=replace(a_member("db-1").facts, phase=Phase.STOPPING))
REJECTS = replace(a_member("db-1"), server=replace(a_member("db-1").server, reject_queries=True))

MUST_NOT = {
    "it lost its Primary": (seen(a_lone_server("db-1")), "db-1 is in no Primary component"),
    "its server does not run": (seen(a_waiting_node("db-1")), "db-1 is in no Primary component"),
    "it is a donor": (seen(DONOR), "db-1 is Donor/Desynced, not Synced"),
    "it was told to stop": (seen(TOLD_TO_STOP), "db-1 was told to stop"),
    "it refuses queries": (seen(REJECTS), "db-1 is not ready: wsrep_reject_queries is set"),
    "the row cannot be read": (seen(row="locked"), "locked"),
}


@pytest.mark.parametrize("order", [PLAN, FORCE], ids=["planned", "forced"])
@pytest.mark.parametrize("case", MUST_NOT)
def test_it_refuses_forced_or_not(case: str, order: TakeoverOrder) -> None:
    facts, reason = MUST_NOT[case]
    assert consider(facts, Policy(), order) == Refused(reason)


def test_it_refuses_unless_forced() -> None:
    silent = "db-0 is the writer and a member, but its agent gives no report"
    assert consider(seen(SILENT), Policy(), PLAN) == Refused(silent, forcible=True)
    hangs = "the server of db-0, the writer, does not answer (the server has not answered SQL for 4 s)"
    assert consider(seen(HANGS), Policy(), PLAN) == Refused(hangs, forcible=True)


@pytest.mark.parametrize("order", [PLAN, FORCE], ids=["planned", "forced"])
def test_a_node_that_must_not_be_the_writer_would_lose_the_role_at_once(order: TakeoverOrder) -> None:
    policy = Policy(preferences={"db-1": Preference.MUST_NOT})
    reason = "db-1 must not be the writer: galeractl preference db-1 neutral comes first"
    assert consider(seen(), policy, order) == Refused(reason)


def test_it_takes_the_role_over_where_no_other_node_can_have_it() -> None:
    policy = Policy(preferences={"db-1": Preference.MUST_NOT, "db-2": Preference.MUST_NOT})
    assert isinstance(consider(seen(HANGS), policy, FORCE), Claim)
    assert isinstance(consider(seen(STOPS), policy, PLAN), Claim)


def test_a_role_that_has_moved_is_not_taken() -> None:
    moved = Refused("the role has moved: db-0 holds it since epoch 4")
    assert consider(seen(), Policy(), TakeoverOrder(expect=3)) == moved
    assert consider(seen(), Policy(), TakeoverOrder(force=True, expect=3)) == moved


def test_the_writer_holds_it_already_and_mode_multi_has_none() -> None:
    assert consider(seen(row=WriterRow("db-1", 4)), Policy(), PLAN) == Held(WriterRow("db-1", 4))
    assert isinstance(consider(seen(), Policy(Mode.MULTI), FORCE), Refused)


def test_who_serves_on_until_it_hears_of_a_successor() -> None:
    assert serves_on(seen())
    assert serves_on(seen(STOPS))
    assert not serves_on(seen(HANGS))
    assert not serves_on(seen(SILENT))
    assert not serves_on(seen(members=EVERYBODY - {"db-0"}))
    assert not serves_on(seen(row=WriterRow()))


@pytest.mark.parametrize("drain", [-1, float("nan"), 1e9])
def test_an_order_with_a_slip_in_it_is_refused(drain: float) -> None:
    with pytest.raises(Malformed, match="has to be from 0 to 3600 seconds"):
        from_json(TakeoverOrder, {"drain": drain})
