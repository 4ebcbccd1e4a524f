"""What a node's life tells in `kubectl describe pod`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.events import (
    MAX_MESSAGE,
    Event,
    Kind,
    Seen,
    copy_began,
    copy_ended,
    events,
    mode_event,
    role_event,
)
from peerfinder.core.progress import Progress, Stage
from peerfinder.core.report import DecisionSummary, NodeReport, Phase
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.wsrep import ServerFacts, WsrepState
from tests.support.sights import a_lone_server, a_member, a_waiting_node

BOOTSTRAP = DecisionSummary("bootstrap", 8, "db-0 holds the most advanced data (seqno 812)")
JOIN = DecisionSummary("join", 2, "a Primary of this node's history answers (db-1)")
WAIT = DecisionSummary("wait", 5, "waiting for db-2 (no answer)", "galeractl recover --without db-2", ("db-2",))
STUCK = replace(WAIT, needs_operator=True)
REFUSE = DecisionSummary("refuse", 1, "another process owns the volume", needs_operator=True)


def waiting(decision: DecisionSummary) -> NodeReport:
    return a_waiting_node("db-0", decision=decision)


def running(decision: DecisionSummary = JOIN, state: WsrepState = WsrepState.SYNCED) -> NodeReport:
    report = a_member("db-0", state=state)
    return replace(report, facts=replace(report.facts, decision=decision))


def with_server(server: ServerFacts, phase: Phase = Phase.RUNNING) -> NodeReport:
    report = running()
    return replace(report, facts=replace(report.facts, phase=phase), server=server)


SILENT = with_server(ServerFacts(error="no answer"))
JOINING = with_server(ServerFacts(state=WsrepState.JOINING, comment="Receiving SST"), Phase.STARTING)
STALLED = replace(JOINING, facts=replace(JOINING.facts, progress=Progress(Stage.SST, 9, quiet=200, limit=300)))
LONGER = replace(JOINING, facts=replace(JOINING.facts, progress=Progress(Stage.SST, 9, quiet=250, limit=300)))
STUCK_APPLIERS = replace(running(), server=replace(running().server, stuck="its appliers stand still"))
STEPPED_OUT = replace(STUCK_APPLIERS, server=replace(STUCK_APPLIERS.server, stepped_out=True))
DESYNCED = running(state=WsrepState.DONOR)
DESYNCED = replace(DESYNCED, server=replace(DESYNCED.server, desynced=True, stepped_out=True))
STOPPING = with_server(ServerFacts(), Phase.STOPPING)
ENDED = replace(running(), facts=replace(running().facts, phase=Phase.OBSERVING, decision=None), server=ServerFacts())
LONE = a_lone_server("db-0")


def told(*reports: NodeReport | None) -> list[str]:
    return [event.reason for event in all_events(*reports)]


def all_events(*reports: NodeReport | None) -> list[Event]:
    seen: Seen | None = None
    found: list[Event] = []
    for report in reports:
        new, seen = events(seen, report)
        found += new
    return found


LIVES = {
    "a sidecar that starts beside a good node says nothing": ([running()], []),
    "a node that joins": ([waiting(WAIT), JOINING, running()], ["StateTransfer", "Joined"]),
    "a node that forms the Primary": ([waiting(WAIT), running(BOOTSTRAP)], ["Bootstrapped"]),
    "a transfer that stands still is told once": (
        [waiting(WAIT), JOINING, STALLED, LONGER, JOINING, running()],
        ["StateTransfer", "Stalled", "Joined"],
    ),
    "and again when it does so again": (
        [waiting(WAIT), JOINING, STALLED, JOINING, STALLED],
        ["StateTransfer", "Stalled", "Stalled"],
    ),
    "appliers that are stuck, and go on": (
        [running(), STUCK_APPLIERS, STUCK_APPLIERS, running()],
        ["Stuck", "Unstuck"],
    ),
    "a node that steps out, and in again": (
        [running(), STEPPED_OUT, SILENT, STEPPED_OUT, running()],
        ["SteppedOut", "Unstuck"],
    ),
    "a stuck server that ends": (
        [running(), STEPPED_OUT, waiting(WAIT), running()],
        ["SteppedOut", "ServerEnded", "Joined"],
    ),
    "a wait is told once it needs a person": ([waiting(WAIT), waiting(STUCK), waiting(STUCK)], ["WaitingForPeer"]),
    "also by a sidecar that has just started": ([waiting(STUCK)], ["WaitingForPeer"]),
    "for another node: told again": (
        [waiting(STUCK), waiting(replace(STUCK, waiting_for=("db-1",)))],
        ["WaitingForPeer", "WaitingForPeer"],
    ),
    "a refusal": ([waiting(WAIT), waiting(REFUSE), waiting(REFUSE)], ["Refused"]),
    "a refusal whose seconds grow is one": (
        [waiting(replace(REFUSE, reason=f"silent for {n} s")) for n in (3, 4)],
        ["Refused"],
    ),
    "a lost quorum that comes back": ([running(), LONE, LONE, running()], ["LostQuorum", "QuorumRegained"]),
    "a lost quorum and the end of its server": (
        [running(), LONE, STOPPING, waiting(WAIT)],
        ["LostQuorum", "ServerEnded"],
    ),
    "a server that cannot be asked for a while says nothing": ([running(), SILENT, running()], []),
    "a look without a report says nothing": ([running(), None, replace(running(), age=9.0), running()], []),
    "a donor": ([running(), running(state=WsrepState.DONOR), running()], ["Donor"]),
    "a node that leaves flow control by itself is no donor": ([running(), DESYNCED, running()], []),
    "a member that catches up is no lost quorum": ([running(), running(state=WsrepState.JOINED), running()], []),
    "a server that ended and came back": ([running(), waiting(WAIT), running()], ["ServerEnded", "Joined"]),
    "a pod that is deleted": ([running(BOOTSTRAP), STOPPING, ENDED, ENDED, None], []),
    "a server that ended is told once the node knows how to go on": (
        [running(), ENDED, waiting(WAIT), waiting(WAIT), running()],
        ["ServerEnded", "Joined"],
    ),
    "also where it went on before the next look": ([running(), ENDED, JOINING], ["ServerEnded", "StateTransfer"]),
    "also where it is back by then": ([running(), ENDED, running()], ["ServerEnded", "Joined"]),
}


@pytest.mark.parametrize(("reports", "reasons"), LIVES.values(), ids=LIVES)
def test_a_life(reports: list[NodeReport | None], reasons: list[str]) -> None:
    assert told(*reports) == reasons


def test_the_message_has_reason_and_remedy() -> None:
    assert all_events(waiting(STUCK)) == [
        Event(
            Kind.WARNING,
            "WaitingForPeer",
            "waiting for db-2 (no answer). What ends it: galeractl recover --without db-2",
        )
    ]


def test_the_end_of_a_server_is_told_with_what_the_node_does_now() -> None:
    (event,) = all_events(running(BOOTSTRAP), STOPPING, ENDED, waiting(WAIT))
    assert event.message == "the server has ended, the node decides anew; now: waiting for db-2 (no answer)"


def test_a_long_message_is_cut_and_keeps_its_remedy() -> None:
    (event,) = all_events(waiting(replace(STUCK, reason="ä" * MAX_MESSAGE)))
    assert len(event.message.encode()) <= MAX_MESSAGE
    assert event.message.endswith(".... What ends it: galeractl recover --without db-2")


WRITER = WriterView(Mode.SINGLE, "db-0", 4, Role.PRIMARY)
READER = WriterView(Mode.SINGLE, "db-1", 5, Role.SECONDARY)
ROLES = {
    "it takes the role": (READER, WRITER, ("Writer", "takes the writes (epoch 4)")),
    "another takes it": (WRITER, READER, ("Secondary", "the writer is db-1 now (epoch 5)")),
    "it comes back as a reader": (WriterView(), READER, None),
    "it leaves the Primary": (WRITER, WriterView(), None),
    "a sidecar finds it at its start": (None, WRITER, None),
    "another epoch of the same": (WRITER, replace(WRITER, epoch=6), None),
    "everybody takes writes": (WriterView(Mode.MULTI), WriterView(Mode.MULTI, role=Role.PRIMARY), None),
}


@pytest.mark.parametrize(("before", "after", "told"), ROLES.values(), ids=ROLES)
def test_the_writer_role(before: WriterView | None, after: WriterView, told: tuple[str, str] | None) -> None:
    found = role_event(before, after)
    assert (found and (found.reason, found.message)) == told


def test_maintenance_is_told_when_it_begins_and_when_it_ends() -> None:
    at_work = running()
    rests = replace(at_work, server=replace(at_work.server, maintenance="2026-11-28 14:01:50 UTC"))
    told, seen = events(None, rests)
    assert told == ()  # found so by a sidecar that has just started
    told, seen = events(seen, at_work)
    assert [one.reason for one in told] == ["MaintenanceEnded"]
    told, seen = events(seen, rests)
    assert [one.reason for one in told] == ["Maintenance"]
    assert told[0].message.endswith("What ends it: galeractl maintenance off db-0")
    assert events(seen, rests)[0] == ()


SINGLE = WriterView(Mode.SINGLE, "db-1", 4, Role.SECONDARY)
MULTI = WriterView(Mode.MULTI, "", 0, Role.PRIMARY)
MODES = {
    "to multi": (SINGLE, MULTI, ("ModeMulti", "every ready node takes writes now")),
    "to single": (MULTI, SINGLE, ("ModeSingle", "one node takes writes now (db-1)")),
    "to single, without a writer yet": (
        MULTI, replace(SINGLE, node=""), ("ModeSingle", "one node takes writes now (it is being chosen)")),
    "unchanged": (SINGLE, SINGLE, None),
    "the first look": (None, MULTI, None),
    "a node that was no member": (WriterView(), MULTI, None),
    "a node that is none any more": (SINGLE, WriterView(Mode.MULTI), None),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "told"), MODES.values(), ids=MODES)
def test_the_mode_of_the_role(before: WriterView | None, after: WriterView, told: tuple[str, str] | None) -> None:
    found = mode_event(before, after)
    assert (found and (found.reason, found.message)) == told


def test_a_copy_is_told_when_it_begins_and_how_it_ended():
    assert copy_began("backup", "10.0.0.9") == Event(
        Kind.NORMAL, "CopyBegan", "gives a copy of its data away (backup, to 10.0.0.9)"
    )
    assert (
        copy_ended("seed", "1.0 GiB", 12.3, "").message == "the copy of its data was given away (seed, 1.0 GiB in 12 s)"
    )
    failed = copy_ended("seed", "1.0 GiB", 12.3, "the disk is full")
    assert failed == Event(
        Kind.WARNING, "CopyFailed", "the copy of its data is not whole (seed, 1.0 GiB in 12 s): the disk is full"
    )
