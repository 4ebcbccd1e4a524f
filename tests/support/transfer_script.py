"""A pretended script of a state transfer: the shells of a real one, and a program that moves bytes below them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from entrypoint.adapters.children import descendants

_TEXT = """#!/bin/bash
program=mbstream
[ "$2" = donor ] && program=socat
"{directory}/$program" < /dev/zero > /dev/null &
wait
"""


class TransferScript:
    """One that runs; `process` is the shell by which a server starts it."""

    def __init__(self, directory: Path, role: str, address: str) -> None:
        for name in ("mbstream", "socat"):
            if not (directory / name).exists():
                shutil.copy(shutil.which("cat") or "", directory / name)
        script = directory / "wsrep_sst_pretended"
        script.write_text(_TEXT.format(directory=directory))
        script.chmod(0o755)
        line = f"{script} --role {role} --address '{address}' --datadir {directory}; true"
        self.process = subprocess.Popen(["sh", "-c", line], start_new_session=True)

    @property
    def family(self) -> tuple[int, ...]:
        """Its processes, nearest first."""
        return (self.process.pid, *descendants(self.process.pid))

    def stop(self, pids: tuple[int, ...]) -> None:
        """Have processes stand still, and wait until they do."""
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        assert appeared(lambda: all("State:\tT" in Path(f"/proc/{pid}/status").read_text() for pid in pids))

    def end(self) -> None:
        """End what is left of it."""
        with contextlib.suppress(ProcessLookupError):  # it has ended
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def appeared(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
