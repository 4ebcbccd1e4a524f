"""One MariaDB server, as an application sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pymysql

CONNECT_SECONDS = 2  # on this machine: longer only where the server is frozen
READ_SECONDS = 20  # a COMMIT waits while the cluster finds out who is gone


class Lost(Exception):
    """The server did not answer, or said no; whether a write took effect is unknown unless `refused`."""

    def __init__(self, reason: str, *, refused: bool) -> None:
        super().__init__(reason)
        self.refused = refused


NOT_EXECUTED = (1047, 1213, 1205)  # not in a Primary component, lost the certification, lock timeout: rolled back


class Server:
    """A connection with autocommit; every failure is `Lost`."""

    def __init__(self, host: str, port: int, user: str, password: str, database: str) -> None:
        try:
            self._line = pymysql.connect(
                host=host,
                port=port,
                user=user,
                password=password.encode(),  # pymysql would take a str for latin-1
                database=database,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                write_timeout=READ_SECONDS,
            )
        except (pymysql.MySQLError, OSError) as error:
            raise Lost(_words(error), refused=True) from error

    def run(self, statement: str, values: Sequence[object] = ()) -> tuple[tuple[Any, ...], ...]:
        """Execute one statement and give its rows."""
        try:
            with self._line.cursor() as cursor:
                cursor.execute(statement, values or None)
                return tuple(cursor.fetchall())
        except (pymysql.MySQLError, OSError) as error:
            number = error.args[0] if error.args else 0
            raise Lost(_words(error), refused=number in NOT_EXECUTED) from error

    def close(self) -> None:
        """Hang up."""
        if self._line.open:
            self._line.close()


def _words(error: Exception) -> str:
    return " ".join(str(part) for part in error.args) or type(error).__name__
