"""From everything that one look brought home to the picture of the cluster.

Each source says what it saw or why it saw nothing, and nothing is inferred from silence: DNS that names nobody
removes nobody, a peer that does not answer is *silent* with the reason and what it said last. Peers' reports that are
not fresh are not in the picture; the own one stays, with its age, because probes must tell a slow heart from none.
Readiness does not hang on that heart: a server that answers SQL as Primary and Synced serves its clients well, however
busy the machine is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from peerfinder.core.bookkeeping import MemoryReading
from peerfinder.core.health import is_ready
from peerfinder.core.heartbeat import aged
from peerfinder.core.names import by_ordinal
from peerfinder.core.report import FRESH_SECONDS, NodeReport
from peerfinder.core.snapshot import AppliedView, ClusterSnapshot
from peerfinder.core.view import Member


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """The last exchange with one peer's agent, and the last report it ever gave.

    `answered_at` is when its agent last gave an answer with its own name, `reported_at` when the report came; both
    CLOCK_BOOTTIME of this machine. `problem` says why the newest exchange gave no report.
    """

    address: str
    problem: str = ""
    answered_at: float | None = None
    report: NodeReport | None = None
    reported_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one look brought home; `own` is None with `own_problem` when node.json is no report."""

    me: str
    now: float
    boot_id: str
    own: NodeReport | None
    own_problem: str
    peers: Mapping[str, PeerAnswer]
    addresses: Mapping[str, str]  # of every node that the last good DNS answer shows
    dns: str  # why DNS gave no answer, '' when it did
    expected: tuple[str, ...] | None
    memory: MemoryReading
    names: Mapping[str, Member] = field(default_factory=dict)
    applied: AppliedView | None = None
    donor_ready: bool = False


def fresh_reports(
    me: str, own: NodeReport | None, peers: Mapping[str, PeerAnswer], now: float
) -> dict[str, NodeReport]:
    """Give the own report and every peer's that is fresh now, by name."""
    reports = {me: own} if own else {}
    for name, answer in peers.items():
        if answer.report is not None:
            report = aged(answer.report, now - answer.reported_at)
            if report.is_fresh:
                reports[name] = report
    return reports


def judge(gathered: Gathered) -> ClusterSnapshot:
    """Compose the snapshot."""
    me, now, own = gathered.me, gathered.now, gathered.own
    reports = fresh_reports(me, own, gathered.peers, now)
    if own is not None:
        reports[me] = replace(own, memory=gathered.memory.memory)
    others = tuple(report for name, report in reports.items() if name != me)
    ready = is_ready(own, others, donor_ready=gathered.donor_ready)
    reason = ready.reason if own else gathered.own_problem or ready.reason
    return ClusterSnapshot(
        me=me,
        written_at=now,
        boot_id=gathered.boot_id,
        expected=gathered.expected,
        reports={name: reports[name] for name in by_ordinal(tuple(reports))},
        addresses={name: one.address for name, one in gathered.peers.items()} | dict(gathered.addresses),
        answering=by_ordinal([name for name, one in gathered.peers.items() if _answers(one, now)]),
        silent=_silent(gathered, reports),
        names=dict(gathered.names),
        applied=gathered.applied,
        memory=gathered.memory.memory,
        memory_fresh=gathered.memory.fresh,
        memory_problem=gathered.memory.problem,
        dns=gathered.dns,
        ready=ready.ok,
        ready_reason=reason,
    )


def _answers(answer: PeerAnswer, now: float) -> bool:
    return answer.answered_at is not None and now - answer.answered_at <= FRESH_SECONDS


def _silent(gathered: Gathered, reports: Mapping[str, NodeReport]) -> dict[str, str]:
    me = gathered.me
    wanted = {*(gathered.expected or ()), *gathered.addresses, *gathered.peers, me}
    silent = {}
    for name in by_ordinal(wanted - {me}):
        if name not in reports:
            silent[name] = _why(name, gathered)
    own = gathered.own
    if own is None:
        silent[me] = gathered.own_problem or "its entrypoint has not reported yet"
    elif not own.is_fresh:
        silent[me] = f"its entrypoint has not reported for {own.age:.0f} s"
    return silent


def _why(name: str, gathered: Gathered) -> str:
    answer = gathered.peers.get(name)
    if answer is None:
        return f"DNS gives no answer: {gathered.dns}" if gathered.dns else "not in DNS"
    if answer.problem:
        return answer.problem + _last_word(answer, gathered.now)
    if answer.report is None:
        return f"no answer yet from its agent at {answer.address}"
    age = aged(answer.report, gathered.now - answer.reported_at).age
    return f"its entrypoint has not reported for {age:.0f} s" + _last_word(answer, gathered.now)


def _last_word(answer: PeerAnswer, now: float) -> str:
    """What the node was when it last reported: for people who wonder whether it is safe to go on without it."""
    if answer.report is None:
        return ""
    facts, server = answer.report.facts, answer.report.server
    age = aged(answer.report, now - answer.reported_at).age
    state = f", {server.state}" if server.sql else ""
    position = f" at {facts.position}" if facts.holds_data else ""
    return f" (last seen {facts.phase}{state}{position} {age:.0f} s ago)"
