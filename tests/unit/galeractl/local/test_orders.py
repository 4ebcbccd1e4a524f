"""Orders to stand-ins for a node's programs: a power cut, a pause, a graceful stop, a wipe."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from galeractl.adapters import local_dir, processes
from galeractl.adapters.local_dir import Place
from galeractl.adapters.processes import MARKER
from galeractl.core.programs import Kind, Programs
from galeractl.core.settings import ClusterSettings
from galeractl.core.trouble import Code, Trouble
from galeractl.local import creation, naming, orders
from galeractl.operator.looking import programs_of

SETTINGS = ClusterSettings("local-test", 250, 2)

ENTRYPOINT = """
import signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
def stop(*_):
    child.terminate()
    child.wait()
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
while True:
    time.sleep(1)
"""
STUBBORN = ENTRYPOINT.replace("signal.signal(signal.SIGTERM, stop)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
AGENT = "print('ready', flush=True)\nimport time\ntime.sleep(60)"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    local_dir.write_settings(found, SETTINGS)
    for name in SETTINGS.names:
        creation.prepare_node(found, SETTINGS, name)
    yield found
    orders.cut_off(found, SETTINGS.names)


def run(place: Place, name: str, entrypoint: str = ENTRYPOINT) -> None:
    """Start stand-ins for both programs of a node."""
    node = place.node(name)
    started = {}
    for kind, code in ((Kind.AGENT, AGENT), (Kind.ENTRYPOINT, entrypoint)):
        log = node.log(kind)
        started[str(kind)] = processes.spawn([sys.executable, "-c", code], {**os.environ, MARKER: str(node.root)}, log)
        deadline = time.monotonic() + 20
        while b"ready" not in log.read_bytes():
            assert time.monotonic() < deadline, f"{kind} of {name} did not start"
            time.sleep(0.01)
    local_dir.write_pids(node.pids, started)
    naming.publish(place, SETTINGS, frozenset({*naming.published(place), name}))


def state(place: Place, name: str) -> Programs:
    return programs_of(place.node(name))


def test_a_power_cut_takes_every_program_of_one_node_and_leaves_it_in_the_dns(place: Place) -> None:
    run(place, "db-0")
    run(place, "db-1")
    assert orders.cut_off(place, ("db-0",)) == {"db-0": 3}
    assert (state(place, "db-0"), state(place, "db-1")) == (Programs.STOPPED, Programs.RUNNING)
    assert set(naming.published(place)) == {"db-0", "db-1"}


def test_pause_and_resume(place: Place) -> None:
    run(place, "db-0")
    assert orders.pause(place, "db-0") == 3
    assert state(place, "db-0") is Programs.PAUSED
    assert orders.resume(place, "db-0") == 3
    assert state(place, "db-0") is Programs.RUNNING


def test_a_graceful_stop_ends_all_and_leaves_the_dns(place: Place) -> None:
    run(place, "db-0")
    run(place, "db-1")
    assert orders.stop(place, SETTINGS, ("db-0",), 20) == ()
    assert (state(place, "db-0"), state(place, "db-1")) == (Programs.STOPPED, Programs.RUNNING)
    assert set(naming.published(place)) == {"db-1"}


def test_a_paused_node_can_be_stopped(place: Place) -> None:
    run(place, "db-0")
    orders.pause(place, "db-0")
    assert orders.stop(place, SETTINGS, ("db-0",), 20) == ()
    assert state(place, "db-0") is Programs.STOPPED


def test_a_node_that_does_not_stop_in_time_is_named_and_left_alone(place: Place) -> None:
    run(place, "db-0", STUBBORN)
    assert orders.stop(place, SETTINGS, ("db-0",), 0.3) == ("db-0",)
    assert state(place, "db-0") is Programs.RUNNING
    assert set(naming.published(place)) == {"db-0"}


def test_only_a_stopped_node_can_be_wiped(place: Place) -> None:
    run(place, "db-0")
    with pytest.raises(Trouble) as refused:
        orders.wipe(place, ("db-0",))
    assert refused.value.code is Code.REFUSED
    orders.kill_nodes(place, ("db-0",), signal.SIGKILL)
    (place.node("db-0").volume / "data").mkdir()
    orders.wipe(place, ("db-0",))
    assert not place.node("db-0").volume.exists()


def test_a_dead_agent_is_seen(place: Place) -> None:
    run(place, "db-0")
    processes.send(local_dir.read_pids(place.node("db-0").pids)[Kind.AGENT], signal.SIGKILL)
    processes.wait_gone([local_dir.read_pids(place.node("db-0").pids)[Kind.AGENT]], 10)
    assert state(place, "db-0") is Programs.ENTRYPOINT_ONLY


def test_a_child_that_outlived_both_programs_is_seen_and_can_be_killed(place: Place) -> None:
    run(place, "db-0")
    mains = local_dir.read_pids(place.node("db-0").pids).values()
    for one in mains:
        processes.send(one, signal.SIGKILL)
    processes.wait_gone(mains, 10)
    assert state(place, "db-0") is Programs.LEFTOVERS
    assert orders.cut_off(place, ("db-0",)) == {"db-0": 1}
    assert state(place, "db-0") is Programs.STOPPED
