"""Are the rows of a table the same on all nodes, while clients go on writing?

Theory. Galera applies the same write sets everywhere, in one order; two nodes are the same if they hold the same rows
at the same point of that history. They are never read at the same point: what was written in between looks like a
difference. There is no way to stop two nodes at one point without stopping the group. So:

1. A table is read in *chunks* of its key, a chunk as one number, on all nodes at once; each reading waits for all that
   the group had ordered before (a causal read). Equal numbers are equal rows.
2. A chunk that differs is read again, some times. Where that was a write on its way, it is equal now.
3. If it goes on differing, its rows are read one by one. Those that do not differ are equal. The others are *suspects*.
4. A suspect is *proven*: one node, the reference, reads it with a shared lock and keeps that; then the others read it,
   causally; then the reference waits, causally, and looks whether its lock still holds. What had changed the row
   before any of the others read it has been applied at the reference by then, and an applier that meets a lock
   breaks it (it has priority over every local transaction). A client of the reference waits. So where the lock held,
   nobody changed the row between the first reading and the last: they read one point of the history. Equal, it was a
   write on its way; else the difference is real.

So live writes give no false alarm, whatever they do, also where they change a row and change it back. A row that is
locked or changed at every try is *unsettled*, and said to be. What may be missed: a chunk whose difference is undone by
a write between two readings; then it is gone.

The reference is the writer: there a lock delays, and nothing breaks it. A chunk has some thousand rows, the locks are
on the suspects alone (on the whole chunk where those are too many to be named), and end after LOCK_SECONDS. A table
without a key is one chunk, compared and locked as a whole; a large one is not read unless it is named.

Rows are equal if the bytes of their columns are. Not compared: virtual columns (they follow from the others), what a
system-versioned table keeps of the past, tables of engines that Galera does not replicate, and the next value of a
sequence, which each node reserves for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from galeractl.core.schema import odd_ones

MOST_SUSPECTS = 200
"""Rows of one chunk that are proven; where more differ, the chunk does, and the rest is not named."""

LOCK_SECONDS = 2.0
"""For which clients of the reference may have to wait, at most."""

MOST_WITHOUT_KEY = 200_000
"""Rows of a table without a key that is read unasked: a second or two on any node."""

Values = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is compared; `type` is DATA_TYPE in lower case."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `key` are the columns of its primary key, or else of a unique key without NULL."""

    database: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[Column, ...]
    engine: str = "InnoDB"
    rows: int = 0  # as the engine estimates

    def __str__(self) -> str:
        """Say it as people do."""
        return f"{self.database}.{self.name}"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows whose key is above `after` and not above `upto`; None is no bound."""

    after: Values | None = None
    upto: Values | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """All rows of a chunk in three numbers."""

    rows: int
    mix: int  # exclusive or of the hashes of the rows: 64 bits
    total: int  # sum of other 32 bits of them: two equal rows cancel out in the other one


Hashes = Mapping[Values, int]
"""Rows of one node: key and hash."""


@dataclass(frozen=True, slots=True)
class OddRow:
    """One row that is proven not to be the same everywhere; `hashes` by node, None where it is not there."""

    key: Values
    hashes: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class OddChunk:
    """Rows that are proven not to be the same everywhere, all together; `sums` by node."""

    chunk: Chunk
    sums: Mapping[str, Sum]


@dataclass(frozen=True, slots=True)
class Unsettled:
    """It could not be found out whether these rows are the same; the reason says what was in the way."""

    chunk: Chunk
    reason: str


Finding = OddRow | OddChunk | Unsettled


def why_not(table: Table, *, is_named: bool) -> str:
    """Why a table is not read, '' where it is; `is_named`: a person has asked for this one."""
    if table.engine.lower() != "innodb":
        return f"Galera does not replicate the rows of {table.engine}"
    if not table.columns:
        return "it has no columns that are stored"
    if not table.key and table.rows > MOST_WITHOUT_KEY and not is_named:
        return f"it has no key and about {table.rows} rows, which are read in one piece: name it with --table"
    return ""


def are_equal(sums: Iterable[Sum]) -> bool:
    """Whether all nodes hold the same."""
    return len(set(sums)) == 1


def suspects(hashes: Mapping[str, Hashes]) -> tuple[Values, ...]:
    """Give the keys of the rows that are not the same on all nodes."""
    keys = {key for found in hashes.values() for key in found}
    return tuple(sorted((key for key in keys if len({one.get(key) for one in hashes.values()}) > 1), key=repr))


def odd_rows(hashes: Mapping[str, Hashes]) -> tuple[OddRow, ...]:
    """Give the rows that differ, with the hash on each node."""
    return tuple(OddRow(key, {name: one.get(key) for name, one in hashes.items()}) for key in suspects(hashes))


def odd_in(findings: Iterable[Finding]) -> dict[str, int]:
    """Count for each node in how many findings it is the odd one."""
    found = Counter[str]()
    for one in findings:
        if isinstance(one, OddRow):
            found.update(odd_ones(one.hashes))
        elif isinstance(one, OddChunk):
            found.update(odd_ones(one.sums))
    return dict(found)


def row_words(one: OddRow, key: Iterable[Column]) -> str:
    """Say which row, and where it is what."""
    groups = dict[int | None, list[str]]()
    for name, content in one.hashes.items():
        groups.setdefault(content, []).append(name)
    words = [
        f"{'not there' if content is None else f'{content:016x}'[:8]} on {', '.join(names)}"
        for content, names in sorted(groups.items(), key=lambda group: -len(group[1]))
    ]
    named = ", ".join(f"{column.name}={_word(value)}" for column, value in zip(key, one.key, strict=True))
    return f"row {named}: {'; '.join(words)}"


def chunk_words(chunk: Chunk, key: Iterable[Column]) -> str:
    """Say which rows."""
    names = ", ".join(column.name for column in key)
    bounds = [
        f"{word} {', '.join(_word(value) for value in limits)}"
        for word, limits in (("above", chunk.after), ("up to", chunk.upto))
        if limits is not None
    ]
    return f"rows with {names} {' and '.join(bounds)}" if bounds else "all rows"


def _word(value: object) -> str:
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= 40 else text[:37] + "..."  # 40: enough to find it by
