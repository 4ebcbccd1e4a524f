"""The clients: one that writes and remembers what it was promised, one that asks how a node is.

Every row has its own id and its own table per run. A row counts as acknowledged only when its COMMIT was answered, at
that moment of the monotonic clock. On any failure the writer goes to the next node and never writes an id twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pymysql

from galeractl.core.gaps import longest_gap

PAUSE_SECONDS = 0.005  # between two writes
RETRY_SECONDS = 0.02  # between two tries to connect
CONNECT_SECONDS = 2  # on loopback: longer only where the server is frozen
READ_SECONDS = 60  # a write that waits for a view change is a gap to be measured, not a failure
STATUS = "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_cluster_status', 'wsrep_local_state', 'wsrep_cluster_size')"

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """Where a client connects, as whom."""

    host: str
    port: int
    user: str
    password: str
    database: str = "app"


class Line:
    """A connection with autocommit; any failure closes it and is raised as pymysql has it (or OSError)."""

    def __init__(self, account: Account) -> None:
        self._connection: Any = pymysql.connect(
            host=account.host,
            port=account.port,
            user=account.user,
            password=account.password.encode(),  # pymysql would take a str for latin-1
            database=account.database,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
        )

    def run(self, statement: str) -> Rows:
        """Execute one statement and give its rows."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())
        except (pymysql.MySQLError, OSError):
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        if self._connection.open:
            self._connection.close()


class Writer:
    """Writes in a thread of its own, to the first node as long as it answers."""

    def __init__(self, accounts: Mapping[str, Account], table: str) -> None:
        self.table = table
        self._accounts = list(accounts.values())
        self._at = 0
        self._ended = threading.Event()
        self._acknowledged: list[tuple[float, int]] = []  # appended by the thread only
        self._thread = threading.Thread(target=self._write, name="writer", daemon=True)

    @property
    def acknowledged(self) -> frozenset[int]:
        """The rows that were promised so far."""
        return frozenset(row for _moment, row in tuple(self._acknowledged))

    def gap(self, begun: float, ended: float) -> float:
        """The longest time without an acknowledged write between two moments."""
        return longest_gap([moment for moment, _row in tuple(self._acknowledged)], begun, ended)

    def write_on(self, seconds: float, deadline: float = 60.0) -> None:
        """Let it write for so long; returns after the first acknowledged write beyond."""
        until = time.monotonic() + seconds
        while not self._acknowledged or self._acknowledged[-1][0] < until:
            assert time.monotonic() < until + deadline, f"no write was acknowledged for {deadline:.0f} s"
            time.sleep(RETRY_SECONDS)

    def _start(self) -> None:
        line = Line(self._accounts[0])
        line.run(f"CREATE TABLE {self.table} (id BIGINT PRIMARY KEY, filler CHAR(100) NOT NULL) ENGINE=InnoDB")
        line.close()
        self._thread.start()

    def stop(self) -> None:
        """End, after the write that is under way."""
        self._ended.set()
        self._thread.join()

    def _write(self) -> None:
        row, line = 0, None
        while not self._ended.is_set():
            try:
                line = line or Line(self._accounts[self._at])
                row += 1
                line.run(f"INSERT INTO {self.table} VALUES ({row}, REPEAT('x', 100))")  # noqa: S608 - numbers only
                self._acknowledged.append((time.monotonic(), row))
                self._ended.wait(PAUSE_SECONDS)
            except (pymysql.MySQLError, OSError):
                line = None
                self._at = (self._at + 1) % len(self._accounts)
                self._ended.wait(RETRY_SECONDS)
        if line is not None:
            line.close()


@contextmanager
def writing(accounts: Mapping[str, Account], table: str) -> Iterator[Writer]:
    """A writer that runs; it has ended afterwards."""
    writer = Writer(accounts, table)
    writer._start()  # noqa: SLF001 - nobody else starts one
    try:
        yield writer
    finally:
        writer.stop()


@dataclass(frozen=True, slots=True)
class Health:
    """What a node says of itself to a client."""

    primary: bool = False
    synced: bool = False
    members: int = 0


class Asker:
    """Asks one node again and again over one connection, which is opened anew when it broke."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._line: Line | None = None

    def ask(self) -> Health:
        """How the node is; nothing holds of one that does not answer."""
        try:
            self._line = self._line or Line(self._account)
            said = {str(name): str(value) for name, value in self._line.run(STATUS)}
        except (pymysql.MySQLError, OSError):
            self._line = None
            return Health()
        primary = said.get("wsrep_cluster_status") == "Primary"
        synced = primary and said.get("wsrep_local_state") == "4"
        return Health(primary, synced, int(said.get("wsrep_cluster_size") or 0))

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
