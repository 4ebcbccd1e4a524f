"""The first initialisation: an empty directory becomes a datadir with its accounts, or nothing at all.

It works in VOLUME/new-data, which no server is ever started on as a member; the caller renames it to
the datadir once everything here has succeeded. A temporary server without network and without Galera
runs the accounts and the user's scripts (.sql, .sql.gz, .sh in alphabetical order, as the official
image does). Passwords reach it on standard input and in a file of mode 600, never as an argument.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from peerfinder.core.option_file import option_file

_UP_SECONDS = 300.0  # a slow volume: the first start of an empty server writes some 100 MiB of redo log


class InitialisationFailed(RuntimeError):
    """A step failed; the message names it and quotes its last words."""


class FirstInitialisation:
    """One attempt to fill `datadir`; `wait` waits for a child, `until` for a condition with a deadline."""

    def __init__(
        self,
        datadir: Path,
        work: Path,
        user: str,
        wait: Callable[[subprocess.Popen[str]], int],
        until: Callable[[Callable[[], bool], float], bool],
    ) -> None:
        """`work` is a private directory for the socket, logs and the client's option file."""
        self._datadir = datadir
        self._work = work
        self._user = [f"--user={user}"] if user and os.geteuid() == 0 else []
        self._socket = work / "init.sock"
        self._client_file = work / "client.cnf"
        self._wait = wait
        self._until = until
        self._server: subprocess.Popen[str] | None = None

    def install(self, program: str) -> None:
        """Run mariadb-install-db; root may log in without a password until `run_statements` ends that."""
        command = [
            program, "--no-defaults", f"--datadir={self._datadir}", *self._user,
            "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
        ]  # fmt: skip
        self._run(command, "mariadb-install-db", None)

    def start_server(self, program: str, options: Path | None = None, *, grants: bool = True) -> None:
        """Start the temporary server: no network, no Galera, its own socket.

        `options`: what the files need to be read, where they are not new; without `grants` it lets everybody in.
        """
        log = (self._work / "init-server.log").open("w")
        first = f"--defaults-file={options}" if options else "--no-defaults"
        command = [
            program, first, f"--datadir={self._datadir}", *self._user, f"--socket={self._socket}",
            f"--pid-file={self._work / 'init.pid'}", "--skip-networking", "--wsrep-on=OFF", "--skip-log-bin",
            "--innodb-flush-log-at-trx-commit=1", "--character-set-server=utf8mb4", "--skip-name-resolve",
            *([] if grants else ["--skip-grant-tables", "--skip-slave-start", "--event-scheduler=OFF"]),
        ]  # fmt: skip
        with log:
            self._server = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, text=True, start_new_session=True
            )
        self._write_client_file("")
        if not self._until(self._answers, _UP_SECONDS):
            raise InitialisationFailed(f"the temporary server did not come up: {self._last_words('init-server.log')}")

    def run_statements(self, statements: tuple[str, ...], root_password: str) -> None:
        """Make the accounts; from here on the client logs in with the new root password."""
        self.run_sql(";\n".join(statements) + ";\n", "the accounts")
        self._write_client_file(root_password)

    def run_sql(self, sql: str | bytes, what: str, database: str = "") -> None:
        """Feed SQL to the server; raises InitialisationFailed with the server's message."""
        command = ["mariadb", f"--defaults-extra-file={self._client_file}", *([database] if database else [])]
        self._run(command, what, sql if isinstance(sql, bytes) else sql.encode())

    def run_scripts(self, directory: Path, database: str) -> tuple[str, ...]:
        """Run the user's scripts in alphabetical order; gives the names that ran."""
        ran = []
        for path in sorted(directory.iterdir()) if directory.is_dir() else []:
            if path.name.endswith(".sql"):
                self.run_sql(path.read_bytes(), path.name, database)
            elif path.name.endswith(".sql.gz"):
                import gzip  # only where such a script is there

                self.run_sql(gzip.decompress(path.read_bytes()), path.name, database)
            elif path.name.endswith(".sh"):
                self._run(["bash", str(path)], path.name, None, home=True)
            else:
                continue
            ran.append(path.name)
        return tuple(ran)

    def stop_server(self) -> None:
        """Stop the temporary server in order; its datadir is then whole."""
        if self._server is None:
            return
        self._server.terminate()
        status = self._wait(self._server)
        if status != 0:
            raise InitialisationFailed(
                f"the temporary server ended with {status}: {self._last_words('init-server.log')}"
            )

    def abandon(self) -> None:
        """End the temporary server at once; what it made is thrown away by the caller."""
        if self._server is not None and self._server.poll() is None:
            self._server.kill()
            self._server.wait()

    def _answers(self) -> bool:
        if self._server is not None and self._server.poll() is not None:
            raise InitialisationFailed(f"the temporary server ended: {self._last_words('init-server.log')}")
        command = ["mariadb", f"--defaults-extra-file={self._client_file}", "-e", "SELECT 1"]
        return self._socket.exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _run(self, command: list[str], what: str, given: bytes | None, *, home: bool = False) -> None:
        log = self._work / "init-step.log"
        environment = os.environ | ({"HOME": str(self._work)} if home else {})
        stdin = self._work / "init-step.sql"
        if given is not None:
            stdin.touch(mode=0o600)
            stdin.write_bytes(given)
        with log.open("w") as out, (stdin if given is not None else Path(os.devnull)).open("rb") as source:
            process = subprocess.Popen(
                command,
                stdin=source,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
                env=environment,
            )
            status = self._wait(process)
        stdin.unlink(missing_ok=True)
        if status != 0:
            raise InitialisationFailed(f"{what} ended with {status}: {self._last_words('init-step.log')}")

    def _write_client_file(self, password: str) -> None:
        """The client's login; HOME/.my.cnf is the same file, so that scripts just call `mariadb`."""
        login = {"socket": str(self._socket), "user": "root", "password": password}
        content = option_file("client", login | {"default-character-set": "utf8mb4"})
        for path in (self._client_file, self._work / ".my.cnf"):
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(content)

    def _last_words(self, name: str) -> str:
        try:
            lines = [line for line in (self._work / name).read_text(errors="replace").splitlines() if line.strip()]
        except OSError:
            return "no output"
        errors = [line for line in lines if "ERROR" in line]
        return (errors or lines or ["no output"])[-1]
