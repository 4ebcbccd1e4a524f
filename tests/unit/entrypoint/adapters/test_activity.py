"""The counters of processes, and the script of a state transfer among them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from entrypoint.adapters.activity import activity, find_script, kill, size_of_data
from entrypoint.adapters.children import descendants

Start = Callable[..., subprocess.Popen[bytes]]
COPY = "mbstream < /dev/zero > /dev/null & wait"
"""A program that moves bytes below a shell, under the name of one that unpacks."""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a pretended script as the server starts the real one: a shell that runs a shell."""
    shutil.copy(shutil.which("cat") or "", tmp_path / "mbstream")
    script = tmp_path / "wsrep_sst_pretended"
    script.write_text(f'#!/bin/bash\nPATH="{tmp_path}:$PATH"\n{COPY}\n')
    script.chmod(0o755)
    started = []

    def run(*arguments: str) -> subprocess.Popen[bytes]:
        line = " ".join([str(script), *arguments])
        process = subprocess.Popen(["sh", "-c", f"{line}; true"], start_new_session=True)
        started.append(process)
        return process

    yield run
    for process in started:
        with contextlib.suppress(ProcessLookupError):  # it has ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def appeared(condition: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def family(process: subprocess.Popen[bytes]) -> tuple[int, ...]:
    return (process.pid, *descendants(process.pid))


@pytest.mark.parametrize(
    ("role", "address", "peer"),
    [
        ("joiner", "10.0.0.3", ""),
        ("donor", "10.0.0.3:4444/xtrabackup_sst//1", "10.0.0.3"),
        ("donor", "cn:a-secret@10.0.0.3:4444/xtrabackup_sst//1", "10.0.0.3"),
        ("donor", "[fd00::3]:4444/xtrabackup_sst//1", "fd00::3"),
    ],
)
def test_a_script_is_found_with_its_role_and_whom_it_serves(
    start: Start, tmp_path: Path, role: str, address: str, peer: str
):
    process = start("--role", role, "--address", f"'{address}'", "--datadir", str(tmp_path))
    assert appeared(lambda: find_script(family(process)))
    script = find_script(family(process))
    assert script is not None
    assert (script.role, script.peer) == (role, peer)


def test_what_its_programs_move_grows_and_stands_still_while_they_are_stopped(start: Start, tmp_path: Path):
    process = start("--role", "joiner", "--address", "10.0.0.3", "--datadir", str(tmp_path))

    def moved() -> int:
        script = find_script(family(process))
        return sum(one.read for one in script.programs) if script else 0

    assert appeared(moved)
    script = find_script(family(process))
    assert script is not None
    assert {one.command for one in script.programs} == {"mbstream"}
    before = moved()
    assert appeared(lambda: moved() > before)
    for one in script.programs:
        os.kill(one.pid, signal.SIGSTOP)
    assert appeared(lambda: all("State:\tT" in Path(f"/proc/{one.pid}/status").read_text() for one in script.programs))
    stopped = moved()
    time.sleep(0.5)  # time in which it would move
    assert moved() == stopped
    kill(one.pid for one in script.programs)
    assert appeared(lambda: process.poll() is not None)


def test_among_other_processes_there_is_no_script():
    assert find_script((os.getpid(),)) is None
    assert find_script(()) is None


def test_the_own_process_has_counters_and_one_that_is_gone_has_none():
    mine = activity(os.getpid())
    assert mine is not None
    assert mine.cpu > 0
    assert mine.age > 0
    process = subprocess.Popen(["true"])
    process.wait()
    assert activity(process.pid) is None


def test_the_size_of_data_is_that_of_its_tables(tmp_path: Path):
    (tmp_path / "shop").mkdir()
    for name, size in (("ibdata1", 1), ("undo001", 2), ("shop/a.ibd", 4), ("shop/b.MAD", 8), ("galera.cache", 16)):
        (tmp_path / name).write_bytes(bytes(size))
    assert size_of_data(tmp_path) == 15
    assert size_of_data(tmp_path / "missing") == 0
