"""The own server by SQL, as the monitor user over its Unix socket. Everything here blocks: call it in a thread.

Three connections, because of how long each may take. *Status* answers at once or something is wrong. A *view* is read
causally (wsrep_sync_wait=1), which waits until the appliers come to the present: up to repl.causal_read_timeout, 30 s
by default. Given up earlier, its thread would go on waiting in the server, one more for each try. A *claim* of the
writer role (`writer_table`) commits in the group, which waits while a member is being missed.

A server outside a Primary component refuses SELECT (1047) but not with wsrep_dirty_reads, which says the truth: what
is read there may be old. The causal read must do without it: with dirty reads allowed the server silently skips the
wait (`wsrep_must_sync_wait` of the server; measured by wsrep_causal_reads).
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pymysql
from pymysql.constants import CR, ER

from peerfinder.core.applied import ShownView
from peerfinder.core.naming import MemberRow
from peerfinder.core.wsrep import ServerError, ServerFacts, parse_status

STATUS_SECONDS = 2  # for one answer; status is read from memory
VIEW_SECONDS = 35  # for one answer; above the 30 s that Galera waits itself (repl.causal_read_timeout)
CLAIM_SECONDS = 10  # for one answer; above the 6 s after which Galera drops a member by default

_STATUS = (
    "wsrep_cluster_conf_id",
    "wsrep_cluster_size",
    "wsrep_cluster_state_uuid",
    "wsrep_cluster_status",
    "wsrep_connected",
    "wsrep_gcomm_uuid",
    "wsrep_last_committed",
    "wsrep_local_recv_queue",
    "wsrep_local_state",
    "wsrep_provider_version",
    "wsrep_ready",
)
_SHOW = f"SHOW GLOBAL STATUS WHERE Variable_name IN ({', '.join(repr(name) for name in _STATUS)})"
_VARIABLES = ("read_only", "version", "wsrep_desync", "wsrep_reject_queries")
_SELECT = "SELECT " + ", ".join(f"@@global.{name}" for name in _VARIABLES)

_WRONG_UID = 1698  # ER_ACCESS_DENIED_NO_PASSWORD_ERROR: unix_socket authentication met another user
_NOT_THERE = (CR.CR_CONNECTION_ERROR, CR.CR_CONN_HOST_ERROR)
_CUT_OFF = (CR.CR_SERVER_GONE_ERROR, CR.CR_SERVER_LOST, 0)  # 0: pymysql's own for a closed connection


class Server:
    """One connection to the server, opened when needed and thrown away after any error."""

    def __init__(self, socket: Path, user: str, password_file: Path | None, answer_seconds: int) -> None:
        self._socket, self._user, self._password_file = socket, user, password_file
        self._answer_seconds = answer_seconds
        self._connection: pymysql.Connection[Any] | None = None
        self._changed = 0

    def status(self) -> ServerFacts:
        """Look at the server; without an answer `sql` is False and `error` says why."""
        try:
            rows = {str(name).lower(): str(value) for name, value in self._ask_first(_SHOW)}
            (values,) = self._ask(_SELECT)
        except ServerError as error:
            return ServerFacts(error=str(error))
        return parse_status(rows, {name: _text(value) for name, value in zip(_VARIABLES, values, strict=True)})

    def rows(self, query: str, values: tuple[object, ...] = ()) -> Sequence[tuple[Any, ...]]:
        """Ask any question; raises ServerError with the server's code."""
        return self._ask(query, values)

    def change(self, statement: str, values: tuple[object, ...] = ()) -> int:
        """Execute a statement with autocommit and tell how many rows it changed; raises ServerError."""
        self._ask(statement, values)
        return self._changed

    def view(self) -> ShownView:
        """Read the present view behind all write sets before it; raises ServerError when it cannot be had now."""
        self._ask_first("SET SESSION wsrep_sync_wait=1, SESSION wsrep_dirty_reads=OFF")
        clusters = self._ask("SELECT view_id, view_seqno FROM mysql.wsrep_cluster")
        members = self._ask("SELECT node_uuid, node_name, node_incoming_address FROM mysql.wsrep_cluster_members")
        self._ask("SET SESSION wsrep_sync_wait=0, SESSION wsrep_dirty_reads=ON")
        if len(clusters) != 1:
            raise ServerError(f"mysql.wsrep_cluster has {len(clusters)} rows instead of 1: no view is stored yet")
        ((view_id, start),) = clusters
        return ShownView(
            int(view_id), int(start), tuple(MemberRow(_text(a), _text(b), _text(c)) for a, b, c in members)
        )

    def close(self) -> None:
        """Drop the connection; the next question opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection._force_close()  # type: ignore[attr-defined]  # noqa: SLF001 - close() would say goodbye and may hang

    def _ask_first(self, query: str) -> Sequence[tuple[Any, ...]]:
        """The first question of several: on a connection that an earlier server left behind, once more on a new one."""
        kept = self._connection is not None
        try:
            return self._ask(query)
        except ServerError:
            if not kept:
                raise
        return self._ask(query)

    def _ask(self, query: str, values: tuple[object, ...] = ()) -> Sequence[tuple[Any, ...]]:
        code = 0
        try:
            if self._connection is None:
                self._connection = self._connect()
            with self._connection.cursor() as cursor:
                self._changed = cursor.execute(query, values or None)
                return tuple(cursor.fetchall())
        except (pymysql.Error, OSError, ValueError) as error:
            self.close()
            sentence = str(error)
            if isinstance(error, pymysql.Error):
                sentence, code = self._sentence(error), _code(error)
            # A failed connect leaves its open socket in a cycle of exception and frame until the collector comes by.
            traceback.clear_frames(error.__traceback__)
        raise ServerError(sentence, code)

    def _connect(self) -> pymysql.Connection[Any]:
        return pymysql.connect(
            unix_socket=str(self._socket),
            user=self._user,
            password=self._password(),  # bytes: as text PyMySQL would send it in latin1
            connect_timeout=1,
            read_timeout=self._answer_seconds,
            write_timeout=self._answer_seconds,
            autocommit=None,  # as init_command says
            init_command="SET SESSION wsrep_sync_wait=0, SESSION wsrep_dirty_reads=ON, SESSION autocommit=1",
            program_name="peerfinder",
        )

    def _password(self) -> bytes:
        if self._password_file is None:
            return b""
        try:
            return self._password_file.read_bytes().rstrip(b"\n")
        except OSError as error:
            raise ValueError(
                f"the password file of the monitor user {self._user!r} cannot be read ({error.strerror}): "
                f"{self._password_file}"
            ) from error

    def _sentence(self, error: pymysql.Error) -> str:
        code, *rest = error.args or (0,)
        if code in (ER.ACCESS_DENIED_ERROR, _WRONG_UID):
            return (
                f"the server refused the monitor user {self._user!r} (Access denied): check its account and password "
                "file; the node runs on, only not seen from inside"
            )
        if code in (ER.TABLEACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR):
            return (
                f"the monitor user {self._user!r} may not read mysql.wsrep_cluster and mysql.wsrep_cluster_members: "
                "grant it SELECT on both"
            )
        if code in _NOT_THERE:
            return "no SQL yet on the server's socket"
        if code in _CUT_OFF:
            return f"the server did not answer ({rest[0] if rest and rest[0] else 'connection closed'})"
        return f"the server answered with error {code}: {rest[0] if rest else error}"


def _code(error: pymysql.Error) -> int:
    code = error.args[0] if error.args else 0
    return code if isinstance(code, int) else 0


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
