"""The drop-in as a real process against a real name server, with a script that writes down each call."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from galeractl.local.nameserver import Nameserver, running
from tests.support.dns import DOMAIN, ZoneWriter

ROOT = Path(__file__).parents[2]
THREE = "db-0,db-1,db-2"
TWO = "db-0,db-1"
DEADLINE = 15.0  # seconds; far beyond anything that is waited for, also on a busy machine

RECORD = """\
#!/bin/sh
# One line per call: the word given, then the peers from stdin.
printf '%s %s\\n' "$1" "$(paste -sd, -)" >> "$CALLS"
"""


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as the condition holds; AssertionError with `what` when the deadline passes."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"did not happen within {DEADLINE:g} s: {what}"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether the process exists and is not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


class Stage:
    """A folder with zone, name server, resolv.conf and a `record` script on PATH; starts programs, ends them all."""

    def __init__(self, folder: Path, server: Nameserver, zone: ZoneWriter) -> None:
        self.folder = folder
        self.server = server
        self.zone = zone
        self.resolv_conf = folder / "resolv.conf"
        self.write_search(DOMAIN)
        self._calls = folder / "calls"
        self.script("record", RECORD)
        self.environment = {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "CALLS": str(self._calls),
            "FOLDER": str(folder),
        }
        self._started: list[subprocess.Popen[str]] = []

    @property
    def calls(self) -> list[str]:
        """One "word peer,peer" per call so far, the peers by their short names."""
        if not self._calls.exists():
            return []
        return [line.replace(f".{self.zone.service}", "") for line in self._calls.read_text().splitlines()]

    def write_search(self, domain: str) -> None:
        """Write the resolv.conf that the kubelet gives a pod of namespace `shop`."""
        search = f"shop.svc.{domain} svc.{domain} {domain}"
        self.resolv_conf.write_text(f"search {search}\nnameserver 192.0.2.1\noptions ndots:5\n", encoding="utf-8")

    def script(self, name: str, text: str) -> Path:
        """Write an executable script into the folder (which is on PATH)."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return path

    def start(
        self, *flags: str, service: str = "db", hostname: str = "db-0", poll: str = "100ms"
    ) -> subprocess.Popen[str]:
        """Start the program; its own flags come last, so they win."""
        setting = [
            f"-service={service}",
            f"-hostname={hostname}",
            f"-nameserver={self.server.address}",
            f"-resolv-conf={self.resolv_conf}",
            f"-poll={poll}",
        ]
        return self.start_bare(*setting, *flags)

    def start_bare(self, *flags: str) -> subprocess.Popen[str]:
        """Start the program with these flags only."""
        program = subprocess.Popen(
            [sys.executable, "-m", "peerfinder", *flags],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(program)
        return program

    def run(self, *flags: str, **options: str) -> tuple[int, str]:
        """Start, wait for the end; gives exit code and stderr. stdout has to be empty."""
        return self.end(self.start(*flags, **options))

    def end(self, program: subprocess.Popen[str], number: int | None = None) -> tuple[int, str]:
        """Send a signal if one is given, and wait for the end; gives exit code and stderr."""
        if number is not None:
            program.send_signal(number)
        out, err = program.communicate(timeout=DEADLINE)
        assert out == ""
        return program.returncode, err

    def expect_calls(self, *calls: str) -> None:
        """Wait until exactly these calls were made."""
        wait_until(lambda: len(self.calls) >= len(calls), f"calls {calls}, there are {self.calls}")
        assert self.calls == list(calls)

    def let_polls_pass(self, number: int) -> None:
        """Wait until the program has asked `number` times more, and is done with the answers."""
        goal = self.server.queries + number + 1  # the last one may still be under way
        wait_until(lambda: self.server.queries >= goal, f"{number} more polls")

    def close(self) -> None:
        """End whatever still runs."""
        for program in self._started:
            if program.poll() is None:
                program.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.communicate(timeout=DEADLINE)
                continue
            program.kill()
            program.communicate()


@contextlib.contextmanager
def stage(folder: Path, domain: str = DOMAIN) -> Iterator[Stage]:
    """Everything that the drop-in needs, for the length of a `with` block."""
    zone = ZoneWriter(folder, domain)
    with running(zone.path) as server:
        ready = Stage(folder, server, zone)
        try:
            yield ready
        finally:
            ready.close()
