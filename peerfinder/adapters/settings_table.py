"""What people set at run time, in the cluster's own state: table `galerakit.settings`.

It is read with the status, at each look, so a reader never waits: not even for the lock of a person's ALTER. A write
that meets another one of the same row is made again. The account that writes may not delete: an empty value is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from pymysql.constants import ER

from peerfinder.core.steering import SettingRow
from peerfinder.core.wsrep import ServerError

TRIES = 3  # of a write that another one overtook; two people who set the same thing at once are rare
LOCK_SECONDS = 2  # for which a write waits for a lock that a person's transaction holds

NO_TABLE = "the data have no table galerakit.settings, or the monitor user has no rights on it"

_CHECKREAD = 1020  # ER_CHECKREAD, "Record has changed since last read": innodb_snapshot_isolation
_OVERTAKEN = (ER.LOCK_DEADLOCK, _CHECKREAD)
_ABSENT = (ER.NO_SUCH_TABLE, ER.BAD_DB_ERROR, ER.TABLEACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR)

_PATIENCE = f"SET SESSION lock_wait_timeout={LOCK_SECONDS}, SESSION innodb_lock_wait_timeout={LOCK_SECONDS}"
_READ = "SET STATEMENT lock_wait_timeout=0 FOR SELECT name, value, UNIX_TIMESTAMP(changed) FROM galerakit.settings"
# `changed` first: it looks at the old value, and stays where nothing changes, so that "since when" stays true.
_WRITE = (
    "INSERT INTO galerakit.settings (name, value, changed) VALUES (%s, %s, NOW(6)) ON DUPLICATE KEY UPDATE "
    "changed = IF(value = VALUES(value), changed, NOW(6)), value = VALUES(value)"
)


class Asks(Protocol):
    """A connection to the own server; both raise ServerError."""

    def rows(self, query: str, values: tuple[object, ...] = ()) -> Sequence[tuple[Any, ...]]:
        """Give the rows of a question."""

    def change(self, statement: str, values: tuple[object, ...] = ()) -> int:
        """Execute with autocommit."""


class NoTable(Exception):
    """The data have no settings, or this account may not see them."""


def read(server: Asks) -> tuple[SettingRow, ...]:
    """Read all rows; raises NoTable, and ServerError where the next look may do better."""
    try:
        found = server.rows(_READ)
    except ServerError as error:
        if error.code in _ABSENT:
            raise NoTable(NO_TABLE) from None
        raise
    return tuple(SettingRow(_text(name), _text(value), _time(changed)) for name, value, changed in found)


def write(server: Asks, row: SettingRow) -> None:
    """Write one row; raises NoTable and ServerError."""
    for left in reversed(range(TRIES)):
        try:
            server.rows(
                f"SET SESSION lock_wait_timeout={LOCK_SECONDS}, SESSION innodb_lock_wait_timeout={LOCK_SECONDS}"
            )
            server.change(_WRITE, (row.name, row.value))
        except ServerError as error:
            if error.code in _ABSENT:
                raise NoTable(NO_TABLE) from None
            if error.code not in _OVERTAKEN or not left:
                raise
        else:
            return


def _time(seconds: Any) -> str:
    return datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
