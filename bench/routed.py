"""Clients that go where the role is, as a pool behind a proxy does: who says yes to GET /primary gets the connection.

Before each transaction a client looks whether its connection was closed, as a pool does that tests what it hands out,
and opens another: that is a move and no failure. An error of a statement that was sent is a failure, whatever it says.
"""

from __future__ import annotations

import http.client
import select
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pymysql

from bench.clients import Account
from galeractl.core.gaps import longest_gap
from galeractl.core.network import AGENT_PORT

PAUSE_SECONDS = 0.005  # between two transactions
RETRY_SECONDS = 0.01  # between two rounds of questions
ASK_SECONDS = 1.0
CONNECT_SECONDS = 2

Transaction = Callable[[Any], None]
"""Takes a cursor, and ends when its COMMIT was answered."""


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


class RoutedClient:
    """One client in a thread of its own, which does the same transaction again and again."""

    def __init__(self, accounts: Mapping[str, Account], transaction: Transaction) -> None:
        self._accounts, self._transaction = accounts, transaction
        self._ended = threading.Event()
        self._done: list[float] = []  # moments of answered transactions; appended by the thread only
        self._thread = threading.Thread(target=self._live, name="client", daemon=True)
        self.at = ""  # the node that it is connected to
        self.moves = 0
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
                with line.cursor() as cursor:
                    self._transaction(cursor)
                self._done.append(time.monotonic())
            except (pymysql.MySQLError, OSError) as error:
                self.failures.append(f"{self.at}: {error}")
                line, self.at = None, ""
            self._ended.wait(PAUSE_SECONDS)
        if line is not None:
            line.close()

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
