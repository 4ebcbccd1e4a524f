"""Faults of processes: paused for a moment and for long, starved, a candidate that sleeps over its votes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from galeractl.adapters.local_dir import Place
from galeractl.core.network import AGENT_PORT
from galeractl.local import orders
from galeractl.local.launch import NAMESPACE
from tests.support.cluster import LocalCluster, Node, copied, wait_for
from tests.support.trial import Trial, timed, under_writes

NAMES = ("db-0", "db-1", "db-2")
SHORT_SECONDS = 1.0  # less than the two of evs.suspect_timeout
LONG_SECONDS = (3.0, 20.0)
SHARE = 0.05  # of a core, as by a limit of 50m
PERIOD_SECONDS = 0.1  # of the scheduler's bandwidth control
TRIES = 5


@pytest.fixture(scope="module")
def running(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    with copied(stopped, yard / "processes") as made:
        yield made


@pytest.fixture
def cluster(running: LocalCluster) -> LocalCluster:
    """All three Synced."""
    running.start()
    running.wait_for_synced()
    return running


@contextmanager
def paused(pid: int) -> Iterator[None]:
    """A process that gets no time at all."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def memberships(trial: Trial, name: str) -> list[tuple[str, ...]]:
    """The memberships of the Primary that a node went through."""
    seen = [one.members for one in trial.samples(name) if one.is_primary]
    return [now for before, now in zip([(), *seen], seen, strict=False) if before != now]


def test_a_server_that_is_paused_for_less_than_the_suspicion_stays_a_member(cluster: LocalCluster) -> None:
    with under_writes(cluster, "db-0") as trial:
        with paused(trial.before["db-2"].server):
            time.sleep(SHORT_SECONDS)
        trial.write_on(1)
    assert memberships(trial, "db-0") == [NAMES]
    trial.judge(f"server paused for {SHORT_SECONDS:g} s", undisturbed=NAMES, gap=SHORT_SECONDS + 1)


@pytest.mark.parametrize("seconds", LONG_SECONDS)
def test_a_node_that_is_paused_for_longer_is_left_out_and_comes_back_as_the_process_it_was(
    cluster: LocalCluster, seconds: float
) -> None:
    with under_writes(cluster, "db-0", "db-1") as trial:
        cluster.galeractl("local", "pause", "db-2")
        time.sleep(seconds)
        cluster.galeractl("local", "resume", "db-2")
        back = timed(lambda: wait_for("three members", lambda: (seen := trial.latest("db-0")) and seen.members == NAMES,
                                      30, cluster.words))  # fmt: skip
        cluster.wait_for_synced()
        trial.write_on(0.5)
    assert ("db-0", "db-1") in memberships(trial, "db-0")
    trial.judge(f"node paused for {seconds:g} s", undisturbed=NAMES, gap=4, back_seconds=back)


def throttle(pid: int, seconds: float) -> None:
    """Give a process `SHARE` of a core for so long: what the scheduler does to a container beyond its limit."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with paused(pid):
            time.sleep(PERIOD_SECONDS * (1 - SHARE))
        time.sleep(PERIOD_SECONDS * SHARE)


def test_a_server_with_a_twentieth_of_a_core_slows_the_others_and_is_not_taken_for_dead(cluster: LocalCluster) -> None:
    with under_writes(cluster, "db-0") as trial:
        starved = threading.Thread(target=throttle, args=(trial.before["db-2"].server, 8.0))
        starved.start()
        since = time.monotonic()
        starved.join()
        slow = trial.gap(since)
        trial.write_on(0.5)
    changes = {name: memberships(trial, name) for name in NAMES}
    assert changes == {name: [NAMES] for name in NAMES}
    trial.judge("a twentieth of a core", undisturbed=NAMES, gap=3, starved_gap_seconds=slow)


def granted(node: Node, since: int) -> bool:
    return "granted=True" in node.log()[since:]


def a_word_from_inside(cluster: LocalCluster, name: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`galeractl` as in a pod, where nobody sees that the processes of a silent node are only paused."""
    pod = {
        "POD_NAME": name,
        "POD_NAMESPACE": NAMESPACE,
        "PEERFINDER_RUN_DIR": str(cluster.node(name).run),
        "PEERFINDER_PORT": str(AGENT_PORT),
        "PEERFINDER_TOKEN_FILE": str(Place(cluster.directory).secret("token")),
    }
    command = [sys.executable, "-m", "galeractl", *words]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | pod, timeout=90, check=False)


def test_a_candidate_that_sleeps_over_its_votes_does_not_start_beside_the_one_that_was_started_without_it(
    cluster: LocalCluster,
) -> None:
    """Its promise of a moment ago is worth nothing: when it wakes up it looks again, and joins."""
    place = Place(cluster.directory)
    with under_writes(cluster, "db-0") as trial:
        pass
    for _try in range(TRIES):
        orders.cut_off(place, NAMES)
        said = {node.name: len(node.log()) for node in cluster.nodes}
        cluster.start(wait=False)
        candidate = trial.pids("db-0")
        deadline = time.monotonic() + 30
        while not all(granted(cluster.node(name), said[name]) for name in ("db-1", "db-2")):  # a hurry: no pause
            assert time.monotonic() < deadline, cluster.words()
        os.kill(candidate.entrypoint, signal.SIGSTOP)
        orders.pause(place, "db-0")
        if "started bootstrap" not in cluster.node("db-0").log()[said["db-0"] :]:
            break
        orders.resume(place, "db-0")
        cluster.wait_for_synced()
    else:
        pytest.fail(f"in {TRIES} tries the candidate was never caught between its votes and its start")
    assert "standing ballot=" in cluster.node("db-0").log()[said["db-0"] :]
    cluster.wait_for_decision("db-1", "wait", "waiting for db-0 (")
    excluded = a_word_from_inside(cluster, "db-1", "recover", "--without", "db-0", "--yes", "--timeout", "60")
    assert excluded.returncode == 0, excluded.stdout + excluded.stderr
    others = timed(lambda: cluster.wait_for_synced("db-1", "db-2"))
    cluster.write("db-1", 3)
    orders.resume(place, "db-0")
    cluster.wait_for_synced("db-0")
    woken = cluster.node("db-0").log()[said["db-0"] :]
    assert "started bootstrap" not in woken
    assert "started join" in woken
    trial.judge("a candidate sleeps over its votes", undisturbed=(), gap=2, others_seconds=others)
