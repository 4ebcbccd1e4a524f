"""The writer role in the cluster's own state: database `galerakit`, tables `writer` (one row) and `writer_history`.

A claim is one autocommit UPDATE that names the epoch which it follows. Measured on three nodes: of three claims at
once exactly one wins, in 1000 of 1000 rounds, also with innodb_snapshot_isolation=OFF, where reading first and writing
then has two winners in 78 of 500. Whoever changes one row has won. Zero rows, 1213, 1020 and 1062 (the INSERT into an
empty table) say that another was first. A connection that was lost says neither: the row is read again, behind all
write sets before it.

The history is written by the winner, after the claim and not in its way. It keeps KEPT rows without the right to
delete: the oldest row becomes the newest. A table that was made by a version which kept no gap has no such column, and
is written and read without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pymysql.constants import CR, ER

from peerfinder.core.history import Change, History
from peerfinder.core.naming import MemberRow
from peerfinder.core.role import WriterRow
from peerfinder.core.wsrep import ServerError

KEPT = 200  # rows of the history: years of a quiet cluster, an hour of one that flaps
LOCK_SECONDS = 2  # for which a claim waits for a lock that a person's transaction holds
REASON_LENGTH = 255  # of the column

_CHECKREAD = 1020  # ER_CHECKREAD, "Record has changed since last read": innodb_snapshot_isolation
_OVERTAKEN = (ER.LOCK_DEADLOCK, ER.DUP_ENTRY, _CHECKREAD)
_UNKNOWN = (CR.CR_SERVER_LOST, CR.CR_SERVER_GONE_ERROR, 0)
_ABSENT = (ER.NO_SUCH_TABLE, ER.BAD_DB_ERROR, ER.TABLEACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR)

# A reader never waits for the lock of a person's ALTER: it would take the answer of the status with it.
_READ = "SET STATEMENT lock_wait_timeout=0 FOR SELECT node, epoch FROM galerakit.writer WHERE id = 1"
_MEMBERS = "SELECT node_uuid, node_name, node_incoming_address FROM mysql.wsrep_cluster_members"
_FIRST = "INSERT INTO galerakit.writer (id, node, epoch, since, reason) VALUES (1, %s, %s, NOW(6), %s)"
_NEXT = "UPDATE galerakit.writer SET node=%s, epoch=%s, since=NOW(6), reason=%s WHERE id=1 AND epoch=%s"
_CHANGES = (
    "SELECT epoch, UNIX_TIMESTAMP(at), node, from_node, reason{gap} FROM galerakit.writer_history "
    "ORDER BY epoch DESC LIMIT {limit}"
)
_RENEW = (
    "UPDATE galerakit.writer_history SET epoch=%s, node=%s, from_node=%s, at=NOW(6), reason=%s{gap} "
    "WHERE epoch <= %s ORDER BY epoch LIMIT 1"
)
_ADD = (
    "INSERT INTO galerakit.writer_history (epoch, node, from_node, at, reason{gap}) VALUES (%s, %s, %s, NOW(6), %s{of})"
)


class Asks(Protocol):
    """A connection to the own server; both raise ServerError."""

    def rows(self, query: str, values: tuple[object, ...] = ()) -> Sequence[tuple[Any, ...]]:
        """Give the rows of a question."""

    def change(self, statement: str, values: tuple[object, ...] = ()) -> int:
        """Execute with autocommit, and give the number of rows that changed."""


@dataclass(frozen=True)
class NoTable:
    """The data have no writer role, or this account may not see it."""

    reason: str


@dataclass(frozen=True)
class Lost:
    """The claim did not succeed; `trouble` when it was not simply overtaken."""

    trouble: str = ""


def read(server: Asks) -> WriterRow | NoTable:
    """Read the row; raises ServerError where the next look may do better."""
    try:
        return _row(server.rows(_READ))
    except ServerError as error:
        if error.code in _ABSENT:
            return NoTable("the data have no table galerakit.writer, or the monitor user has no rights on it")
        raise


def members(server: Asks) -> tuple[MemberRow, ...]:
    """Read the members of the server's component, as its appliers have come to know them; raises ServerError."""
    return tuple(MemberRow(_text(a), _text(b), _text(c)) for a, b, c in server.rows(_MEMBERS))


def claim(server: Asks, expected: WriterRow, me: str, reason: str) -> WriterRow | Lost:
    """Become the writer if the row is still the expected one; gives the new row."""
    new, reason = WriterRow(me, expected.epoch + 1), reason[:REASON_LENGTH]
    try:
        server.rows(f"SET SESSION lock_wait_timeout={LOCK_SECONDS}, SESSION innodb_lock_wait_timeout={LOCK_SECONDS}")
        if expected.epoch == 0:
            changed = server.change(_FIRST, (me, new.epoch, reason))
        else:
            changed = server.change(_NEXT, (me, new.epoch, reason, expected.epoch))
    except ServerError as error:
        if error.code in _OVERTAKEN:
            return Lost()
        return _found_out(server, new, error) if error.code in _UNKNOWN else Lost(str(error))
    return new if changed == 1 else Lost()


def note(server: Asks, former: WriterRow, new: WriterRow, reason: str, gap: float | None = None) -> None:
    """Write the change into the history; raises ServerError."""
    values = (new.epoch, new.node, former.node, reason[:REASON_LENGTH])
    oldest = new.epoch - KEPT
    try:
        if not server.change(_RENEW.format(gap=", gap=%s"), (*values, gap, oldest)):
            server.change(_ADD.format(gap=", gap", of=", %s"), (*values, gap))
    except ServerError as error:
        if error.code != ER.BAD_FIELD_ERROR:
            raise
        if not server.change(_RENEW.format(gap=""), (*values, oldest)):
            server.change(_ADD.format(gap="", of=""), values)


def history(server: Asks, limit: int = KEPT) -> History | NoTable:
    """Read the newest changes; raises ServerError."""
    try:
        return History(_changes(server.rows(_CHANGES.format(gap=", gap", limit=limit))))
    except ServerError as error:
        if error.code in _ABSENT:
            return NoTable("the data have no table galerakit.writer_history, or the monitor user has no rights on it")
        if error.code != ER.BAD_FIELD_ERROR:
            raise
    return History(_changes(server.rows(_CHANGES.format(gap="", limit=limit))), lacks_gap=True)


def _changes(rows: Sequence[tuple[Any, ...]]) -> tuple[Change, ...]:
    return tuple(
        Change(int(epoch), float(at), _text(node), _text(former), _text(reason), _seconds(gap[0] if gap else None))
        for epoch, at, node, former, reason, *gap in rows
    )


def _seconds(value: object) -> float | None:
    return None if value is None else float(str(value))


def _found_out(server: Asks, new: WriterRow, error: ServerError) -> WriterRow | Lost:
    try:
        server.rows("SET SESSION wsrep_sync_wait=1, SESSION wsrep_dirty_reads=OFF")
        found = _row(server.rows(_READ))
    except ServerError:
        return Lost(str(error))
    return new if found == new else Lost(str(error))


def _row(rows: Sequence[tuple[Any, ...]]) -> WriterRow:
    return WriterRow(_text(rows[0][0]), int(rows[0][1])) if rows else WriterRow()


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
