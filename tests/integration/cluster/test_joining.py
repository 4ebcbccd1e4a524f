"""A node without data gets another one's: by a copy and write sets, and by Galera's state transfer where none is had.

What is told apart by is the log of the joiner's entrypoint: a server that a copy filled is started at a position.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.support.cluster
from tests.support.cluster import LocalCluster, copied, wait_for

SECONDS = 90.0
ROWS = 20_000  # of a kilobyte, so that a copy lasts long enough to be met


@pytest.fixture(scope="module")
def running(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    with copied(stopped, yard / "joining") as made:
        made.start()
        made.node("db-0").sql("CREATE TABLE lab.big (id INT PRIMARY KEY, b LONGBLOB)")
        made.node("db-0").sql("USE lab", f"INSERT INTO big SELECT seq, RANDOM_BYTES(1024) FROM seq_1_to_{ROWS}")
        yield made


@pytest.fixture
def cluster(running: LocalCluster) -> LocalCluster:
    """db-0 the writer, db-1 its secondary, and db-2 without a volume's content and a log."""
    running.start()
    wait_for("two at rest", lambda: at_rest(running, "db-0") and at_rest(running, "db-1"), SECONDS, running.words)
    if running.status()["writer"] != "db-0":
        running.galeractl("takeover", "--to", "db-0")
    running.stop("db-2")
    running.galeractl("local", "wipe", "db-2")
    (running.node("db-2").home / "log" / "entrypoint.log").unlink(missing_ok=True)
    return running


def at_rest(cluster: LocalCluster, name: str) -> bool:
    node = cluster.node(name)
    return node.status("wsrep_local_state_comment") == "Synced" and node.status("wsrep_desync_count") == "0"


def backups(cluster: LocalCluster, name: str, what: bytes = b"--backup") -> list[int]:
    """The processes of mariadb-backup that copy a node, or prepare its copy."""
    home, found = os.fsencode(cluster.node(name).home), []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if what in words and any(home in word for word in words):
            found.append(int(entry.name))
    return found


def held(cluster: LocalCluster, name: str) -> int:
    """Stop the copy of a node in its tracks, as soon as there is one; gives its process."""
    (pid,) = wait_for(f"a copy of {name}", lambda: backups(cluster, name), 60, cluster.words)
    os.kill(pid, signal.SIGSTOP)
    return int(pid)


def assert_whole(cluster: LocalCluster, joiner: str = "db-2") -> None:
    """Every node has the same, and nobody was left out of flow control."""
    cluster.wait_for_synced(joiner, seconds=SECONDS)
    for name in ("db-0", "db-1", joiner):
        wait_for(f"{name} at rest", lambda name=name: at_rest(cluster, name), SECONDS, cluster.words)
    rows = "SET STATEMENT wsrep_sync_wait=1 FOR SELECT COUNT(*), SUM(CRC32(b)) FROM lab.big"
    assert cluster.node(joiner).sql(rows) == cluster.node("db-0").sql(rows)
    assert len(cluster.checksums()) == 1
    volume = cluster.node(joiner).volume
    assert {path.name for path in volume.iterdir()} <= {"data", "lock", "node-record.json"}
    assert not cluster.node(joiner).record()["incomplete"]


def starts(cluster: LocalCluster, how: str = "") -> int:
    """How often the joiner's server was started, in a certain way."""
    return sum("started join pid=" in line and how in line for line in cluster.node("db-2").log().splitlines())


def was_copied_from(cluster: LocalCluster, donor: str) -> bool:
    return f" from {donor} in " in cluster.node("db-2").log()


def test_a_node_without_data_copies_a_secondary_and_gets_the_rest_as_write_sets(cluster: LocalCluster) -> None:
    cluster.start("db-2", wait=False)
    pid = held(cluster, "db-1")
    try:
        cluster.write("db-0", 30)  # nobody waits for who is copied
        told = cluster.status()
        flags = {node["name"]: node["flags"] for node in told["nodes"]}
        assert "donor" in flags["db-1"], told
        states = {node["name"]: node["state"] for node in told["nodes"]}
        phases = {node["name"]: node["phase"] for node in told["nodes"]}
        assert phases["db-2"] == "copying", (states, phases)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert_whole(cluster)
    assert was_copied_from(cluster, "db-1")
    assert starts(cluster) == 1
    assert not starts(cluster, "position=None")


def test_a_joiner_that_loses_power_in_the_middle_of_a_copy_begins_anew(cluster: LocalCluster) -> None:
    cluster.start("db-2", wait=False)
    held(cluster, "db-1")
    cluster.kill("db-2")
    assert (cluster.node("db-2").volume / "copy").exists()
    wait_for("the copy of db-1 to end", lambda: not backups(cluster, "db-1"), 60, cluster.words)
    cluster.start("db-2")
    assert_whole(cluster)
    assert was_copied_from(cluster, "db-1")


def test_a_donor_whose_copy_fails_is_not_asked_again_and_the_next_one_is(cluster: LocalCluster) -> None:
    cluster.start("db-2", wait=False)
    os.kill(held(cluster, "db-1"), signal.SIGKILL)
    assert_whole(cluster)
    assert "no copy from db-1: mariadb-backup was ended by signal 9" in cluster.node("db-2").log()
    assert was_copied_from(cluster, "db-0")


def test_a_donor_that_loses_power_in_the_middle_of_a_copy(cluster: LocalCluster) -> None:
    cluster.start("db-2", wait=False)
    held(cluster, "db-1")
    cluster.kill("db-1")  # a half of the Primary
    joiner = cluster.node("db-2")
    wait_for("the copy to be given up", lambda: joiner.facts().get("phase") != "copying", 30, cluster.words)
    assert not (joiner.volume / "copy").exists()
    cluster.start("db-1")
    assert_whole(cluster)


def test_a_copy_is_given_up_when_the_primary_is_gone_and_all_come_back(cluster: LocalCluster) -> None:
    cluster.write("db-0", 7)
    rows = cluster.rows()
    cluster.start("db-2", wait=False)
    pid = held(cluster, "db-1")
    cluster.kill("db-0", "db-1", what="mariadbd")
    wait_for(
        "the copy to be given up", lambda: cluster.node("db-2").facts().get("phase") != "copying", 30, cluster.words
    )
    os.kill(pid, signal.SIGCONT) if pid in backups(cluster, "db-1") else None
    assert_whole(cluster)
    assert cluster.rows("db-2") == rows


def test_galeras_state_transfer_is_what_is_left_or_asked_for(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tests.support.cluster.ENVIRONMENT, "GALERA_STATE_TRANSFER", "sst")
    cluster.start("db-2")
    assert_whole(cluster)
    assert starts(cluster, "position=None")
    assert "taking a copy" not in cluster.node("db-2").log()


def test_a_joiner_is_not_taken_for_one_that_holds_data_before_its_copy_is_whole(cluster: LocalCluster) -> None:
    cluster.start("db-2", wait=False)
    pid = held(cluster, "db-1")
    try:
        facts = cluster.node("db-2").facts()
        assert (facts["phase"], facts["datadir"], facts["position"]) == ("copying", "empty", None)
        assert json.dumps(facts["progress"])
    finally:
        os.kill(pid, signal.SIGCONT)
    assert_whole(cluster)
