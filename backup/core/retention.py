"""Which backups are kept, and why? A pure judgement on what lies in a store.

Theory. Days, weeks and months are those that have a backup, counted from the newest one, not from today; and the age of
a backup is its distance from the newest one. So the clock of whoever prunes decides nothing: one that is a year ahead
deletes nothing that was to be kept, and a cluster whose backups have stopped keeps those it has.

A backup is kept by the first of these that holds:

 1. it is one of the newest LAST, or it reaches furthest in its history (where a clock went back, that is another one)
 2. it is the newest of one of the last DAILY days, WEEKLY weeks, MONTHLY months
 3. binary logs that are kept begin at it
 4. it is the newest that was verified, and none of those above was: the only one that is known to be good

Of the others those that nothing asks to keep are deleted; with a greatest age, also what rule 2 would keep beyond it.
A backup that was found to be bad fills nobody's place, and goes once a newer good one is kept. What cannot be read is
for a person: it is told, and left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from backup.core.names import BackupName
from peerfinder.core.position import Position

LEFTOVER_SECONDS = 86400.0
"""A folder without a manifest in which nothing was written for a day is what a dead job left: a part takes minutes."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How many are kept; 0 for none of that sort."""

    last: int = 1
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    max_age: timedelta | None = None

    def __post_init__(self) -> None:
        if self.last < 1:
            raise ValueError(f"last is {self.last}, and has to be 1 or more: the newest backup is always kept")
        for name in ("daily", "weekly", "monthly"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}, and has to be 0 or more")
        if self.max_age is not None and self.max_age <= timedelta(0):
            raise ValueError("the greatest age has to be more than nothing")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One backup that a store has."""

    name: BackupName
    galera: Position | None = None
    is_verified: bool = False
    is_bad: bool = False  # it was verified, and something was found
    is_needed: bool = False  # binary logs that are kept begin at it


@dataclass(frozen=True, slots=True)
class Keep:
    """It stays."""

    name: BackupName
    reason: str


@dataclass(frozen=True, slots=True)
class Delete:
    """It goes."""

    name: BackupName
    reason: str


Fate = Keep | Delete


def judge(candidates: Sequence[Candidate], policy: Policy) -> tuple[Fate, ...]:
    """Say what becomes of each, newest first."""
    ordered = sorted(candidates, key=lambda one: one.name, reverse=True)
    good = [one for one in ordered if not one.is_bad]
    kept = _by_count(good, policy)
    for one in good:
        if one.is_needed:
            kept.setdefault(one.name, "binary logs that are kept begin at it")
    if not any(one.is_verified for one in good if one.name in kept):
        only = next((one for one in good if one.is_verified), None)
        if only is not None:
            kept[only.name] = "the newest that was verified"
    return tuple(_fate(one, kept, policy, good) for one in ordered)


def _by_count(good: Sequence[Candidate], policy: Policy) -> dict[BackupName, str]:
    """Keep by rules 1 and 2; `good` comes newest first."""
    kept: dict[BackupName, str] = {}
    for number, one in enumerate(good[: policy.last], start=1):
        kept[one.name] = "the newest" if number == 1 else f"one of the last {policy.last}"
    if furthest := _furthest(good):
        kept.setdefault(furthest.name, f"it reaches furthest, to {furthest.galera}")
    for how_many, period, key in (
        (policy.daily, "day", _day),
        (policy.weekly, "week", _week),
        (policy.monthly, "month", _month),
    ):
        for bucket, one in _newest_of_each(good, key)[:how_many]:
            if not _is_too_old(one, good, policy):
                kept.setdefault(one.name, f"the newest of its {period} ({bucket})")
    return kept


def _furthest(good: Sequence[Candidate]) -> Candidate | None:
    """The one that reaches furthest in the history of the newest one."""
    history = next((one.galera.uuid for one in good if one.galera), None)
    same = [(one.galera.seqno, one) for one in good if one.galera and one.galera.uuid == history]
    return max(same, key=lambda pair: pair[0])[1] if same else None


def _newest_of_each(good: Sequence[Candidate], key: Callable[[BackupName], str]) -> list[tuple[str, Candidate]]:
    found: dict[str, Candidate] = {}
    for one in good:
        found.setdefault(key(one.name), one)
    return list(found.items())


def _day(name: BackupName) -> str:
    return f"{name.at:%Y-%m-%d}"


def _week(name: BackupName) -> str:
    return f"{name.at:%G-W%V}"


def _month(name: BackupName) -> str:
    return f"{name.at:%Y-%m}"


def _is_too_old(one: Candidate, good: Sequence[Candidate], policy: Policy) -> bool:
    return policy.max_age is not None and good[0].name.at - one.name.at > policy.max_age


def _fate(one: Candidate, kept: dict[BackupName, str], policy: Policy, good: Sequence[Candidate]) -> Fate:
    if one.name in kept:
        return Keep(one.name, kept[one.name])
    if one.is_bad:
        newer = next((other for other in good if other.name > one.name), None)
        if newer is None:
            return Keep(one.name, "it was found to be bad, and there is no newer one that is not")
        return Delete(one.name, f"it was found to be bad, and {newer.name} is newer")
    if _is_too_old(one, good, policy):
        days = (good[0].name.at - one.name.at) / timedelta(days=1)
        return Delete(one.name, f"{days:.0f} days older than the newest")
    return Delete(one.name, "newer ones are kept in its place")
