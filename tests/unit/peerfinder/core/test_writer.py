"""Who claims the writer role, who keeps it, and for how long."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from peerfinder.core.health import DONOR_SECONDS
from peerfinder.core.policy import QUEUE_STEP, STEADY_SECONDS, Policy, queue_step
from peerfinder.core.report import Datadir, NodeFacts, NodeReport, Phase
from peerfinder.core.role import Mode, Preference, WriterRow
from peerfinder.core.writer import (
    PATIENCE_SECONDS,
    SILENT_SECONDS,
    UNREADY_SECONDS,
    Claim,
    Decision,
    Follow,
    Hold,
    NoRole,
    WriterFacts,
    decide,
    successors,
    unfitness,
)
from peerfinder.core.wsrep import ServerFacts, WsrepState
from tests.support.sights import NAMES, OTHER_HISTORY, a_lone_server, a_member, a_waiting_node

POLICY = Policy()
LONG = SILENT_SECONDS + 3 * PATIENCE_SECONDS
MINE = WriterRow("db-0", 4)


def stopping(name: str) -> NodeReport:
    report = a_member(name)
    return replace(report, facts=replace(report.facts, phase=Phase.STOPPING))


def donor(name: str) -> NodeReport:
    return with_server(a_member(name, state=WsrepState.DONOR), donor_seconds=DONOR_SECONDS)


def with_server(report: NodeReport, **changes: object) -> NodeReport:
    return replace(report, server=replace(report.server, **changes))  # type: ignore[arg-type]


def queued(name: str, length: int) -> NodeReport:
    return with_server(a_member(name), recv_queue=length)


def starting(name: str) -> NodeReport:
    return NodeReport(NodeFacts(name, Phase.STARTING, Datadir.PRESENT, "boot", "start"))


def seen(me: str, *reports: NodeReport, row: WriterRow | str = MINE, **more: object) -> WriterFacts:
    """What `me` sees; everybody who reports is a member, and so is the holder, unless `members` says otherwise."""
    by_name = {report.facts.name: report for report in reports}
    holder = {row.node} - {""} if isinstance(row, WriterRow) else set()
    members = more.pop("members", frozenset(by_name) | holder)
    return WriterFacts(me, by_name, members, row, **more)  # type: ignore[arg-type]


def resting(name: str) -> NodeReport:
    return with_server(a_member(name), maintenance="2026-11-28 14:01:50 UTC")


def steady(name: str) -> NodeReport:
    return with_server(a_member(name), ready_seconds=STEADY_SECONDS)


ALL = tuple(a_member(name) for name in NAMES)
D0, D1, D2 = ALL
GONE = frozenset({"db-1", "db-2"})

CASES: dict[str, tuple[WriterFacts, type[Decision], str]] = {
    "the holder that is ready holds": (seen("db-0", *ALL), Hold, "it is ready"),
    "the others follow": (seen("db-1", *ALL), Follow, "it is ready"),
    "no fail-back: a lower ordinal that came back follows": (seen("db-0", *ALL, row=WriterRow("db-2", 9)), Follow, ""),
    "nobody holds: the lowest ordinal claims": (seen("db-0", *ALL, row=WriterRow()), Claim, "nobody holds the role"),
    "nobody holds: the others let it": (seen("db-1", *ALL, row=WriterRow()), Follow, "db-0 comes first"),
    "a holder that left the component is succeeded at once": (
        seen("db-1", D1, D2, members=GONE), Claim, "db-0: it is no member of the Primary component"),
    "also while its last report is fresh": (seen("db-1", *ALL, members=GONE), Claim, "it is no member"),
    "by the first in order only": (seen("db-2", D1, D2, members=GONE), Follow, "db-1 comes first"),
    "by the next after a while": (seen("db-2", D1, D2, members=GONE, unfit_for=PATIENCE_SECONDS), Claim, "db-0"),
    "a member without a name may be the holder": (
        seen("db-1", D1, D2, members=GONE | {""}), Follow, "it gives no report"),
    "a silent sidecar is given time": (seen("db-1", D1, D2), Follow, "it gives no report"),
    "nearly to the end": (seen("db-1", D1, D2, unfit_for=SILENT_SECONDS - 0.1), Follow, "it gives no report"),
    "and then succeeded": (seen("db-1", D1, D2, unfit_for=SILENT_SECONDS), Claim, "db-0: it gives no report"),
    "one that claimed while it was silent to me lives": (
        seen("db-1", D1, D2, unfit_for=LONG, claimed_unseen=True), Follow, "it is ready"),
    "but not outside the component": (
        seen("db-1", D1, D2, members=GONE, claimed_unseen=True), Claim, "no member"),
    "a stopping holder hands over at once": (seen("db-1", stopping("db-0"), D1, D2), Claim, "told to stop"),
    "and does not claim for itself": (seen("db-0", stopping("db-0"), D1, D2), Hold, "db-1 comes first"),
    "nobody follows a stopping one: it stays": (
        seen("db-1", stopping("db-0"), stopping("db-1")), Follow, "no other node is ready"),
    "a holder whose server is gone is succeeded before the view changes": (
        seen("db-1", a_waiting_node("db-0"), D1, D2), Claim, "its server does not run"),
    "a holder that just starts again too": (seen("db-1", starting("db-0"), D1, D2), Claim, "does not run"),
    "a donor is given time, an IST is short": (
        seen("db-1", donor("db-0"), D1, D2), Follow, "Donor/Desynced while others are Synced"),
    "and then succeeded by one that is Synced": (
        seen("db-1", donor("db-0"), D1, D2, unfit_for=UNREADY_SECONDS), Claim, "Donor/Desynced"),
    "a donor of a moment is ready": (
        seen("db-1", a_member("db-0", state=WsrepState.DONOR), D1, D2, unfit_for=LONG), Follow, "it is ready"),
    "a donor stays while nobody is Synced": (
        seen("db-1", donor("db-0"), donor("db-1"), unfit_for=LONG), Follow, "it is ready"),
    "a donor takes over where it is the only one left": (
        seen("db-1", donor("db-1"), members=frozenset({"db-1"})), Claim, "no member"),
    "a donor comes after one that is Synced": (
        seen("db-1", donor("db-1"), D2, members=GONE), Follow, "db-2 comes first"),
    "a holder that rejects queries is succeeded after its time": (
        seen("db-1", with_server(D0, reject_queries=True), D1, unfit_for=UNREADY_SECONDS), Claim, "reject_queries"),
    "a holder whose SQL hangs too": (
        seen("db-1", with_server(D0, sql=False, error="no answer"), D1, unfit_for=UNREADY_SECONDS), Claim, "no SQL"),
    "the minority never claims": (
        seen("db-1", a_lone_server("db-1"), members=frozenset({"db-1"}), unfit_for=LONG), NoRole, "no Primary"),
    "a holder without a Primary holds nothing": (seen("db-0", a_lone_server("db-0")), NoRole, "no Primary"),
    "a node that says nothing of itself has no role": (seen("db-0", D1), NoRole, "no Primary"),
    "without the table there is no role": (seen("db-0", *ALL, row="no table"), NoRole, "no table"),
    "a short queue comes first": (seen("db-1", queued("db-1", 500), D2, members=GONE), Follow, "db-2 comes first"),
    "noise does not decide": (seen("db-1", queued("db-1", QUEUE_STEP - 1), D2, members=GONE), Claim, "no member"),
    "a node that takes no writes comes last": (
        seen("db-1", with_server(D1, read_only=True), queued("db-2", 500), members=GONE), Follow, "db-2 comes first"),
    "a holder in maintenance is succeeded at once": (seen("db-1", resting("db-0"), D1, D2), Claim, "in maintenance"),
    "but not by another one in maintenance": (
        seen("db-1", resting("db-0"), resting("db-1")), Follow, "no other node is ready"),
    "a node in maintenance does not succeed": (seen("db-2", resting("db-1"), D2, members=GONE), Claim, "no member"),
    "a node that has been ready for long comes first": (
        seen("db-1", D1, steady("db-2"), members=GONE), Follow, "db-2 comes first"),
    "of two that have, the lowest ordinal": (
        seen("db-1", steady("db-1"), steady("db-2"), members=GONE), Claim, "no member"),
    "a long queue is worse than none, among those that have": (
        seen("db-1", with_server(steady("db-1"), recv_queue=500), steady("db-2"), members=GONE), Follow, "db-2"),
    "and better than one that comes and goes": (
        seen("db-1", with_server(steady("db-1"), recv_queue=500), D2, members=GONE), Claim, "no member"),
    "a node of another history is no successor": (
        seen("db-1", D1, with_server(D2, uuid=OTHER_HISTORY), members=GONE), Claim, "no member"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it(case: str) -> None:
    facts, kind, reason = CASES[case]
    decision = decide(facts, POLICY)
    assert type(decision) is kind, decision
    assert reason in decision.reason


def test_in_mode_multi_nobody_claims() -> None:
    facts = seen("db-0", *ALL, row=WriterRow())
    assert decide(facts, Policy(Mode.MULTI)) == NoRole("every ready node takes writes")


PREFER, MUST_NOT = Preference.PREFER, Preference.MUST_NOT
WISHED: dict[str, tuple[WriterFacts, dict[str, Preference], type[Decision], str]] = {
    "the preferred node comes first": (
        seen("db-1", D1, D2, members=GONE), {"db-2": PREFER}, Follow, "db-2 comes first"),
    "also one that has just come": (
        seen("db-1", steady("db-1"), D2, members=GONE), {"db-2": PREFER}, Follow, "db-2 comes first"),
    "but not one that takes no writes": (
        seen("db-1", D1, with_server(D2, read_only=True), members=GONE), {"db-2": PREFER}, Claim, "no member"),
    "no fail-back to the preferred one": (seen("db-1", *ALL), {"db-1": PREFER}, Follow, "it is ready"),
    "a node that must not does not claim": (
        seen("db-1", D1, D2, members=GONE), {"db-1": MUST_NOT}, Follow, "db-2 comes first"),
    "and the other need not wait for it": (
        seen("db-2", D1, D2, members=GONE), {"db-1": MUST_NOT}, Claim, "no member"),
    "nor does it come later, while another can": (
        seen("db-1", D1, D2, members=GONE, unfit_for=LONG), {"db-1": MUST_NOT}, Follow, "db-2 comes first"),
    "it does where nobody else is ready": (
        seen("db-1", D1, members=GONE), {"db-1": MUST_NOT}, Claim, "no member"),
    "and where all others take no writes": (
        seen("db-1", D1, with_server(D2, read_only=True), members=GONE), {"db-1": MUST_NOT}, Claim, "no member"),
    "a holder that must not is succeeded at once": (
        seen("db-1", *ALL), {"db-0": MUST_NOT}, Claim, "db-0: it must not be the writer"),
    "not by another that must not": (
        seen("db-1", D0, D1), {"db-0": MUST_NOT, "db-1": MUST_NOT}, Follow, "it is ready"),
    "nor by one that takes no writes": (
        seen("db-1", D0, with_server(D1, read_only=True)), {"db-0": MUST_NOT}, Follow, "it is ready"),
    "and knows it": (seen("db-0", *ALL), {"db-0": MUST_NOT}, Hold, "db-1 comes first"),
    "alone it holds": (seen("db-0", D0), {"db-0": MUST_NOT}, Hold, "it is ready"),
}  # fmt: skip


@pytest.mark.parametrize("case", WISHED)
def test_what_people_want(case: str) -> None:
    facts, preferences, kind, reason = WISHED[case]
    decision = decide(facts, Policy(preferences=preferences))
    assert type(decision) is kind, decision
    assert reason in decision.reason


def test_where_donors_are_ready_a_donor_keeps_the_role() -> None:
    facts = seen("db-1", donor("db-0"), D1, D2, unfit_for=LONG)
    assert decide(facts, Policy(donor_ready=True)) == Follow("db-0", "it is ready")


def test_a_claim_names_the_row_that_it_was_decided_on() -> None:
    decision = decide(seen("db-1", D1, D2, members=GONE), POLICY)
    assert isinstance(decision, Claim)
    assert decision.expected == MINE


def test_queues_are_compared_in_steps() -> None:
    assert [queue_step(n) for n in (-1, 0, 15, 16, 31, 32, 63, 64, 1000)] == [0, 0, 0, 1, 1, 2, 2, 3, 6]


STATES = {
    "synced": a_member,
    "donor": donor,
    "stopping": stopping,
    "starting": starting,
    "waiting": a_waiting_node,
    "lone": a_lone_server,
    "in maintenance": resting,
    "stale": lambda name: replace(a_member(name), age=9.0),
    "silent": lambda _name: None,
}


def worlds():
    """Every state of three nodes, every set of members that the first may see, every holder."""
    for states in itertools.product(STATES.values(), repeat=3):
        reports = [made for made in (state(name) for state, name in zip(states, NAMES, strict=True)) if made]
        by_name = {report.facts.name: report for report in reports}
        for members in (frozenset(NAMES), GONE, frozenset({"db-1"}), frozenset({"db-1", ""})):
            for row in (WriterRow(), *(WriterRow(name, 4) for name in NAMES)):
                for unfit_for in (0.0, LONG):
                    yield by_name, members, row, unfit_for


def test_in_every_small_world_the_rules_keep_their_promises() -> None:
    claims = 0
    for by_name, members, row, unfit_for in worlds():
        deciding = {me: WriterFacts(me, by_name, members, row, unfit_for) for me in NAMES}
        decided = {me: decide(facts, POLICY) for me, facts in deciding.items()}
        claimants = [me for me, decision in decided.items() if isinstance(decision, Claim)]
        claims += len(claimants)
        world = (by_name, members, row, unfit_for)
        for me in claimants:
            mine = by_name[me]
            assert mine.in_primary, world
            assert mine.is_fresh, world
            assert me != row.node, world
            assert unfitness(deciding[me], POLICY) is not None, world
        if unfit_for == 0:
            assert len(claimants) <= 1, world  # two that see the same do not both try
        for me, decision in decided.items():
            if isinstance(decision, Hold):
                assert me == row.node, world
                assert by_name[me].server.is_primary, world
            if isinstance(decision, (Hold, Follow, Claim)) and unfit_for == LONG:
                # Nothing waits for ever: where somebody is ready, the holder is, or somebody claims.
                facts = deciding[me]
                if unfitness(facts, POLICY) is not None and successors(facts, POLICY):
                    assert claimants, world
    assert claims > 1000


def test_the_own_server_answers_for_the_members_it_shows() -> None:
    """A successor that my server does not show as a member is none."""
    facts = seen("db-1", D1, D2, members=frozenset({"db-2"}))
    assert successors(facts, POLICY) == ("db-2",)
    assert ServerFacts().is_primary is False
