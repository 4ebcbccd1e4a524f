"""What was found when a backup was verified: `verified.json`, beside its manifest.

Three levels, each of which does what the one before it does:

    checksum   every part was read again, and its hash, seal and compression hold; the mbstream is whole, piece by piece
    prepare    it was unpacked, and mariadb-backup has prepared it: its redo log fits its files
    start      a server ran on it, alone, and CHECK TABLE found nothing in any table

The last result of each level is kept. A backup that failed is bad, whatever was found before: a store can lose what it
had; one that could not be verified (no key, no room, no program) is not called bad.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from peerfinder.core.codec import Malformed, from_json, to_json

VERSION = 1


class Level(enum.StrEnum):
    """How thoroughly; in rising order."""

    CHECKSUM = "checksum"
    PREPARE = "prepare"
    START = "start"

    @property
    def rank(self) -> int:
        """Higher for the more thorough one."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Result:
    """One verification."""

    level: Level
    ok: bool
    at: str  # when it ended, UTC
    by: str  # which program, on which host
    seconds: float
    reason: str = ""  # what is wrong with the backup
    counts: dict[str, int] = field(default_factory=dict)  # files, bytes, tables, rows ...


@dataclass(frozen=True, slots=True)
class Verified:
    """The content of verified.json."""

    version: int = VERSION
    results: tuple[Result, ...] = ()  # one of each level at most

    @property
    def last(self) -> Result | None:
        """The newest result."""
        return max(self.results, key=lambda one: one.at, default=None)

    @property
    def best(self) -> Result | None:
        """The most thorough result, None where the newest one is bad, or there is none."""
        if self.is_bad:
            return None
        return max((one for one in self.results if one.ok), key=lambda one: (one.level.rank, one.at), default=None)

    @property
    def is_bad(self) -> bool:
        """Whether something was found, and nothing as thorough was well since then."""
        found = max((one for one in self.results if not one.ok), key=lambda one: one.at, default=None)
        return found is not None and not any(
            one.ok and one.at > found.at and one.level.rank >= found.level.rank for one in self.results
        )


def parse_verified(text: str | bytes) -> Verified:
    """Read verified.json; what cannot be read says nothing."""
    try:
        return from_json(Verified, json.loads(text))
    except (Malformed, ValueError, RecursionError):
        return Verified()


def with_result(verified: Verified, result: Result) -> Verified:
    """Add a result, in the place of the former one of its level."""
    others = tuple(one for one in verified.results if one.level is not result.level)
    return replace(verified, results=_sorted((*others, result)))


def to_text(verified: Verified) -> str:
    """Write verified.json."""
    return json.dumps(to_json(verified), indent=2) + "\n"


def _sorted(results: Iterable[Result]) -> tuple[Result, ...]:
    return tuple(sorted(results, key=lambda one: one.level.rank))
