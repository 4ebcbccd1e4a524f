"""The row of the writer role and its history on the own server, as a candidate uses them. Everything here blocks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from peerfinder.adapters import mysql, run_directory, writer_table
from peerfinder.core.history import History
from peerfinder.core.role import WriterRow
from peerfinder.core.writer import Claim
from peerfinder.serve.settings import Settings


class Table(Protocol):
    """The row and its history, on the own server; both block."""

    def claim(self, claim: Claim, me: str) -> WriterRow | writer_table.Lost:
        """Try to become the writer."""

    def note(self, claim: Claim, row: WriterRow, gap: float | None) -> None:
        """Write a claim that won into the history; raises ServerError."""


class OwnServer:
    """The real ones. A connection serves one thread, and is closed after its work."""

    def __init__(self, settings: Settings, opens: Callable[[], None]) -> None:
        """`opens` lets clients write here; it is called when a claim has won, before anybody knows of it."""
        self._opens = opens
        socket = settings.run_dir / run_directory.SERVER_SOCKET
        login = settings.monitor_user, settings.monitor_password_file
        self._claims = mysql.Server(socket, *login, mysql.CLAIM_SECONDS)
        self._notes = mysql.Server(socket, *login, mysql.CLAIM_SECONDS)
        self._readers = partial(mysql.Server, socket, *login, mysql.STATUS_SECONDS)

    def claim(self, claim: Claim, me: str) -> WriterRow | writer_table.Lost:
        """Try to become the writer."""
        try:
            row = writer_table.claim(self._claims, claim.expected, me, claim.reason)
        finally:
            self._claims.close()
        if isinstance(row, WriterRow):
            self._opens()
        return row

    def note(self, claim: Claim, row: WriterRow, gap: float | None) -> None:
        """Write into the history."""
        try:
            writer_table.note(self._notes, claim.expected, row, claim.reason, gap)
        finally:
            self._notes.close()

    def history(self) -> History | writer_table.NoTable:
        """Read the history; raises ServerError. May be asked by several threads at once."""
        server = self._readers()
        try:
            return writer_table.history(server)
        finally:
            server.close()
