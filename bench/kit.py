"""A cluster of Galera Kit: `galeractl local` from the outside, as a user types it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from bench.clients import Account
from bench.process import started_at
from galeractl.core.transfer import describe_transfer

PARENT = Path("/var/tmp")  # mariadbd's own user must reach it
COMMAND_SECONDS = 120.0  # for any command; those that wait for a cluster are not used


class KitCluster:
    """Three nodes below a directory of their own, with the defaults of `galeractl local`."""

    side = "kit"
    names = ("db-0", "db-1", "db-2")

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.environment: dict[str, str] = {}  # of the programs that are started from now on
        self._accounts: dict[str, Account] = {}

    def first_start(self) -> float:
        """Start three empty nodes at once; gives the moment when the first program started."""
        self._galeractl("start", "--no-wait")
        return min(self._starts(*self.names))

    def start(self, *names: str) -> float:
        """Start nodes without waiting; gives the moment when the last program started."""
        self._galeractl("start", *names, "--no-wait")
        return max(self._starts(*names))

    def stop(self, name: str) -> None:
        """Stop a node gracefully; returns when all its programs have ended."""
        self._galeractl("stop", name)

    def kill(self, *names: str) -> None:
        """A power cut: SIGKILL for every program of the nodes."""
        self._galeractl("kill", *names)

    def takeover(self, name: str, drain: float) -> Any:
        """Have a node take the writes; gives what it answers, None where it refuses."""
        return self._run("takeover", "--to", name, "--drain", f"{drain:g}", check=False)

    def wipe(self, name: str) -> None:
        """Empty the volume of a node whose programs have ended."""
        self._galeractl("wipe", name)

    def pids(self, name: str) -> dict[str, int]:
        """The programs of a node that run: peerfinder, entrypoint, mariadbd."""
        (node,) = [node for node in self._galeractl("status")["nodes"] if node["name"] == name]
        return {str(kind): int(pid) for kind, pid in node["pids"].items()}

    def address(self, name: str) -> str:
        """Where a node listens."""
        return self.account(name).host

    def run_directory(self, name: str) -> Path:
        """What the two programs of a node share."""
        return self._directory / "nodes" / name / "run"

    def account(self, name: str) -> Account:
        """The application's account on a node."""
        if name not in self._accounts:
            said = self._galeractl("dsn", name)
            self._accounts[name] = Account(said["host"], said["port"], said["user"], said["password"])
        return self._accounts[name]

    def log(self, name: str) -> str:
        """All that a node's entrypoint and server have said."""
        return (self._directory / "nodes" / name / "log" / "entrypoint.log").read_text(errors="replace")

    def transfer(self, log: str) -> str:
        """How a node got its state, from what it has said since its start."""
        return describe_transfer(log)

    def remove(self) -> None:
        """End every program and remove the directory."""
        if (self._directory / "cluster.json").exists():
            self._galeractl("kill", *self.names, check=False)
            self._galeractl("stop", check=False)  # the name server
        shutil.rmtree(self._directory, ignore_errors=True)
        self._accounts.clear()  # a new cluster has new passwords

    def _starts(self, *names: str) -> list[float]:
        """When the two programs of each node were started; servers come and go while a node starts."""
        return [started_at(pid) for name in names for kind, pid in self.pids(name).items() if kind != "mariadbd"]

    def _galeractl(self, *words: str, check: bool = True) -> Any:
        return self._run("local", *words, check=check)

    def _run(self, *words: str, check: bool = True) -> Any:
        command = [sys.executable, "-m", "galeractl", "--local", str(self._directory), "--json", *words]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GALERA_")}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=COMMAND_SECONDS, env=kept | self.environment, check=False
        )
        assert done.returncode == 0 or not check, f"{' '.join(words)}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.returncode == 0 else None


@contextmanager
def kit_cluster() -> Iterator[KitCluster]:
    """A cluster of this measurement alone, whose programs and files are gone afterwards; SIGTERM and Ctrl-C end it."""
    signal.signal(signal.SIGTERM, interrupt)
    directory = Path(tempfile.mkdtemp(prefix="galera-bench.", dir=PARENT))
    cluster = KitCluster(directory / "kit")
    try:
        directory.chmod(0o755)  # mkdtemp makes it 0700
        yield cluster
    except KeyboardInterrupt:
        sys.exit(130)  # what a shell gives after Ctrl-C
    finally:
        cluster.remove()
        shutil.rmtree(directory, ignore_errors=True)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Make SIGTERM what Ctrl-C is."""
    raise KeyboardInterrupt
