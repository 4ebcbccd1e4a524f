"""The counters of processes, and the script of a state transfer among them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from entrypoint.adapters.activity import activity, find_script, kill, size_of_data
from tests.support.transfer_script import TransferScript, appeared

Start = Callable[[str, str], TransferScript]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts pretended scripts."""
    started = []

    def run(role: str, address: str) -> TransferScript:
        started.append(TransferScript(tmp_path, role, address))
        return started[-1]

    yield run
    for script in started:
        script.end()


@pytest.mark.parametrize(
    ("role", "address", "peer"),
    [
        ("joiner", "10.0.0.3", ""),
        ("donor", "10.0.0.3:4444/xtrabackup_sst//1", "10.0.0.3"),
        ("donor", "cn:a-secret@10.0.0.3:4444/xtrabackup_sst//1", "10.0.0.3"),
        ("donor", "[fd00::3]:4444/xtrabackup_sst//1", "fd00::3"),
    ],
)
def test_a_script_is_found_with_its_role_and_whom_it_serves(start: Start, role: str, address: str, peer: str):
    process = start(role, address)
    assert appeared(lambda: find_script(process.family))
    script = find_script(process.family)
    assert script is not None
    assert (script.role, script.peer) == (role, peer)


def test_what_its_programs_move_grows_and_stands_still_while_they_are_stopped(start: Start):
    process = start("joiner", "10.0.0.3")

    def moved() -> int:
        script = find_script(process.family)
        return sum(one.read for one in script.programs) if script else 0

    assert appeared(moved)
    script = find_script(process.family)
    assert script is not None
    assert {one.command for one in script.programs} == {"mbstream"}
    before = moved()
    assert appeared(lambda: moved() > before)
    process.stop(tuple(one.pid for one in script.programs))
    stopped = moved()
    time.sleep(0.5)  # time in which it would move
    assert moved() == stopped
    kill(one.pid for one in script.programs)
    assert appeared(lambda: process.process.poll() is not None)


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
