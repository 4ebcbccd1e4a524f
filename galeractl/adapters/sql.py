"""One server of the cluster by SQL, as an account that may see everything.

A `SqlLine` is the way to it, whatever leads there: the server's socket, the network, or a tunnel. A session that reads
has one clock, one `sql_mode` and one character set, so that two servers answer the same question in the same words.

The password is an argument of the login and of nothing else.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import pymysql
from pymysql.constants import CLIENT, CR, ER

from galeractl.core.sql import LATE, Rows, SqlError

CONNECT_SECONDS = 10.0  # a server under load, behind a tunnel
ANSWER_SECONDS = 75.0  # above the 30 s of a causal read and the 30 s that a statement of ours may take

ROOT = "root"
SERVER_SOCKET = "mysqld.sock"  # in the run directory of a node
PORT = 3306

TO_READ = (
    "SET SESSION autocommit=1, sql_mode='', time_zone='+00:00', sql_quote_show_create=1, wsrep_sync_wait=0",
    "SET SESSION lock_wait_timeout=10, innodb_lock_wait_timeout=2, max_statement_time=30",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
)
"""What makes a session one that reads; times in seconds."""

TO_CHANGE = ("SET SESSION autocommit=1, max_statement_time=0, wsrep_sync_wait=0",)
"""What makes a session one that changes: it waits as long as it takes, and is as the server's defaults else."""

_CUT_OFF = (CR.CR_SERVER_LOST, CR.CR_SERVER_GONE_ERROR, 0)
_REFUSED = (ER.ACCESS_DENIED_ERROR, 1698, ER.DBACCESS_DENIED_ERROR)  # 1698: unix_socket authentication


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in."""

    user: str
    password: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SqlLine:
    """The way to one server and who goes it; `connect` gives a connected socket and raises OSError."""

    connect: Callable[[], socket.socket]
    where: str  # for people
    user: str
    password: bytes = field(repr=False)


def at(address: str) -> socket.socket:
    """Connect over the network."""
    return socket.create_connection((address, PORT), CONNECT_SECONDS)


def unix(path: str) -> socket.socket:
    """Connect to a server's own socket."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(CONNECT_SECONDS)
    try:
        line.connect(path)
    except OSError:
        line.close()
        raise
    return line


class Session:
    """One connection, for one thread at a time; closed after any failure that is the connection's."""

    def __init__(
        self, line: SqlLine, greeting: Sequence[str] = TO_READ, seconds: float | None = ANSWER_SECONDS
    ) -> None:
        """Log in and say the first statements; `seconds`: for each answer, None: any. Raises SqlError."""
        self.where = line.where
        self._line = pymysql.Connection(
            user=line.user,
            password=line.password,  # bytes: as text PyMySQL would send it in latin1
            charset="utf8mb4",
            read_timeout=seconds,
            write_timeout=seconds,
            client_flag=CLIENT.MULTI_STATEMENTS,
            program_name="galeractl",
            defer_connect=True,
        )
        try:
            way = line.connect()
            way.settimeout(CONNECT_SECONDS)
            self._line.connect(way)
        except (pymysql.Error, OSError) as error:
            raise self._error(error, line.user) from None
        for statement in greeting:
            self.rows(statement)

    def rows(self, statement: str, values: Sequence[object] | None = None) -> Rows:
        """Execute one statement and give its rows; with values, even none, `%s` and `%%` mean something in it.

        Raises SqlError.
        """
        try:
            with self._line.cursor() as cursor:
                cursor.execute(statement, None if values is None else tuple(values))
                return tuple(cursor.fetchall())
        except (pymysql.Error, OSError) as error:
            raise self._error(error) from None

    def each(self, statements: Iterable[str], at_once: int = 100) -> list[Rows | SqlError]:
        """Execute statements that change nothing, many for each way there and back; gives rows or the error of each."""
        left, found = list(statements), list[Rows | SqlError]()
        while left:
            bundle = left[:at_once]
            told = self._bundle(bundle)
            found += told
            del left[: len(told)]
        return found

    def _bundle(self, statements: list[str]) -> list[Rows | SqlError]:
        """Execute statements up to the first that fails."""
        found = list[Rows | SqlError]()
        try:
            with self._line.cursor() as cursor:
                cursor.execute(";\n".join(statements))
                found.append(tuple(cursor.fetchall()))
                while cursor.nextset():
                    found.append(tuple(cursor.fetchall()))
        except (pymysql.Error, OSError) as error:
            sentence = self._error(error)
            if sentence.code in _CUT_OFF:
                raise sentence from None
            found.append(sentence)
        return found[: len(statements)]

    def close(self) -> None:
        """Hang up."""
        if self._line.open:
            self._line.close()

    def _error(self, error: Exception, user: str = "") -> SqlError:
        code = error.args[0] if isinstance(error, pymysql.Error) and error.args else 0
        code = code if isinstance(code, int) else 0
        words = str(error.args[1] if len(error.args) > 1 else error) or type(error).__name__
        if user and code in _REFUSED:
            return SqlError(f"the server does not let {user} in: {words}", code)
        if user and isinstance(error, OSError):
            return SqlError(f"it cannot be reached: {words}", is_late=isinstance(error, TimeoutError))
        if code in LATE:
            return SqlError(f"no answer in time: {words}", code, is_late=True)
        if code in _CUT_OFF:
            is_late = isinstance(error, TimeoutError) or "timed out" in words
            return SqlError(f"the connection has ended: {words}", code, is_late=is_late, is_cut_off=True)
        return SqlError(words, code)
