"""A takeover that a person, or a program, ordered: may this node become the writer now?

Theory. The claim is made on the node that is to be the writer, because only there can it be exclusive: it is the same
guarded UPDATE as every other claim (`writer`). The order changes when it is made, not what it needs: a node that is not
Primary and Synced never claims, forced or not, since a writer that cannot serve helps nobody.

Without `force` the holder must consent, which means that it is seen to serve: it reports, and its server answers. Only
such a holder can let its clients finish. A holder that hangs is succeeded by force, or by the rules after some seconds.

The former holder serves on until it hears of its successor; the *notice* tells it at once. A notice is believed because
it comes with the agents' token, and because an epoch never goes back: a row with a higher epoch than the one that was
read is one that the own server has yet to apply.
"""

from __future__ import annotations

from dataclasses import dataclass

from peerfinder.core.health import is_ready
from peerfinder.core.policy import Policy, may_write
from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.role import Mode, Preference, WriterRow
from peerfinder.core.writer import Claim, WriterFacts, successors
from peerfinder.core.wsrep import WsrepState

MOST_DRAIN_SECONDS = 3600.0
"""Nobody waits longer for an open transaction, and a number with a slip in it is noticed."""


@dataclass(frozen=True, slots=True)
class TakeoverOrder:
    """The body of POST /v1/takeover."""

    force: bool = False
    drain: float | None = None  # seconds for the open transactions of the former writer; None: as it was told itself
    expect: int | None = None  # the epoch that was seen: refused when the role has moved since

    def __post_init__(self) -> None:
        if self.drain is not None and not 0 <= self.drain <= MOST_DRAIN_SECONDS:
            raise ValueError(f"drain is {self.drain:g}, and has to be from 0 to {MOST_DRAIN_SECONDS:g} seconds")


@dataclass(frozen=True, slots=True)
class Takeover:
    """The answer: who is the writer now, and since when."""

    node: str
    epoch: int
    former: str = ""
    changed: bool = True  # False: it was the writer already
    gap: float | None = None  # seconds without a writer; None where the former one was never seen
    informed: bool = False  # the former writer has heard of it, and sends its clients away
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RoleNotice:
    """What an agent tells the others (POST /v1/role): look now, and perhaps who the writer is since a moment ago."""

    row: WriterRow | None = None
    drain: float | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """This node is the writer already."""

    row: WriterRow


@dataclass(frozen=True, slots=True)
class Refused:
    """It must not, or cannot, become the writer now."""

    reason: str
    forcible: bool = False  # --force would do it


Verdict = Claim | Held | Refused


def consider(facts: WriterFacts, policy: Policy, order: TakeoverOrder) -> Verdict:
    """Judge an order by what this node sees."""
    me, row = facts.me, facts.row
    if policy.mode is Mode.MULTI:
        return Refused("every ready node takes writes: there is no writer role in mode multi")
    mine = facts.reports.get(me)
    if mine is None or not mine.server.is_primary:
        return Refused(f"{me} is in no Primary component")
    if isinstance(row, str):
        return Refused(row)
    if order.expect is not None and row.epoch != order.expect:
        return Refused(f"the role has moved: {row.node or 'nobody'} holds it since epoch {row.epoch}")
    if row.node == me:
        return Held(row)
    if unfit := _unfit(facts, mine, policy, force=order.force):
        return unfit
    if not order.force and (silent := _no_consent(facts, row)):
        return Refused(silent, forcible=True)
    return Claim(row, "forced takeover" if order.force else "takeover")


def serves_on(facts: WriterFacts) -> bool:
    """Whether the holder is seen to take writes, and will until it hears of a successor."""
    holder = facts.reports.get(facts.row.node) if isinstance(facts.row, WriterRow) else None
    return holder is not None and holder.is_fresh and holder.server.is_synced and facts.row.node in facts.members  # type: ignore[union-attr]  # a row, as above


def _unfit(facts: WriterFacts, mine: NodeReport, policy: Policy, *, force: bool) -> Refused | None:
    if mine.facts.phase is not Phase.RUNNING:
        return Refused(f"{facts.me} was told to stop")
    if mine.server.state is not WsrepState.SYNCED:
        return Refused(f"{facts.me} is {mine.server.state or 'in an unknown state'}, not Synced")
    others = tuple(report for name, report in facts.reports.items() if name != facts.me)
    ready = is_ready(mine, others, donor_ready=policy.donor_ready)
    if not ready.ok:
        return Refused(f"{facts.me} is not ready: {ready.reason}")
    if policy.of(facts.me) is Preference.MUST_NOT and _another_may(facts, policy):
        return Refused(f"{facts.me} must not be the writer: galeractl preference {facts.me} neutral comes first")
    if not force and facts.me not in successors(facts, policy):
        return Refused(f"{facts.me} is ready, and is not to be the writer", forcible=True)
    return None


def _another_may(facts: WriterFacts, policy: Policy) -> bool:
    """Whether a ready node may be the writer; a node that must not would lose the role to it at once."""
    reports = facts.reports
    return any(
        name != facts.me
        and may_write(report, policy)
        and is_ready(report, tuple(one for other, one in reports.items() if other != name)).ok
        for name, report in reports.items()
    )


def _no_consent(facts: WriterFacts, row: WriterRow) -> str:
    """Why the holder cannot send its clients away in good order, '' where it can or has none."""
    if not row.node or (row.node not in facts.members and "" not in facts.members):
        return ""
    report = facts.reports.get(row.node)
    if report is None or not report.is_fresh:
        return f"{row.node} is the writer and a member, but its agent gives no report"
    if report.facts.phase in (Phase.RUNNING, Phase.STOPPING) and not report.server.sql:
        return f"the server of {row.node}, the writer, does not answer ({report.server.error or 'no SQL'})"
    return ""
