"""Who was the writer, when, and why: the history of the role as the cluster's own data have it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the role, as its winner wrote it down."""

    epoch: int
    at: float  # seconds since 1970, by the clock of the winner
    node: str
    former: str
    reason: str
    gap: float | None = None  # seconds without a writer; None: the former was never seen, or the data do not keep it


@dataclass(frozen=True, slots=True)
class History:
    """The answer of GET /v1/history: the newest change first."""

    changes: tuple[Change, ...] = ()
    lacks_gap: bool = False  # the table was made by a version that kept none
