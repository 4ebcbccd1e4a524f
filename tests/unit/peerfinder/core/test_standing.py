"""One word for a node, what is unusual about it, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.progress import Progress, Stage
from peerfinder.core.report import DecisionSummary, NodeReport, Phase
from peerfinder.core.role import Role
from peerfinder.core.standing import Standing, flags_of, reason_of, seqno_of, standing_of
from peerfinder.core.wsrep import ServerFacts, WriteAccess, WsrepState
from tests.support.sights import a_lone_server, a_member, a_waiting_node

REFUSES = DecisionSummary("refuse", 6, "two histories", "galeractl recover")
JOINS = DecisionSummary("join", 2, "a Primary answers")


def doing(phase: Phase, decision: DecisionSummary | None = None, server: ServerFacts | None = None) -> NodeReport:
    """A node in a phase."""
    report = a_waiting_node("db-0", decision=decision)
    return replace(report, facts=replace(report.facts, phase=phase), server=server or ServerFacts())


WORDS: dict[Standing, tuple[NodeReport, Role]] = {
    Standing.PRIMARY: (a_member("db-0"), Role.PRIMARY),
    Standing.SECONDARY: (a_member("db-0"), Role.SECONDARY),
    Standing.MEMBER: (a_member("db-0"), Role.NONE),
    Standing.DONOR: (a_member("db-0", state=WsrepState.DONOR), Role.PRIMARY),
    Standing.NON_PRIMARY: (a_lone_server("db-0"), Role.SECONDARY),
    Standing.OBSERVING: (doing(Phase.OBSERVING), Role.NONE),
    Standing.WAITING: (doing(Phase.WAITING), Role.NONE),
    Standing.REFUSING: (doing(Phase.WAITING, REFUSES), Role.NONE),
    Standing.JOINING: (doing(Phase.STARTING, JOINS), Role.NONE),
    Standing.STARTING: (doing(Phase.INITIALISING), Role.NONE),
    Standing.STOPPING: (doing(Phase.STOPPING), Role.NONE),
}


@pytest.mark.parametrize("word", WORDS)
def test_the_word(word):
    report, part = WORDS[word]
    assert standing_of(report, part) is word


def test_flags_are_what_is_unusual():
    report = a_member("db-0", state=WsrepState.DONOR)
    assert flags_of(a_member("db-0")) == ()
    server = replace(report.server, desynced=True, stuck="it stands", stepped_out=True, maintenance="12:00")
    assert flags_of(replace(report, server=server)) == ("donor", "desynced", "maintenance", "stuck", "stepped-out")


def test_what_was_set_by_hand_is_said_beside_its_readiness():
    report = a_member("db-0")
    by_hand = replace(report, server=replace(report.server, read_only=True, access=WriteAccess.OPEN))
    assert flags_of(by_hand) == ("read-only-by-hand",)
    assert reason_of(by_hand, Standing.PRIMARY, "Primary and Synced") == (
        "Primary and Synced; read_only is ON and was OFF by its sidecar: somebody has set it by hand"
    )


def test_a_transfer_that_stands_still_is_the_reason():
    report = doing(Phase.STARTING, JOINS)
    stands = replace(report, facts=replace(report.facts, progress=Progress(Stage.SST, 10, 20, 200.0, 300.0)))
    assert "for 200 s" in reason_of(stands, Standing.JOINING, "")
    assert "stalled" in flags_of(stands)


def test_the_seqno_of_a_server_and_of_a_volume():
    assert seqno_of(a_member("db-0", seqno=7)) == 7
    assert seqno_of(a_waiting_node("db-0", seqno=9)) == 9
    assert seqno_of(a_waiting_node("db-0", seqno=None)) is None
