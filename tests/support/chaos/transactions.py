"""The transactions of the clients, on one connection; and the tables they need. Acts on a server.

Whatever fails before COMMIT is sent has not happened: the connection is closed, and the server rolls back. Of a COMMIT
(or a single statement, which is its own) only an answer that says so means that it did not happen.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Sequence
from typing import Any

import pymysql

from tests.support.chaos.findings import ACCOUNTS, OPENING
from tests.support.chaos.history import Outcome, Workload

CONNECT_SECONDS = 2  # on loopback: longer only where the server is frozen
READ_SECONDS = 10  # a COMMIT waits while the group finds out who is gone
ROLLED_BACK = (1047, 1213, 1205, 1020)  # no Primary, lost the certification, lock timeout, changed since the snapshot
TABLES = (
    "CREATE TABLE chaos_set (id BIGINT AUTO_INCREMENT PRIMARY KEY, v BIGINT NOT NULL)",
    "CREATE TABLE chaos_lists (k INT PRIMARY KEY, vals MEDIUMTEXT NOT NULL)",
    "CREATE TABLE chaos_accounts (id INT PRIMARY KEY, balance INT NOT NULL)",
    "CREATE TABLE chaos_transfers (id BIGINT AUTO_INCREMENT PRIMARY KEY, n BIGINT, f INT, t INT, amount INT)",
    "CREATE TABLE chaos_counter (id INT PRIMARY KEY, n BIGINT NOT NULL)",
    "INSERT INTO chaos_counter VALUES (1, 0)",
    *(f"INSERT INTO chaos_accounts VALUES ({number}, {OPENING})" for number in range(ACCOUNTS)),
)
NAMES = ("chaos_set", "chaos_lists", "chaos_accounts", "chaos_transfers", "chaos_counter")


class Broken(Exception):
    """An operation that was not answered with success; the connection is of no use any more."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


class Session:
    """A connection of one client."""

    def __init__(self, host: str, port: int, user: str, password: str) -> None:
        self._line: Any = pymysql.connect(
            host=host, port=port, user=user, password=password.encode(), database="app", autocommit=True,
            connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, write_timeout=READ_SECONDS,
            init_command="SET SESSION innodb_lock_wait_timeout = 2",
        )  # fmt: skip

    def close(self) -> None:
        """Hang up."""
        if self._line.open:
            self._line.close()

    def cut(self) -> None:
        """Hang up from another thread, as a proxy does; whoever waits for an answer gets an error."""
        with contextlib.suppress(OSError, AttributeError):  # it has just been closed
            self._line._sock.shutdown(socket.SHUT_RDWR)

    def perform(self, workload: Workload, args: Sequence[int]) -> tuple[int, ...]:
        """Do one operation and give what it saw; raises Broken."""
        steps: dict[Workload, Callable[[Sequence[int]], tuple[int, ...]]] = {
            Workload.SET: self._set,
            Workload.APPEND: self._append,
            Workload.BANK: self._bank,
            Workload.BALANCES: self._balances,
            Workload.COUNTER: self._counter,
        }
        return steps[workload](args)

    def _set(self, args: Sequence[int]) -> tuple[int, ...]:
        self._final("INSERT INTO chaos_set (v) VALUES (%s)", args)
        return ()

    def _counter(self, _args: Sequence[int]) -> tuple[int, ...]:
        self._final("UPDATE chaos_counter SET n = n + 1 WHERE id = 1", ())
        return ()

    def _balances(self, _args: Sequence[int]) -> tuple[int, ...]:
        return tuple(int(row[0]) for row in self._step("SELECT balance FROM chaos_accounts ORDER BY id", ()))

    def _append(self, args: Sequence[int]) -> tuple[int, ...]:
        self._step("START TRANSACTION", ())
        seen: list[int] = []
        for key, value in zip(args[::2], args[1::2], strict=True):
            self._step(
                "INSERT INTO chaos_lists VALUES (%s, %s)"
                " ON DUPLICATE KEY UPDATE vals = CONCAT(vals, ',', VALUES(vals))",
                (key, str(value)),
            )
            ((text,),) = self._step("SELECT vals FROM chaos_lists WHERE k = %s FOR UPDATE", (key,))
            values = [int(part) for part in text.split(",")]
            seen += [key, len(values), *values]
        self._final("COMMIT", ())
        return tuple(seen)

    def _bank(self, args: Sequence[int]) -> tuple[int, ...]:
        number, source, target, amount = args
        self._step("START TRANSACTION", ())
        rows = self._step(
            "SELECT id, balance FROM chaos_accounts WHERE id IN (%s, %s) ORDER BY id FOR UPDATE", (source, target)
        )
        held = {int(row[0]): int(row[1]) for row in rows}
        for account, balance in ((source, held[source] - amount), (target, held[target] + amount)):
            self._step("UPDATE chaos_accounts SET balance = %s WHERE id = %s", (balance, account))
        self._step(
            "INSERT INTO chaos_transfers (n, f, t, amount) VALUES (%s, %s, %s, %s)", (number, source, target, amount)
        )
        self._final("COMMIT", ())
        return ()

    def _step(self, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """A statement that commits nothing."""
        try:
            return self._run(statement, values)
        except (pymysql.MySQLError, OSError) as error:
            raise Broken(Outcome.FAIL, words(error)) from error

    def _final(self, statement: str, values: Sequence[object]) -> None:
        """The statement that commits."""
        try:
            self._run(statement, values)
        except (pymysql.MySQLError, OSError) as error:
            known = bool(error.args) and error.args[0] in ROLLED_BACK
            raise Broken(Outcome.FAIL if known else Outcome.UNKNOWN, words(error)) from error

    def _run(self, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._line.cursor() as cursor:
            cursor.execute(statement, tuple(values) or None)
            return list(cursor.fetchall())


def words(error: Exception) -> str:
    """An error in one line."""
    return " ".join(str(part) for part in error.args)[:160] or type(error).__name__
