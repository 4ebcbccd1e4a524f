"""What dead programs leave behind is found and ended, and nothing else is."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from entrypoint.adapters.children import end_orphans

Holder = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    """Starts a process that inherits an open file, and its lock, under a name of its own."""
    started = []

    def start(lock: Path, name: str, *, locks: bool = True) -> subprocess.Popen[bytes]:
        program = tmp_path / name
        shutil.copy(shutil.which("sleep") or "", program)
        with lock.open() as file:
            if locks:
                fcntl.flock(file, fcntl.LOCK_SH)
            process = subprocess.Popen([str(program), "60"], pass_fds=(file.fileno(),))
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_orphans_are_known_by_the_lock_that_they_inherited(tmp_path: Path, holder: Holder):
    lock, another = tmp_path / "lock", tmp_path / "another"
    lock.touch()
    another.touch()
    orphan, stranger, reader = holder(lock, "socat"), holder(another, "mbstream"), holder(lock, "tar", locks=False)
    assert end_orphans(lock) == (orphan.pid,)
    assert orphan.wait(5) < 0
    assert (stranger.poll(), reader.poll()) == (None, None)


@pytest.mark.parametrize("owner", ["mariadbd", "mysqld", "python3.11", "entrypoint"])
def test_beside_a_server_or_an_entrypoint_nothing_is_an_orphan(tmp_path: Path, holder: Holder, owner: str):
    lock = tmp_path / "lock"
    lock.touch()
    family = [holder(lock, name) for name in (owner, "socat")]
    assert end_orphans(lock) == ()
    assert [one.poll() for one in family] == [None, None]


def test_this_process_is_no_orphan_and_a_missing_lock_is_held_by_nobody(tmp_path: Path):
    lock = tmp_path / "lock"
    with lock.open("w"):
        assert end_orphans(lock) == ()
    assert end_orphans(tmp_path / "missing") == ()
