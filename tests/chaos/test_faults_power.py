"""Faults of power and of what it leaves behind: a killed shutdown, lost volumes, a half-done ALTER, a stale view."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pymysql
import pytest

from galeractl.adapters.local_dir import Place
from galeractl.local import orders
from tests.support.cluster import LocalCluster, Node, copied, wait_for
from tests.support.trial import timed, under_writes

NAMES = ("db-0", "db-1", "db-2")
ZERO = "00000000-0000-0000-0000-000000000000"
# An ALTER that lasts for seconds on every node: each row is copied, and its check hashes a hundred megabytes.
SLOW_CHECK = " AND ".join(f"SHA2(CONCAT({number}, REPEAT(v, 400000)), 512) <> v" for number in range(8))
SLOW_ALTER = f"ALTER TABLE lab.t ADD CONSTRAINT slow CHECK ({SLOW_CHECK}), ALGORITHM=COPY"


@pytest.fixture(scope="module")
def running(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    with copied(stopped, yard / "power") as made:
        yield made


@pytest.fixture
def cluster(running: LocalCluster) -> LocalCluster:
    """All three Synced."""
    running.start()
    return running


def cut_power(cluster: LocalCluster, *names: str) -> None:
    orders.cut_off(Place(cluster.directory), names or NAMES)


def transfers(node: Node) -> list[str]:
    """How the node got what it lacked, at its last start."""
    last = node.log().rsplit("observed", 1)[1]
    return [how for how, said in (("IST", "IST received"), ("SST", "Proceeding with SST")) if said in last]


def test_a_node_that_is_killed_in_the_middle_of_its_shutdown_is_back_without_a_full_copy(cluster: LocalCluster):
    node = cluster.node("db-2")
    with under_writes(cluster, "db-0", "db-1") as trial:
        said = len(node.log())
        os.kill(trial.pids("db-2").entrypoint, signal.SIGTERM)
        wait_for("the server to be told", lambda: "stopping the server" in node.log()[said:], 10, cluster.words)
        cut_power(cluster, "db-2")
        assert "the server ended" not in node.log()[said:]
        trial.write_on(1)
        cluster.start("db-2")
        trial.write_on(0.5)
    trial.judge("killed in its shutdown", undisturbed=("db-0", "db-1"), gap=4)
    assert "SST" not in transfers(node)


def test_a_view_that_galera_saved_long_ago_or_that_is_garbage_elects_nobody(cluster: LocalCluster):
    with under_writes(cluster, "db-2") as trial:
        cluster.stop("db-0")
        alone = cluster.node("db-2").datadir / "gvwstate.dat"
        stale = alone.read_bytes()  # of two nodes
        cluster.start("db-0")
        trial.write_on(0.5)
    cut_power(cluster)
    alone.write_bytes(stale)
    (cluster.node("db-0").datadir / "gvwstate.dat").write_bytes(bytes(range(256)))
    (cluster.node("db-1").datadir / "gvwstate.dat").write_bytes(stale[: len(stale) // 2])
    cluster.start("db-1", "db-2", wait=False)
    reason = cluster.wait_for_decision("db-2", "wait", "waiting for db-0 (")
    assert reason.endswith("it was in the newest Primary view)")
    back = timed(cluster.start)
    trial.judge("stale and spoilt gvwstate.dat", undisturbed=(), gap=5, back_seconds=back)


def test_all_killed_in_the_middle_of_an_alter_keep_their_data_though_galera_saved_no_uuid(cluster: LocalCluster):
    with under_writes(cluster, "db-0") as trial:
        pass
    rows = cluster.rows()
    ended = threading.Event()

    def alter() -> None:
        with suppress(pymysql.Error):
            cluster.node("db-1").sql(SLOW_ALTER)
            ended.set()

    thread = threading.Thread(target=alter)
    thread.start()
    marked = lambda: all(ZERO in (node.datadir / "grastate.dat").read_text() for node in cluster.nodes)  # noqa: E731 - one use
    wait_for("every node to be in the ALTER", marked, 10, cluster.words)
    cut_power(cluster)
    thread.join()
    assert not ended.is_set()
    assert marked()
    back = timed(cluster.start)
    for node in cluster.nodes:
        last = node.log().rsplit("observed", 1)[1]
        assert "source=--wsrep-recover" in last
        assert transfers(node) in ([], ["IST"])
    assert cluster.rows() == rows
    trial.judge("killed in an ALTER", undisturbed=(), gap=5, back_seconds=back)


def test_two_volumes_lost_in_a_full_crash_are_filled_from_the_third(cluster: LocalCluster):
    history = cluster.uuids()
    with under_writes(cluster, "db-0") as trial:
        pass
    for name in NAMES:
        cluster.rows(name)  # every write is applied, so that the third volume has all of them
    cut_power(cluster)
    cluster.galeractl("local", "wipe", "db-0", "db-1")
    back = timed(cluster.start)
    assert cluster.uuids() == history
    trial.judge("two volumes lost in a full crash", undisturbed=(), gap=5, back_seconds=back)
