"""What a check may find, and what it checks against. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

ACCOUNTS = 8  # of the bank
OPENING = 100  # money on each at the start


class Kind(enum.StrEnum):
    """The kinds of violations."""

    LOST = "lost write"  # acknowledged and not there
    DUPLICATE = "duplicate"
    INVENTED = "invented value"  # nobody ever wrote it
    REFUSED = "refused write is there"  # its client was told that it failed
    TORN = "torn transaction"  # one half of it is there
    SUM = "money appeared or vanished"
    COUNT = "count is off"
    ORDER = "a read is no prefix"  # a list that was read is not the beginning of the final one
    UNEQUAL = "nodes differ"
    UUID = "several histories"
    TWO_PRIMARIES = "two Primaries"
    MINORITY = "write outside of a Primary"
    STUCK = "did not come back"  # although every node was up
    PERSON = "needed a person"  # although the evidence sufficed
    REMEDY = "a remedy did not work"


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must not be."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        """Its line."""
        return f"{self.kind}: {self.what}"


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Writes that `node` acknowledged in this time may be gone: the only volume that surely had them was given up."""

    node: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Final:
    """Everything that one node holds at the end, each acknowledged write applied."""

    node: str
    uuid: str
    values: tuple[int, ...] = ()  # of the set, as often as they are there
    lists: dict[int, tuple[int, ...]] = field(default_factory=dict)
    balances: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(ACCOUNTS), OPENING))
    transfers: tuple[tuple[int, int, int, int], ...] = ()  # number, from, to, amount
    counter: int = 0
    checksums: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """The outcome of a check."""

    violations: tuple[Violation, ...] = ()
    acknowledged: int = 0
    unknown: int = 0
    failed: int = 0
    excused: int = 0  # acknowledged, not there, and given up
