"""Who is the writer? The rules by which every node decides alone, from what it sees.

Theory. The writer is one row in the cluster's own replicated state. It changes only by a *claim*: an UPDATE that names
the epoch it was decided on and makes it one higher. Galera certifies write sets in one order for all nodes, so of two
claims on the same epoch one commits and the other does not, whatever the two nodes believed; and outside a Primary
component nothing commits. That is the whole safety, there is no lease and no clock in it. The rules below only decide
who *tries*, so that the role moves when it must, and stays otherwise. Two nodes that are written to at once are safe
in Galera (the second of two conflicting commits fails); what the role spares clients are those failures.

First match wins:

 1. every ready node takes writes (mode multi) -> no role
 2. my server is in no Primary component -> no role
 3. the row cannot be read -> no role
 4. the holder is ready -> it stays: no fail-back, whoever comes back and whoever would be better
 5. no other node is ready -> the holder stays, a donor or a stopping one is better than none
 6. I come first among the ready nodes, and the holder was given its time -> I claim
 7. otherwise -> it stays for now

*Ready* is what the readiness probe says, so the role follows the same word by which Services send clients: a donor
keeps the role while nobody else is Synced, and gives it up where somebody is, because no client reaches it then.

The holder's time is none where its end is certain: it is no member of my component any more, its entrypoint says that
the server is gone, or that it was told to stop (it serves on while it drains: that is the hand-over), a person has
taken it out of service, or wants it not to be the writer while another can be, or nobody holds the role. It is
UNREADY_SECONDS where the node itself says that it is not ready: a donor, SQL that hangs. It is SILENT_SECONDS where
only its agent is silent, because the server may serve on.

A holder that claimed the role while it was silent to me lives: only its own sidecar can have claimed. Without this two
nodes that do not hear each other, but both hear Galera, would take the role from each other for ever.

Who comes first is told in `policy`. Each node after the first waits PATIENCE_SECONDS longer, in case the first does not
see what the others see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peerfinder.core.health import is_ready
from peerfinder.core.policy import Policy, may_write, worth
from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.role import Mode, Preference, WriterRow

SILENT_SECONDS = 5.0
"""Beyond the 3 s after which silence counts: a sidecar that crashed is back within 2 s, and nothing needs to move."""

UNREADY_SECONDS = 2.0
"""Above the second that a donor of an IST takes; a readiness probe that fails twice has not taken it from Services."""

PATIENCE_SECONDS = 3.0
"""For each candidate before me: three looks at rest and a claim, which may wait for a view change."""


@dataclass(frozen=True, slots=True)
class WriterFacts:
    """What one node sees; `reports` are the fresh ones, its own among them."""

    me: str
    reports: Mapping[str, NodeReport]
    members: frozenset[str]  # of my component, as my server's SQL shows them; '' is a member without a known name
    row: WriterRow | str  # a sentence: why it cannot be read
    unfit_for: float = 0.0  # seconds since the holder was ready
    claimed_unseen: bool = False  # the holder took the role while it was silent to me


@dataclass(frozen=True, slots=True)
class Hold:
    """I am the writer, and stay it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Follow:
    """Another node is the writer ('': nobody yet), and stays it for now."""

    node: str
    reason: str


@dataclass(frozen=True, slots=True)
class Claim:
    """I try to become the writer, if the row still has this epoch."""

    expected: WriterRow
    reason: str


@dataclass(frozen=True, slots=True)
class NoRole:
    """There is no writer as far as this node can say."""

    reason: str


Decision = Hold | Follow | Claim | NoRole


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why the holder should be succeeded, and the seconds that it is given to become ready again."""

    reason: str
    hold: float = 0.0


def decide(facts: WriterFacts, policy: Policy) -> Decision:
    """Apply the rules."""
    mine, row = facts.reports.get(facts.me), facts.row
    if policy.mode is Mode.MULTI:
        return NoRole("every ready node takes writes")
    if mine is None or not mine.server.is_primary:
        return NoRole("this node is in no Primary component")
    if isinstance(row, str):
        return NoRole(row)
    unfit = unfitness(facts, policy)
    if unfit is None:
        return _stays(facts.me, row, "it is ready")
    order = successors(facts, policy)
    if not order:
        return _stays(facts.me, row, f"{unfit.reason}, and no other node is ready")
    if facts.me not in order:
        return _stays(facts.me, row, f"{unfit.reason}; {order[0]} comes first")
    due = unfit.hold + order.index(facts.me) * PATIENCE_SECONDS
    if facts.unfit_for < due:
        first = "" if order[0] == facts.me else f"; {order[0]} comes first"
        return _stays(facts.me, row, unfit.reason + first)
    return Claim(row, f"{row.node or 'the writer'}: {unfit.reason}")


def unfitness(facts: WriterFacts, policy: Policy) -> Unfit | None:
    """Tell why the holder should be succeeded, None when it is ready (the row is one that was read)."""
    assert isinstance(facts.row, WriterRow)  # noqa: S101 - rule 3 stands before it
    holder = facts.row.node
    if not holder:
        return Unfit("nobody holds the role")
    if not _is_member(holder, facts):
        return Unfit("it is no member of the Primary component")
    report = facts.reports.get(holder)
    if report is None or not report.is_fresh:
        return None if facts.claimed_unseen else Unfit("it gives no report", SILENT_SECONDS)
    match report.facts.phase:
        case Phase.STOPPING:
            return Unfit("it was told to stop")
        case Phase.RUNNING:
            others = tuple(one for name, one in facts.reports.items() if name != holder)
            if report.server.maintenance:
                return Unfit("it is in maintenance")
            answer = is_ready(report, others, donor_ready=policy.donor_ready)
            if not answer.ok:
                return Unfit(answer.reason, UNREADY_SECONDS)
            if policy.of(holder) is Preference.MUST_NOT and any(
                may_write(one, policy) for one in _ready(facts, policy)
            ):
                return Unfit("it must not be the writer while another node can be")
            return None
        case _:
            return Unfit("its server does not run")


def successors(facts: WriterFacts, policy: Policy) -> tuple[str, ...]:
    """Give the ready nodes that are not the holder and may succeed it, the best first."""
    ready = _ready(facts, policy)
    wanted = [report for report in ready if may_write(report, policy)]
    return tuple(report.facts.name for report in sorted(wanted or ready, key=lambda one: worth(one, policy)))


def _ready(facts: WriterFacts, policy: Policy) -> list[NodeReport]:
    """The ready nodes of my history that are not the holder."""
    history = facts.reports[facts.me].server.uuid if facts.me in facts.reports else ""
    holder = facts.row.node if isinstance(facts.row, WriterRow) else ""
    there = {
        name: report
        for name, report in facts.reports.items()
        if name != holder and _is_member(name, facts) and report.is_fresh and report.server.uuid == history
    }
    ready = []
    for name, report in there.items():
        others = tuple(one for other, one in there.items() if other != name)
        if is_ready(report, others, donor_ready=policy.donor_ready).ok:
            ready.append(report)
    return ready


def _is_member(name: str, facts: WriterFacts) -> bool:
    """Whether a node may be in my component: a member that nobody can name may be anyone."""
    return name in facts.members or "" in facts.members


def _stays(me: str, row: WriterRow, reason: str) -> Hold | Follow:
    return Hold(reason) if row.node == me else Follow(row.node, reason)
