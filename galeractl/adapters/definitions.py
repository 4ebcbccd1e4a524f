"""Everything that is defined on a server, as text: what SHOW CREATE tells, or the server's own tables of it.

Tables, views and sequences are asked for one by one, because information_schema does not know every option that a
version has; a hundred questions go together, so that a far server is asked in seconds. Routines, events and triggers
come as rows with all that makes them, and without their times.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from galeractl.core.schema import Key, Kind, Schema, table_text
from galeractl.core.sql import CAUGHT_UP, NO_TABLE, Rows, SqlError, quoted, text_of

OWN = ("information_schema", "mysql", "performance_schema", "sys")  # the server's

_DATABASES = (
    "SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME, SCHEMA_COMMENT "
    "FROM information_schema.SCHEMATA"
)
_TABLES = "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES"
_ROUTINES = {
    "definer": "definer", "parameters": "param_list", "returns": "returns", "language": "language",
    "data access": "sql_data_access", "deterministic": "is_deterministic", "security": "security_type",
    "aggregate": "aggregate", "sql_mode": "sql_mode", "comment": "comment", "client": "character_set_client",
    "connection": "collation_connection", "database": "db_collation", "body": "body",
}  # fmt: skip
_TRIGGERS = {
    "on": "EVENT_OBJECT_TABLE", "when": "ACTION_TIMING", "event": "EVENT_MANIPULATION", "order": "ACTION_ORDER",
    "definer": "DEFINER", "sql_mode": "SQL_MODE", "client": "CHARACTER_SET_CLIENT",
    "connection": "COLLATION_CONNECTION", "database": "DATABASE_COLLATION", "body": "ACTION_STATEMENT",
}  # fmt: skip
_EVENTS = {
    "definer": "definer", "at": "execute_at", "every": "interval_value", "of": "interval_field", "starts": "starts",
    "ends": "ends", "on completion": "on_completion", "sql_mode": "sql_mode", "comment": "comment",
    "time zone": "time_zone", "client": "character_set_client", "connection": "collation_connection",
    "database": "db_collation", "body": "body",
}  # fmt: skip
_KINDS = {"SEQUENCE": Kind.SEQUENCE, "VIEW": Kind.VIEW, "BASE TABLE": Kind.TABLE, "SYSTEM VERSIONED": Kind.TABLE}


class Asks(Protocol):
    """A session on a server; both raise SqlError."""

    def rows(self, statement: str, /) -> Rows:
        """Execute one statement and give its rows."""

    def each(self, statements: Iterable[str], /) -> list[Rows | SqlError]:
        """Execute statements that change nothing; gives the rows or the error of each."""


def read(session: Asks, databases: Collection[str] = ()) -> Schema:
    """Read all definitions, or those of some databases; raises SqlError.

    What the server itself cannot show (a view of a table that is gone) is the error that it gives.
    """
    session.rows(CAUGHT_UP)
    found = dict(_databases(session))
    found |= _shown(session)
    found |= _rows(session, "db, name, type", "mysql.proc", _ROUTINES)
    found |= _rows(session, "TRIGGER_SCHEMA, TRIGGER_NAME, 'TRIGGER'", "information_schema.TRIGGERS", _TRIGGERS)
    found |= _rows(session, "db, name, 'EVENT'", "mysql.event", _EVENTS)
    return {
        key: text
        for key, text in found.items()
        if key.database not in OWN and (not databases or key.database in databases)
    }


def _databases(session: Asks) -> Iterator[tuple[Key, str]]:
    for name, charset, collation, comment in session.rows(_DATABASES):
        yield Key(Kind.DATABASE, text_of(name)), f"character set {charset} collate {collation} comment {comment!r}"


def _shown(session: Asks) -> dict[Key, str]:
    keys = [
        Key(kind, text_of(database), text_of(name))
        for database, name, word in session.rows(_TABLES)
        if (kind := _KINDS.get(text_of(word))) and text_of(database) not in OWN
    ]
    told = session.each(f"SHOW CREATE {key.kind.upper()} {quoted(key.database, key.name)}" for key in keys)
    return {key: _definition(one) for key, one in zip(keys, told, strict=True) if not _is_gone(one)}


def _is_gone(told: Rows | SqlError) -> bool:
    return isinstance(told, SqlError) and told.code == NO_TABLE  # dropped since it was listed


def _definition(told: Rows | SqlError) -> str:
    if isinstance(told, SqlError):
        if told.is_late:
            raise told
        return f"cannot be shown: {told}"
    return table_text(text_of(told[0][1]))


def _rows(session: Asks, key: str, table: str, columns: dict[str, str]) -> dict[Key, str]:
    query = f"SELECT {key}, {', '.join(columns.values())} FROM {table}"  # noqa: S608 - words of this file
    return {
        Key(Kind(text_of(kind).lower()), text_of(database), text_of(name)): _told(columns, values)
        for database, name, kind, *values in session.rows(query)
    }


def _told(names: Iterable[str], values: Iterable[object]) -> str:
    return "\n".join(f"{name}: {text_of(value)}" for name, value in zip(names, values, strict=True))
