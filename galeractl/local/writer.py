"""A client that never stops writing, and remembers exactly what it was promised.

Every row has its own id. A row counts as acknowledged only when its COMMIT was answered; one whose answer was lost may
be there or not, and is never written again under the same id. On any failure the client goes to the next node.
"""

from __future__ import annotations

import threading
import time

from galeractl.adapters.server import Lost, Server
from galeractl.core.gaps import longest_gap
from galeractl.local.accounts import Account
from galeractl.local.launch import DATABASE

TABLE = "galerakit_demo"
PAUSE_SECONDS = 0.005  # between two writes
RETRY_SECONDS = 0.02  # between two tries to connect


class Writer:
    """Writes in a thread of its own from `start` until `stop`."""

    def __init__(self, accounts: dict[str, Account]) -> None:
        self._accounts = accounts
        self._names = list(accounts)
        self._at = 0
        self._ended = threading.Event()
        self._acknowledged: list[tuple[float, int]] = []  # appended by the thread only
        self._unanswered: set[int] = set()
        self._thread = threading.Thread(target=self._write, name="writer", daemon=True)

    @property
    def node(self) -> str:
        """The node that is written to now."""
        return self._names[self._at]

    @property
    def acknowledged(self) -> frozenset[int]:
        """The rows that were promised so far."""
        return frozenset(row for _time, row in tuple(self._acknowledged))

    @property
    def unanswered(self) -> int:
        """How many rows may be there or not."""
        return len(self._unanswered)

    def start(self) -> None:
        """Make the table and begin."""
        server = open_server(self._accounts[self.node])
        server.run(f"CREATE TABLE {TABLE} (id BIGINT PRIMARY KEY, node VARCHAR(20) NOT NULL) ENGINE=InnoDB")
        server.close()
        self._thread.start()

    def stop(self) -> None:
        """End, after the write that is under way."""
        self._ended.set()
        self._thread.join()

    def gap(self, begun: float, ended: float) -> float:
        """The longest time without an acknowledged write between two moments of the monotonic clock."""
        return longest_gap([moment for moment, _row in tuple(self._acknowledged)], begun, ended)

    def has_written_since(self, moment: float) -> bool:
        """Tell whether a write was acknowledged after `moment`."""
        return bool(self._acknowledged) and self._acknowledged[-1][0] > moment

    def _write(self) -> None:
        row, server = 0, None
        while not self._ended.is_set():
            if server is None:
                server = self._connect()
                continue
            row += 1
            try:
                server.run(f"INSERT INTO {TABLE} VALUES (%s, %s)", (row, self.node))  # noqa: S608 - a constant
                self._acknowledged.append((time.monotonic(), row))
                self._ended.wait(PAUSE_SECONDS)
            except Lost as lost:
                if not lost.refused:
                    self._unanswered.add(row)
                server.close()
                server = None
                self._at = (self._at + 1) % len(self._names)
        if server is not None:
            server.close()

    def _connect(self) -> Server | None:
        try:
            return open_server(self._accounts[self.node])
        except Lost:
            self._at = (self._at + 1) % len(self._names)
            self._ended.wait(RETRY_SECONDS)
            return None


def open_server(account: Account) -> Server:
    """Connect to the database of the application."""
    return Server(account.host, account.port, account.user, account.password, DATABASE)
