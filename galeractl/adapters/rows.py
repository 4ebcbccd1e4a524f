"""The rows of a table, in chunks of its key, as numbers that two servers can be compared by.

A row is one MD5 of its columns: of a text or a blob its own MD5, so that no row is too long for the server, of all else
its value; NULL is a word that none of these can be. Types whose order is not that of their text (ENUM, SET, BIT) are
keys by their number; FLOAT is read as DOUBLE, which has all its digits.
"""

# ruff: noqa: S608 - names are quoted, and values are parameters

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from galeractl.core.rows import LOCK_SECONDS, Chunk, Column, Sum, Table, Values
from galeractl.core.sql import CAUGHT_UP, CAUSALLY, Rows, quoted, text_of

_PLAIN = frozenset(
    ("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "double", "year", "date", "time", "datetime",
     "timestamp")
)  # fmt: skip
_NUMBERED = frozenset(("enum", "set", "bit"))
_SPELT = frozenset(("uuid", "inet4", "inet6", "date", "time", "datetime", "timestamp"))
_NULL = "'-'"

_COLUMNS = (
    "SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s "
    "AND EXTRA NOT LIKE '%%VIRTUAL%%' ORDER BY ORDINAL_POSITION"
)
_KEYS = (
    "SELECT INDEX_NAME, COLUMN_NAME, NULLABLE, SUB_PART FROM information_schema.STATISTICS "
    "WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s AND NON_UNIQUE = 0 AND INDEX_TYPE <> 'HASH' "
    "ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX"
)
_TABLES = (
    "SELECT TABLE_SCHEMA, TABLE_NAME, ENGINE, TABLE_ROWS FROM information_schema.TABLES "
    "WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY TABLE_SCHEMA, TABLE_NAME"
)


class Asks(Protocol):
    """A session on a server; raises SqlError."""

    def rows(self, statement: str, values: Sequence[object] | None = None, /) -> Rows:
        """Execute one statement and give its rows; with values, even none, `%s` and `%%` mean something in it."""


def names(session: Asks, without: Collection[str]) -> list[tuple[str, str, str, int]]:
    """Name the tables with their database, engine and estimated rows, but for those of some databases."""
    found = ((text_of(a), text_of(b), text_of(engine), int(rows or 0)) for a, b, engine, rows in session.rows(_TABLES))
    return [one for one in found if one[0] not in without]


def table(session: Asks, database: str, name: str, engine: str, rows: int) -> Table:
    """Read what is needed to read a table."""
    columns = tuple(Column(text_of(a), text_of(b).lower()) for a, b in session.rows(_COLUMNS, (database, name)))
    key = _key(session.rows(_KEYS, (database, name)), {one.name: one for one in columns})
    return Table(database, name, columns, key, engine, rows)


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one table on one server, by a session of their own; `beside` is one that waits while that has a lock.

    Every method raises SqlError. What is not read with a lock is read causally.
    """

    session: Asks
    beside: Asks
    table: Table

    def bound(self, after: Values | None, size: int) -> Values | None:
        """Give the key that ends the chunk of so many rows, None where fewer are left."""
        one = self.table
        if not one.key:
            return None
        where, values = _where(one, Chunk(after))
        query = f"SELECT {_key_words(one)} FROM {_from(one)}{where} ORDER BY {_order(one)} LIMIT 1 OFFSET {size - 1}"
        found = self.session.rows(query, values)
        return tuple(found[0]) if found else None

    def checksum(self, chunk: Chunk, *, locked: bool = False) -> Sum:
        """Read a chunk as one value."""
        one = self.table
        where, values = _where(one, chunk)
        query = f"SELECT COUNT(*), BIT_XOR({_hash(one)}), SUM({_other(one)}) FROM {_from(one)}{where}"
        ((rows, mix, total),) = self.session.rows(_locking(query) if locked else CAUSALLY + query, values)
        return Sum(int(rows), int(mix or 0), int(total or 0))

    def hashes(self, chunk: Chunk, most: int) -> dict[Values, int]:
        """Read the rows of a chunk of a table with a key one by one; the first `most` of them."""
        one = self.table
        where, values = _where(one, chunk)
        query = f"SELECT {_key_words(one)}, {_hash(one)} FROM {_from(one)}{where} ORDER BY {_order(one)} LIMIT {most}"
        return _by_key(self.session.rows(CAUSALLY + query, values))

    def these(self, keys: Iterable[Values], *, locked: bool = False) -> dict[Values, int]:
        """Read some rows by their key."""
        one, terms, values = self.table, list[str](), list[object]()
        for key in keys:
            terms.append(" AND ".join(f"{_compared(column)} = %s" for column in one.key))
            values += key
        query = f"SELECT {_key_words(one)}, {_hash(one)} FROM {_from(one)} WHERE ({') OR ('.join(terms)})"
        return _by_key(self.session.rows(_locking(query) if locked else CAUSALLY + query, values))

    def lock(self) -> None:
        """Begin the transaction that keeps locks."""
        self.session.rows("START TRANSACTION")

    def unlock(self) -> None:
        """Let go of them."""
        self.session.rows("ROLLBACK")

    def catch_up(self) -> None:
        """Wait, beside the locks, until all is applied that the group has ordered."""
        self.beside.rows(CAUGHT_UP)


def _locking(query: str) -> str:
    return f"SET STATEMENT max_statement_time={LOCK_SECONDS} FOR {query} LOCK IN SHARE MODE"


def _order(one: Table) -> str:
    return ", ".join(_name(column.name) for column in one.key)


def _by_key(found: Rows) -> dict[Values, int]:
    return {tuple(key): int(content) for *key, content in found}


def _key(found: Rows, columns: dict[str, Column]) -> tuple[Column, ...]:
    """Take the first unique key all of whose columns are whole, stored, and never NULL."""
    parts = dict[str, list[Column | None]]()
    for index, name, nullable, prefix in found:
        is_whole = not text_of(nullable).upper().startswith("Y") and prefix is None
        parts.setdefault(text_of(index), []).append(columns.get(text_of(name)) if is_whole else None)
    for index in parts.values():
        whole = [one for one in index if one is not None]
        if len(whole) == len(index):
            return tuple(whole)
    return ()


def _where(one: Table, chunk: Chunk) -> tuple[str, list[object]]:
    """The condition of a chunk, written so that a key of several columns is one range of its index."""
    terms, values = [], list[object]()
    for sign, last, limits in ((">", ">", chunk.after), ("<", "<=", chunk.upto)):
        if limits is None:
            continue
        words = [_compared(column) for column in one.key]
        ways = []
        for number, word in enumerate(words):
            equal = [f"{other} = %s" for other in words[:number]]
            ways.append(" AND ".join([*equal, f"{word} {last if number == len(words) - 1 else sign} %s"]))
            values += limits[: number + 1]
        terms.append(f"({') OR ('.join(ways)})" if len(ways) == 1 else f"(({') OR ('.join(ways)}))")
    return (f" WHERE {' AND '.join(terms)}" if terms else ""), values


def _from(one: Table) -> str:
    return _name(one.database, one.name)


def _key_words(one: Table) -> str:
    return ", ".join(_key_word(column) for column in one.key)


def _key_word(column: Column) -> str:
    """A column of the key, as it is given and taken again."""
    if column.type in _NUMBERED:
        return f"{_name(column.name)} + 0"
    return f"CAST({_name(column.name)} AS CHAR)" if column.type in _SPELT else _name(column.name)


def _compared(column: Column) -> str:
    return f"({_name(column.name)} + 0)" if column.type in _NUMBERED else _name(column.name)


def _content(column: Column) -> str:
    name = _name(column.name)
    if column.type == "float":
        name = f"CAST({name} AS DOUBLE)"
    elif column.type == "bit":
        name = f"({name} + 0)"
    elif column.type not in _PLAIN:
        name = f"MD5({name})"
    return f"IFNULL({name}, {_NULL})"


def _digest(one: Table) -> str:
    return f"MD5(CONCAT_WS(',', {', '.join(_content(column) for column in one.columns)}))"


def _hash(one: Table) -> str:
    return f"CAST(CONV(LEFT({_digest(one)}, 16), 16, 10) AS UNSIGNED)"


def _other(one: Table) -> str:
    return f"CAST(CONV(RIGHT({_digest(one)}, 8), 16, 10) AS UNSIGNED)"


def _name(*names: str) -> str:
    """Quote a name in a statement that has values."""
    return quoted(*names).replace("%", "%%")
