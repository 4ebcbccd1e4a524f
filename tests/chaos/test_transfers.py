"""State transfers that are slow, stand still or are cut off: on real servers.

All nodes run with a limit of standstill of LIMIT seconds, so that what takes longer shows what is judged.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tests.support.cluster
from entrypoint.adapters.children import descendants
from tests.support.cluster import LocalCluster, Node, copied, wait_for

LIMIT = 8.0
ROWS = 160  # of a megabyte each: enough that a transfer can be stopped in its middle
TRANSFER = frozenset({"socat", "mbstream", "mariadb-backup"})
JOINER, REST = "db-1", ("db-0", "db-2")


@pytest.fixture(scope="module")
def cluster(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    """Three Synced nodes with data, under a small limit."""
    with pytest.MonkeyPatch.context() as patch, copied(stopped, yard / "transfers") as made:
        patch.setitem(tests.support.cluster.ENVIRONMENT, "GALERA_STALL_SECONDS", str(LIMIT))
        patch.setitem(tests.support.cluster.ENVIRONMENT, *tests.support.cluster.BY_SST)
        made.start()
        node = made.node("db-0")
        node.sql("CREATE TABLE lab.big (id INT PRIMARY KEY, v LONGBLOB NOT NULL)")
        for row in range(ROWS):
            node.sql(f"INSERT INTO lab.big VALUES ({row}, REPEAT(SHA2({row}, 512), 8192))")
        made.wait_for_synced()
        yield made


def server_of(node: Node) -> int:
    return int(node.facts().get("server_pid") or 0)


def programs(node: Node) -> dict[str, list[int]]:
    """The programs of a state transfer below the node's server, by name."""
    found: dict[str, list[int]] = {}
    for pid in descendants(server_of(node)) if server_of(node) else ():
        with contextlib.suppress(OSError):
            found.setdefault(Path(f"/proc/{pid}/comm").read_text().strip(), []).append(pid)
    return {name: pids for name, pids in found.items() if name in TRANSFER}


def orphans(cluster: LocalCluster) -> list[str]:
    """Programs of state transfers that belong to this cluster, wherever they are."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            name = (entry / "comm").read_text().strip() if entry.name.isdecimal() else ""
            if name in TRANSFER and str(cluster.directory).encode() in (entry / "environ").read_bytes():
                found.append(f"{name} {entry.name}")
    return found


def progress(node: Node) -> dict[str, Any]:
    return node.facts().get("progress") or {}


class Stream:
    """The sending end of a state transfer to JOINER, in slices."""

    def __init__(self, cluster: LocalCluster) -> None:
        cluster.stop(JOINER)
        cluster.galeractl("local", "wipe", JOINER)
        cluster.start(JOINER, wait=False)
        others = [cluster.node(name) for name in REST]
        deadline = time.monotonic() + 60
        while True:  # a hurry: the whole copy takes less than a second
            sending = [node for node in others if {"mariadb-backup", "socat"} <= programs(node).keys()]
            if sending:
                break
            assert time.monotonic() < deadline, cluster.words()
            time.sleep(0.005)
        self.donor = sending[0]
        self.pids = programs(self.donor)["socat"]
        self.stop()

    def stop(self) -> None:
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def slice(self, seconds: float) -> None:
        """Let it run for a moment."""
        self.resume()
        time.sleep(seconds)
        with contextlib.suppress(ProcessLookupError):
            self.stop()

    def until(self, share: float, node: Node) -> int:
        """Let it run until the joiner has so much of the whole; gives the bytes."""
        deadline = time.monotonic() + 120
        while True:
            time.sleep(1.2)  # what the joiner says is a second old
            seen = progress(node)
            if seen.get("total") and seen["done"] >= share * seen["total"]:
                return int(seen["done"])
            assert time.monotonic() < deadline, seen
            self.slice(0.1 * share)


@pytest.fixture
def whole(cluster: LocalCluster) -> Iterator[Callable[[], None]]:
    """What must hold after each test: all are Synced and equal, and nothing of a transfer is left."""

    def check() -> None:
        cluster.wait_for_synced(seconds=150)
        sums = {str(node.sql("CHECKSUM TABLE lab.t, lab.big")) for node in cluster.nodes}
        assert len(sums) == 1
        wait_for("no program of a transfer to be left", lambda: not orphans(cluster), 10)
        node = cluster.node(JOINER)
        wait_for("the data to be known as whole", lambda: node.record()["incomplete"] == "", 10)
        assert not {".sst", "wsrep_sst.pid", "sst_in_progress"} & {path.name for path in node.datadir.iterdir()}

    yield check
    for name in REST:  # whatever a failed test has stopped
        for pids in programs(cluster.node(name)).values():
            for pid in pids:
                os.kill(pid, signal.SIGCONT)


def log_since(node: Node, mark: int) -> str:
    return node.log()[mark:]


def test_a_transfer_that_gets_on_is_never_ended_however_long_it_takes(cluster: LocalCluster, whole: Callable[[], None]):
    node = cluster.node(JOINER)
    stream, began = Stream(cluster), time.monotonic()
    server = server_of(node)
    seen = []
    while time.monotonic() - began < 4 * LIMIT:
        stream.slice(0.01)
        time.sleep(LIMIT * 0.6)
        assert server_of(node) == server, cluster.words()
        seen.append(progress(node))
    flags = next(one["flags"] for one in cluster.status()["nodes"] if one["name"] == JOINER)
    stream.resume()
    whole()
    assert server_of(node) == server
    assert {one["stage"] for one in seen} == {"sst"}
    assert [one["done"] for one in seen] == sorted(one["done"] for one in seen)
    assert seen[0]["done"] < seen[-1]["done"] <= seen[-1]["total"] * 1.1
    assert any(flag.startswith("sst ") and " of " in flag for flag in flags), flags


def test_a_transfer_that_stands_still_is_said_and_ended_and_the_next_one_succeeds(
    cluster: LocalCluster, whole: Callable[[], None]
):
    node, mark = cluster.node(JOINER), len(cluster.node(JOINER).log())
    stream = Stream(cluster)
    donor, donor_mark, donor_server = stream.donor, len(stream.donor.log()), server_of(stream.donor)
    stream.slice(0.02)
    server = server_of(node)

    def said() -> bool:
        one = next(one for one in cluster.status()["nodes"] if one["name"] == JOINER)
        return "stalled" in one["flags"] and "it is ended after" in one["reason"]

    wait_for("the standstill to be said", said, 3 * LIMIT, cluster.words)
    wait_for("the server to be ended", lambda: server_of(node) != server, 4 * LIMIT, cluster.words)
    whole()
    words = log_since(node, mark)
    assert "stalled stage=sst" in words
    assert "nothing of the state transfer has come or been prepared for" in words
    assert words.count("started join") == 2
    wait_for(
        "the donor to say that it has ended it",
        lambda: "ending the state transfer to" in log_since(donor, donor_mark),
        5,
    )
    assert server_of(donor) == donor_server


@pytest.mark.parametrize(("share", "what"), [(0.1, "mariadbd"), (0.5, "node"), (0.9, "mariadbd")])
def test_a_joiner_that_is_killed_in_a_transfer_starts_clean(
    cluster: LocalCluster, whole: Callable[[], None], share: float, what: str
):
    node = cluster.node(JOINER)
    stream = Stream(cluster)
    donor_server = server_of(stream.donor)
    assert stream.until(share, node) > 0
    cluster.kill(JOINER, what=what)
    stream.resume()
    wait_for(
        "the donor to be Synced again", lambda: stream.donor.status("wsrep_local_state_comment") == "Synced", 20,
        cluster.words,
    )  # fmt: skip
    if what == "node":
        assert node.record()["incomplete"]
        cluster.start(JOINER, wait=False)
    whole()
    assert server_of(stream.donor) == donor_server


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_a_donor_that_is_killed_in_a_transfer_is_succeeded_by_another(
    cluster: LocalCluster, whole: Callable[[], None], share: float
):
    stream = Stream(cluster)
    assert stream.until(share, cluster.node(JOINER)) > 0
    cluster.kill(stream.donor.name, what="mariadbd")
    whole()
