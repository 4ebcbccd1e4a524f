"""Clients that go where the role is, as a pool behind a proxy does: who says yes to GET /primary gets the connection.

Before each transaction a client looks whether its connection was closed, as a pool does that tests what it hands out,
and opens another: that is a move and no failure. Between that look and the first statement the connection may still be
closed; then the first statement finds nobody, nothing was begun, and the client tries again (*retried*). Any other
error is a failure: within a transaction, or of a statement whose rows are there although it was not answered.
"""

from __future__ import annotations

import http.client
import select
import threading
import time
from collections.abc import Mapping
from typing import Any

import pymysql

from bench.clients import Account, Line
from galeractl.core.gaps import longest_gap
from galeractl.core.network import AGENT_PORT

PAUSE_SECONDS = 0.005  # between two transactions
REST_SECONDS = 0.3  # between two that last, as an application does other things in between
RETRY_SECONDS = 0.01  # between two rounds of questions
ASK_SECONDS = 1.0
CONNECT_SECONDS = 2

CREATE = "CREATE TABLE takeovers (id BIGINT PRIMARY KEY, filler CHAR(100) NOT NULL) ENGINE=InnoDB"
INSERT = "INSERT INTO takeovers VALUES ({}, REPEAT('x', 100))"
COUNT = "SELECT COUNT(*) FROM takeovers WHERE id IN ({})"
IDS = 1 << 32  # for each client


def takes_writes(host: str) -> bool:
    """Whether an agent says that writes may be sent to its node."""
    line = http.client.HTTPConnection(host, AGENT_PORT, timeout=ASK_SECONDS)
    try:
        line.request("HEAD", "/primary")
        return line.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


class _NotBegun(Exception):
    """The first statement of a transaction found its connection closed."""


class RoutedClient:
    """One client in a thread of its own: rows with ids of its own, by autocommit or two in a transaction that lasts."""

    def __init__(self, accounts: Mapping[str, Account], number: int, lasts: float = 0.0) -> None:
        """`number`: no other client has it; `lasts`: seconds of its transactions, 0 for autocommit."""
        self._accounts, self._lasts = accounts, lasts
        self._next = number * IDS
        self._unanswered: list[int] = []  # ids whose first statement was not answered
        self._ended = threading.Event()
        self._done: list[float] = []  # moments of answered transactions; appended by the thread only
        self._thread = threading.Thread(target=self._live, name="client", daemon=True)
        self.at = ""  # the node that it is connected to
        self.moves = self.retried = 0
        self.failures: list[str] = []

    @property
    def count(self) -> int:
        """How many transactions were answered."""
        return len(self._done)

    def gap(self, begun: float, ended: float) -> float:
        """The longest time without an answered transaction between two moments."""
        return longest_gap(list(self._done), begun, ended)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the transaction that is under way."""
        self._ended.set()
        self._thread.join()

    def _live(self) -> None:
        line: Any = None
        while not self._ended.is_set():
            if line is not None and select.select([line._sock], [], [], 0)[0]:  # noqa: SLF001 - it has no word for it
                line.close()
                line, self.at = None, ""
                self.moves += 1
            try:
                line = line or self._connect()
                if line is None:
                    self._ended.wait(RETRY_SECONDS)
                    continue
                self._transact(line)
                self._done.append(time.monotonic())
            except _NotBegun:
                line, self.at = None, ""
                self.retried += 1
            except (pymysql.MySQLError, OSError) as error:
                self.failures.append(f"{self.at}: {error}")
                line, self.at = None, ""
            self._ended.wait(REST_SECONDS if self._lasts else PAUSE_SECONDS)
        if line is not None:
            line.close()

    def _transact(self, line: Any) -> None:
        first, second = self._next, self._next + 1
        self._next += 2
        opening = ["BEGIN"] if self._lasts else []
        with line.cursor() as cursor:
            for number, statement in enumerate([*opening, INSERT.format(first)]):
                try:
                    cursor.execute(statement)
                except (pymysql.err.OperationalError, pymysql.err.InterfaceError, OSError) as error:
                    if number:
                        raise  # BEGIN was answered
                    self._unanswered.append(first)
                    raise _NotBegun from error
            if self._lasts:
                time.sleep(self._lasts)
                cursor.execute(INSERT.format(second))
                cursor.execute("COMMIT")

    def lost_answers(self, line: Line) -> int:
        """How many rows are there whose statement was not answered."""
        ids = ",".join(map(str, self._unanswered))
        return int(line.run(COUNT.format(ids))[0][0]) if ids else 0

    def _connect(self) -> Any:
        for name, account in self._accounts.items():
            if not takes_writes(account.host):
                continue
            try:
                line: Any = pymysql.connect(
                    host=account.host, port=account.port, user=account.user, password=account.password.encode(),
                    database=account.database, autocommit=True, connect_timeout=CONNECT_SECONDS,
                )  # fmt: skip
            except (pymysql.MySQLError, OSError):
                continue
            self.at = name
            return line
        return None
