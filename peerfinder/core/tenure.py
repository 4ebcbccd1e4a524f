"""What one node remembers of the holder of the role from look to look: since when it is unfit, when it last served.

Nothing here decides; it makes the two facts that the rules need and one look cannot tell (`unfit_for`,
`claimed_unseen`), and the gap that the log tells: the time between the last sign that the former writer served and the
moment at which this node knew of the next one. Times are of one clock of this machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from peerfinder.core.policy import Policy
from peerfinder.core.role import WriterRow
from peerfinder.core.writer import WriterFacts, unfitness


@dataclass(frozen=True, slots=True)
class Tenure:
    """One holder, as this node has seen it."""

    row: WriterRow
    claimed_unseen: bool = False
    unfit_since: float | None = None
    served_at: float | None = None  # None: never seen serving


@dataclass(frozen=True, slots=True)
class Handover:
    """The role has moved; `gap` in seconds, None where the former writer was never seen."""

    former: WriterRow
    row: WriterRow
    gap: float | None


def observe(before: Tenure | None, facts: WriterFacts, policy: Policy, now: float) -> Tenure | None:
    """Look at the holder once more; None while the row cannot be read."""
    row = facts.row
    if not isinstance(row, WriterRow):
        return None
    tenure = before
    if tenure is None or tenure.row != row:
        # Seen to change, not found at a start: then whoever holds it now has just claimed it.
        unseen = before is not None and row.node not in facts.reports
        tenure = Tenure(row, claimed_unseen=unseen)
    report = facts.reports.get(row.node)
    if report is not None:
        tenure = replace(tenure, claimed_unseen=False)
        if report.server.is_synced:
            tenure = replace(tenure, served_at=now - report.age)
    if unfitness(replace(facts, claimed_unseen=tenure.claimed_unseen), policy) is None:
        return replace(tenure, unfit_since=None)
    return tenure if tenure.unfit_since is not None else replace(tenure, unfit_since=now)


def completed(tenure: Tenure, facts: WriterFacts, now: float) -> WriterFacts:
    """Add to the facts of one look what was remembered."""
    unfit_for = now - tenure.unfit_since if tenure.unfit_since is not None else 0.0
    return replace(facts, unfit_for=unfit_for, claimed_unseen=tenure.claimed_unseen)


def gap_of_claim(tenure: Tenure | None, *, serves_on: bool, began: float, now: float) -> float | None:
    """Give the seconds without a writer as the one knows them who has claimed the role from `began` to `now`.

    A holder that serves until it hears of its successor leaves no more than the claim takes.
    """
    if serves_on:
        return now - began
    return now - tenure.served_at if tenure is not None and tenure.served_at is not None else None


def handover(before: Tenure | None, row: WriterRow, now: float) -> Handover | None:
    """Tell whether the role has moved since the last look."""
    if before is None or before.row == row:
        return None
    return Handover(before.row, row, now - before.served_at if before.served_at is not None else None)
