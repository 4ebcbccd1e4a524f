"""What a person ought to know about the cluster now, in plain words, the worst first.

An alert says what was seen, and what to do where a person can do something. It is made from one snapshot: what was and
is over stands in the chronicle.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from peerfinder.core.health import Answer, is_ready
from peerfinder.core.overview import fresh, listed, may_fail, standings, state_of
from peerfinder.core.progress import complain
from peerfinder.core.read_only import set_by_hand
from peerfinder.core.report import Datadir, NodeReport
from peerfinder.core.role import Mode
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.standing import Standing
from peerfinder.core.state import State

EASY_TO_LOSE = 3
"""Nodes from which on a cluster is meant to survive the loss of one; a smaller one never could, and that is no news."""


class Level(enum.StrEnum):
    """How bad it is."""

    BAD = "bad"  # clients feel it, or data are in danger
    WARN = "warn"  # the next failure will be felt
    NOTE = "note"  # worth knowing


@dataclass(frozen=True, slots=True)
class Alert:
    """One sentence or two; `remedy` is a command or a place to look, '' where there is none."""

    level: Level
    text: str
    remedy: str = ""


def alerts(snapshot: ClusterSnapshot, age: float, *, is_stale: bool) -> tuple[Alert, ...]:
    """List what is wrong."""
    state = state_of(snapshot, is_stale=is_stale)
    found = [*_whole(snapshot, state, age)]
    for name, standing in standings(snapshot).items():
        found += _node(snapshot, name, standing)
    found += _sources(snapshot)
    return tuple(sorted(found, key=lambda one: list(Level).index(one.level)))  # stable within a level


def readiness(snapshot: ClusterSnapshot) -> dict[str, Answer]:
    """Say of each node with a report whether clients may be sent there, and why; of itself a node knows best."""
    reports = fresh(snapshot)
    ready, own = {}, Answer(snapshot.ready, snapshot.ready_reason)
    for name, report in reports.items():
        others = tuple(one for other, one in reports.items() if other != name)
        ready[name] = own if name == snapshot.me else is_ready(report, others)
    return ready


def _whole(snapshot: ClusterSnapshot, state: State, age: float) -> Iterator[Alert]:
    if state is State.UNKNOWN:
        yield Alert(
            Level.BAD, f"This agent's last look was {age:.0f} s ago: what stands here is old.", "look at its log"
        )
    if state is State.SPLIT_BRAIN:
        yield Alert(
            Level.BAD, "Split brain: two Primary components answer, and both may take writes.", "galeractl status"
        )
    if state is State.NO_QUORUM:
        yield Alert(
            Level.BAD, "No quorum: nothing can be written until a Primary component forms.", "galeractl recover"
        )
    if state not in (State.ONLINE, State.ONLINE_PARTIAL):
        return
    if snapshot.writer.mode is Mode.SINGLE and not snapshot.writer.node and snapshot.reports[snapshot.me].in_primary:
        yield Alert(Level.WARN, f"No node is known to take the writes: {snapshot.writer.reason or 'the role is free'}.")
    ready, expected = sum(one.ok for one in readiness(snapshot).values()), len(snapshot.expected or ())
    if ready < expected:
        level = Level.WARN if ready else Level.BAD
        yield Alert(level, f"{ready} of {expected} nodes can serve clients.")
    if expected >= EASY_TO_LOSE and may_fail(snapshot, state) == 0:
        yield Alert(Level.WARN, "The cluster cannot tolerate any failure now.")
    versions = {report.server.version for report in fresh(snapshot).values() if report.server.version}
    if len(versions) > 1:
        yield Alert(Level.NOTE, f"The servers are of different versions: {listed(tuple(sorted(versions)))}.")


def _node(snapshot: ClusterSnapshot, name: str, standing: Standing) -> Iterator[Alert]:
    if standing is Standing.UNREACHABLE:
        why = snapshot.silent.get(name, "nothing is known of it")
        yield Alert(Level.WARN, f"{name} gives no report: {why}.")
        return
    report = snapshot.reports[name]
    facts, server, decision = report.facts, report.server, report.facts.decision
    if facts.datadir is Datadir.UNREADABLE:
        yield Alert(Level.BAD, f"{name} cannot use its volume: {facts.problem or 'its data cannot be read'}.")
    elif decision and standing is Standing.REFUSING:
        yield Alert(Level.BAD, f"{name} refuses to start: {decision.reason}.", decision.remedy)
    elif decision and standing is Standing.WAITING and decision.needs_operator:
        yield Alert(Level.BAD, f"{name} waits for a person: {decision.reason}.", decision.remedy)
    elif decision and standing is Standing.WAITING:
        yield Alert(Level.WARN, f"{name} waits: {decision.reason}.", decision.remedy)
    if standing is Standing.NON_PRIMARY:
        yield Alert(Level.WARN, f"{name} runs without a Primary component ({server.cluster_status}).")
    yield from _work(name, report)
    by_hand, is_writer = set_by_hand(name, server), name == snapshot.writer.node
    if server.sql and server.read_only and is_writer and (server.is_read_only_by_hand or name == snapshot.me):
        yield Alert(Level.BAD, f"{name} is the writer, and its server is read_only.", by_hand.remedy if by_hand else "")
    elif by_hand:
        yield Alert(Level.NOTE, f"{name}: {by_hand.reason}.", by_hand.remedy)


def _work(name: str, report: NodeReport) -> Iterator[Alert]:
    facts, server = report.facts, report.server
    if server.stuck:
        out = "; it has stepped out of flow control until they go on" if server.stepped_out else ""
        yield Alert(Level.WARN, f"{name} is stuck: {server.stuck}{out}.")
    if facts.progress and (stalled := complain(facts.progress)):
        yield Alert(Level.WARN, f"{name}: {stalled}.")
    if server.maintenance:
        ends = f"galeractl maintenance off {name}"
        yield Alert(Level.NOTE, f"{name} is in maintenance since {server.maintenance}.", ends)
    if server.reject_queries:
        yield Alert(Level.NOTE, f"{name} rejects queries (wsrep_reject_queries is set).")
    if server.desynced and not server.stepped_out:
        yield Alert(Level.NOTE, f"{name} is desynced (wsrep_desync is set), and may lag behind.")


def _sources(snapshot: ClusterSnapshot) -> Iterator[Alert]:
    if snapshot.dns:
        yield Alert(Level.WARN, f"DNS gives no answer, new nodes are not found: {snapshot.dns}.")
    if snapshot.memory is None:
        why = snapshot.memory_problem or "it was not read yet"
        yield Alert(Level.WARN, f"The cluster memory cannot be read: {why}. What runs is not touched.")
    elif snapshot.memory_problem:
        yield Alert(Level.NOTE, f"The cluster memory is a copy: {snapshot.memory_problem}.")
    if snapshot.expected is None:
        yield Alert(Level.WARN, "How many nodes the cluster should have is not known.")
