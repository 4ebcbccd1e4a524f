"""Real processes: found with all their descendants, frozen, killed, and never mistaken for another."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from galeractl.adapters import processes
from galeractl.adapters.processes import MARKER
from galeractl.core.programs import Process

TREE = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print("ready", flush=True)
time.sleep(60)
"""


def until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.01)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[tuple[Process, Path]]:
    """A program with a child in a session of its own, as an entrypoint with its server."""
    log = tmp_path / "log" / "program.log"
    environment = {**os.environ, MARKER: str(tmp_path)}
    process = processes.spawn([sys.executable, "-c", TREE], environment, log)
    until(lambda: b"ready" in log.read_bytes(), "the child")
    yield process, tmp_path
    for one in processes.family([process], str(tmp_path)):
        processes.send(one, signal.SIGKILL)
    processes.wait_gone([process], 10)


def test_a_program_runs_in_its_own_session_and_its_output_is_in_the_log(node: tuple[Process, Path]) -> None:
    process, _folder = node
    assert os.getsid(process.pid) == process.pid
    assert processes.running(process) is not None


def test_descendants_in_other_sessions_belong_to_the_family(node: tuple[Process, Path]) -> None:
    process, _folder = node
    family = processes.family([process], None)
    assert len(family) == 2
    assert {seen.parent for one, seen in family.items() if one != process} == {process.pid}


def test_an_orphan_is_found_by_its_mark(node: tuple[Process, Path]) -> None:
    process, folder = node
    (child,) = set(processes.family([process], None)) - {process}
    assert processes.send(process, signal.SIGKILL)
    assert processes.wait_gone([process], 10) == ()
    assert set(processes.family([process], None)) == set()
    assert set(processes.family([process], str(folder))) == {child}


def test_a_mark_that_only_begins_alike_is_another_node(node: tuple[Process, Path]) -> None:
    _process, folder = node
    assert processes.family([], str(folder)[:-1]) == {}


def test_paused_and_resumed(node: tuple[Process, Path]) -> None:
    process, _folder = node

    def is_paused() -> bool:
        seen = processes.running(process)
        return seen is not None and seen.is_paused

    assert processes.send(process, signal.SIGSTOP)
    until(is_paused, "the pause")
    assert processes.send(process, signal.SIGCONT)
    until(lambda: not is_paused(), "the end of the pause")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"started": 1}, id="a recycled pid"),
        pytest.param({"boot_id": "another"}, id="a pid from before a reboot"),
    ],
)
def test_another_process_is_never_hit(node: tuple[Process, Path], change: dict[str, object]) -> None:
    process, _folder = node
    stranger = dataclasses.replace(process, **change)  # type: ignore[arg-type]
    assert processes.running(stranger) is None
    assert not processes.send(stranger, signal.SIGKILL)
    assert processes.running(process) is not None


def test_a_zombie_is_gone() -> None:
    pid = os.posix_spawn("/bin/true", ["/bin/true"], {})
    try:
        until(lambda: pid not in processes.everything(), "the end of /bin/true")
    finally:
        os.waitpid(pid, 0)


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        processes.spawn([str(tmp_path / "nothing")], {}, tmp_path / "log")
