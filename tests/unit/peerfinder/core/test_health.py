from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.health import DONOR_SECONDS, WEDGED_SECONDS, is_live, is_ready, is_started
from peerfinder.core.report import FRESH_SECONDS, Datadir, DecisionSummary, NodeFacts, NodeReport, Phase
from peerfinder.core.wsrep import ServerFacts, WsrepState

FACTS = NodeFacts("db-0", Phase.RUNNING, Datadir.PRESENT, "", "")
SERVER = ServerFacts(sql=True, state=WsrepState.SYNCED, cluster_status="Primary", ready=True)
GOOD = NodeReport(FACTS, SERVER)
DONOR = replace(GOOD, server=replace(SERVER, state=WsrepState.DONOR, donor_seconds=DONOR_SECONDS))
MOMENTARY = replace(DONOR, server=replace(DONOR.server, donor_seconds=DONOR_SECONDS - 0.1))
DESYNCED = replace(DONOR, server=replace(DONOR.server, donor_seconds=0.0, desynced=True))
SINCE, ENDS = "2026-11-28 14:01:50 UTC", "galeractl maintenance off db-0 ends it"
RESTING = replace(GOOD, server=replace(SERVER, maintenance=SINCE))
WAITING = replace(GOOD, facts=replace(FACTS, phase=Phase.WAITING))
DECIDED = replace(WAITING, facts=replace(WAITING.facts, decision=DecisionSummary("wait", 5, "for db-1")))

READY: dict[str, tuple[NodeReport | None, tuple[NodeReport, ...], bool, bool, str]] = {
    "no report": (None, (), False, False, "the entrypoint has not reported yet"),
    "Synced": (GOOD, (), False, True, "Primary and Synced"),
    "waiting, undecided": (WAITING, (), False, False, "the server is waiting"),
    "waiting, with its reason": (DECIDED, (), False, False, "waiting: for db-1"),
    "no SQL": (replace(GOOD, server=ServerFacts()), (), False, False, "no SQL yet (starting)"),
    "no SQL, receiving": (replace(GOOD, server=ServerFacts(comment="SST")), (), False, False, "no SQL yet (SST)"),
    "non-Primary": (replace(GOOD, server=replace(SERVER, cluster_status="non-Primary")), (), False, False,
                    "not in a Primary component (non-Primary)"),
    "rejecting queries": (replace(GOOD, server=replace(SERVER, reject_queries=True)), (), False, False,
                          "wsrep_reject_queries is set"),
    "joined, not synced": (replace(GOOD, server=replace(SERVER, state=WsrepState.JOINED)), (), False, False,
                           "Joined, not Synced"),
    "donor beside others": (DONOR, (GOOD,), False, False, "Donor/Desynced while others are Synced"),
    "donor for a moment": (MOMENTARY, (GOOD,), False, True, "Donor/Desynced, for a moment only"),
    "desynced by a person": (DESYNCED, (GOOD,), False, False, "Donor/Desynced while others are Synced"),
    "donor beside others, allowed": (DONOR, (GOOD,), True, True, "Donor/Desynced, allowed"),
    "donor beside another donor": (DONOR, (DONOR,), False, True, "Donor/Desynced, the only one serving"),
    "in maintenance": (RESTING, (GOOD,), False, False, f"in maintenance since {SINCE}; {ENDS}"),
    "in maintenance, and nobody else serves": (RESTING, (), False, False, f"in maintenance since {SINCE}; {ENDS}"),
    "in maintenance, and outside of a Primary": (
        replace(RESTING, server=replace(RESTING.server, cluster_status="non-Primary")), (), False, False,
        "not in a Primary component (non-Primary)"),
    "donor beside one in maintenance": (DONOR, (RESTING,), False, True, "Donor/Desynced, the only one serving"),
    "donor alone": (DONOR, (), False, True, "Donor/Desynced, the only one serving"),
}  # fmt: skip


@pytest.mark.parametrize(("mine", "others", "donor_ready", "ok", "reason"), READY.values(), ids=READY)
def test_ready(
    mine: NodeReport | None, others: tuple[NodeReport, ...], donor_ready: bool, ok: bool, reason: str
) -> None:
    answer = is_ready(mine, others, donor_ready=donor_ready)
    assert (answer.ok, answer.reason) == (ok, reason)


@pytest.mark.parametrize("phase", Phase)
def test_no_phase_is_dead_while_the_heart_beats(phase: Phase) -> None:
    assert is_live(replace(GOOD, facts=replace(FACTS, phase=phase), age=WEDGED_SECONDS)).ok


def test_a_stopped_heart_is_dead_and_no_report_is_not() -> None:
    assert not is_live(replace(GOOD, age=WEDGED_SECONDS + 1)).ok
    assert is_live(None).ok


def test_started_needs_a_fresh_report() -> None:
    assert is_started(WAITING).ok
    assert not is_started(replace(WAITING, age=FRESH_SECONDS + 1)).ok
    assert not is_started(None).ok


def test_maintenance_is_neither_death_nor_a_start_that_failed() -> None:
    assert is_live(RESTING).ok
    assert is_started(RESTING).ok
