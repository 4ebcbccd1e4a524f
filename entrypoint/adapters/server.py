"""The mariadbd program: dry run, position recovery, start.

It is found on PATH or in /usr/sbin (Debian leaves that off ordinary users' PATH); the Galera library in
the places that distributions put it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PROVIDERS = ("/usr/lib/galera", "/usr/lib", "/usr/lib64/galera-4", "/usr/lib64/galera")
_COMPLAINT = re.compile(r"\[ERROR\]\s*(.*)|\[Warning\]\s*(.*(?:adjusted to|ignoring option|due to invalid value).*)")


class ServerMissing(RuntimeError):
    """A program or library that the server needs is not on this machine; the message names what to install."""


def find_program(name: str) -> str:
    """Give the path of a server program; raises ServerMissing."""
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    found = shutil.which(name, path=path)
    if not found:
        raise ServerMissing(f"{name} is not on PATH; install mariadb-server, mariadb-backup, galera-4 and socat")
    return found


def find_provider() -> str:
    """Give the path of the Galera library; raises ServerMissing."""
    for directory in _PROVIDERS:
        path = Path(directory) / "libgalera_smm.so"
        if path.exists():
            return str(path)
    raise ServerMissing(f"libgalera_smm.so is in none of {', '.join(_PROVIDERS)}; install galera-4")


def program_version(program: str) -> str:
    """The version of a server program, as in '10.11.19-MariaDB'."""
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"Ver\s+(\S+)", shown)
    return match[1] if match else shown.strip()


@dataclass(frozen=True, slots=True)
class DryRun:
    """What the server makes of its configuration without touching a datadir."""

    complaints: tuple[str, ...]
    output: str


class Server:
    """Starts mariadbd; `wait` is how this process stays alive (heart-beat, signals) while a child works."""

    def __init__(self, config: Path, user: str, wait: Callable[[subprocess.Popen[str]], int]) -> None:
        """`user` is who the server drops to when it is started as root, '' otherwise."""
        self._config = config
        self._user = user
        self._wait = wait
        self.program = find_program("mariadbd")
        self.provider = find_provider()

    def version(self) -> str:
        """The server's version, as in '10.11.19-MariaDB'."""
        return program_version(self.program)

    def dry_run(self) -> DryRun:
        """Have the server parse its options; an empty directory stands in for the datadir.

        Exit status 0 is not enough: a plugin's bad value disables the plugin (InnoDB among them) and a bad
        number is silently adjusted, so those lines of its log count as well.
        """
        with tempfile.TemporaryDirectory(prefix="galera-dry-run.") as empty:
            command = [*self._command(), f"--datadir={empty}", "--help", "--verbose"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
        complaints = [next(part for part in match.groups() if part) for match in _COMPLAINT.finditer(done.stderr)]
        if done.returncode != 0 and not complaints:
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            complaints = lines[-1:] or [f"mariadbd --help --verbose ended with {done.returncode}"]
        return DryRun(tuple(dict.fromkeys(complaints)), done.stdout)

    def recover(self, directory: Path) -> tuple[str, int]:
        """Run the storage engine's recovery and give (its log, its exit status).

        No network and a socket of its own: the run binds what it is told to (measured). `gcomm://` is
        there because the SST method's check wants an address; log_error must not hide the position.
        """
        command = [
            *self._command(),
            "--wsrep-recover",
            "--wsrep-cluster-address=gcomm://",
            "--skip-networking",
            f"--socket={directory / 'recover.sock'}",
            f"--pid-file={directory / 'recover.pid'}",
            "--skip-log-error",
        ]
        log = directory / "recover.log"
        with log.open("w") as file:
            process = subprocess.Popen(
                command, stdout=file, stderr=subprocess.STDOUT, text=True, start_new_session=True
            )
            status = self._wait(process)
        return log.read_text(errors="replace"), status

    def start(self, arguments: list[str], lock_fd: int) -> subprocess.Popen[str]:
        """Start the server for good; it inherits the volume's lock."""
        command = [*self._command(), *arguments]
        return subprocess.Popen(
            command, text=True, start_new_session=True, pass_fds=(lock_fd,), stdin=subprocess.DEVNULL
        )

    def _command(self) -> list[str]:
        user = [f"--user={self._user}"] if self._user and os.geteuid() == 0 else []
        return [self.program, f"--defaults-file={self._config}", *user]


def signal_server(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Signal the server if it still runs."""
    if process.poll() is None:
        process.send_signal(number)
