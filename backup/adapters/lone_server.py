"""A server that runs alone on a prepared backup, to be asked about its tables, and is thrown away.

It takes part in nothing: no network, no Galera, no replication, no events; it writes no binary log, and lets in whoever
reaches its socket, which is in a directory of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql

from backup.core.damage import Damaged
from backup.core.proof import CannotVerify, is_about_room, other_series

START_SECONDS = 300.0  # it has no redo log to replay any more; a million of tables take a while to be found
STOP_SECONDS = 60.0
_POLL_SECONDS = 0.1
_PLACES = os.pathsep.join(("/usr/sbin", "/usr/local/sbin"))
_OWN = ("information_schema", "performance_schema")


def check_version(wanted: str) -> str:
    """Give the version of mariadbd; raises CannotVerify where it is not there, or not of the series of the data."""
    shown = subprocess.run([_program(), "--version"], capture_output=True, text=True, check=False).stdout
    version = next((word for word in shown.split() if word[:1].isdigit()), "")
    if wrong := other_series("mariadbd", version, wanted):
        raise CannotVerify(wrong, "verify it where that version is: in the image of the cluster, say")
    return version


class LoneServer:
    """Its SQL."""

    def __init__(self, connection: pymysql.Connection[Any]) -> None:
        self._connection = connection

    def tables(self) -> list[tuple[str, str]]:
        """Name the tables, each with its database."""
        rows = self._rows(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
            "ORDER BY table_schema, table_name"
        )
        return [(str(database), str(table)) for database, table in rows if database not in _OWN]

    def check(self, database: str, table: str) -> list[tuple[str, str, str, str]]:
        """Give the rows of CHECK TABLE."""
        rows = self._rows(f"CHECK TABLE {_quoted(database)}.{_quoted(table)}")
        return [(str(a), str(b), str(c), str(d)) for a, b, c, d in rows]

    def count(self, database: str, table: str) -> int:
        """Count the rows of a table."""
        return int(self._rows(f"SELECT COUNT(*) FROM {_quoted(database)}.{_quoted(table)}")[0][0])  # noqa: S608 - quoted

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall())
        except (pymysql.Error, OSError) as error:
            raise Damaged(f"a server on it fails at {query}: {error}") from None


@contextmanager
def running(datadir: Path, own: Path, use_memory: int) -> Iterator[LoneServer]:
    """Run a server on `datadir`; `own` is where its socket and its log are. Raises Damaged, CannotVerify."""
    socket, log = own / "s", own / "log"
    command = [
        _program(),
        f"--defaults-file={datadir / 'backup-my.cnf'}",  # what its tablespaces need, as mariadb-backup wrote it
        f"--datadir={datadir}",
        f"--socket={socket}",
        f"--pid-file={own / 'pid'}",
        f"--log-error={log}",
        f"--tmpdir={own}",
        f"--innodb-buffer-pool-size={use_memory}",
        "--skip-networking",
        "--skip-grant-tables",
        "--skip-log-bin",
        "--skip-slave-start",
        "--event-scheduler=OFF",
        "--wsrep-on=OFF",
        *(["--user=root"] if os.geteuid() == 0 else []),
    ]
    setpriv = shutil.which("setpriv")  # ends it with this process
    process = subprocess.Popen(
        [*([setpriv, "--pdeathsig", "KILL"] if setpriv else []), *command],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    connection = None
    try:
        connection = _connect(process, socket, log)
        yield LoneServer(connection)
    finally:
        if connection is not None:
            connection.close()
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _connect(process: subprocess.Popen[bytes], socket: Path, log: Path) -> pymysql.Connection[Any]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = log.read_text(errors="replace") if log.exists() else ""
            errors = [line for line in said.splitlines() if "[ERROR]" in line]
            last = errors[-1].partition("[ERROR] ")[2] if errors else f"it ended with {process.returncode}"
            if is_about_room(said) or process.returncode < 0:
                raise CannotVerify(
                    f"a server on it could not start: {last}", "room (--work-dir), memory (--use-memory)"
                )
            raise Damaged(f"a server does not start on it: {last}")
        if socket.exists():
            try:
                return pymysql.connect(unix_socket=str(socket), user="root", autocommit=True)
            except pymysql.Error:
                pass
        time.sleep(_POLL_SECONDS)
    raise CannotVerify(
        f"a server on it did not answer within {START_SECONDS:.0f} s", "on a faster machine, or at level prepare"
    )


def _program() -> str:
    found = shutil.which("mariadbd", path=os.environ.get("PATH", "") + os.pathsep + _PLACES)
    if found is None:
        raise CannotVerify("mariadbd is not on PATH", "install mariadb-server, or verify at level prepare")
    return found


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
