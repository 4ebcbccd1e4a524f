"""Faults of one node's disk: full, hanging, and data that the storage engine cannot read."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.chaos.faults import Fault, How, What, Whom
from tests.support.chaos.machine import fill, small_volumes
from tests.support.cluster import LocalCluster, wait_for
from tests.support.trial import timed, under_writes

NAMES = ("db-0", "db-1", "db-2")
FULL_SECONDS = 10.0  # longer than a node takes to leave and to ask for a state transfer
LARGE = "INSERT INTO lab.large (filler) VALUES (REPEAT('x', 500000))"
HANG_SECONDS = 8.0  # the sidecar asks its server each second, and waits for an answer for a second or two
DISK_BYTES = 400 << 20
TOO_SMALL_BYTES = 52 << 20  # the ring of write sets takes 32 of it, and the data more than the rest


@pytest.fixture
def small(cluster: LocalCluster) -> Iterator[LocalCluster]:
    """A cluster on volumes that have little space left."""
    with small_volumes(cluster.directory):
        yield cluster
        cluster.kill()


def test_a_full_volume_costs_its_node_only_which_is_back_when_there_is_space(small: LocalCluster):
    small.start()
    small.node("db-0").sql("CREATE TABLE lab.large (id SERIAL, filler MEDIUMTEXT)")
    volume = small.node("db-2").volume
    filler = threading.Thread(target=fill, args=(volume, Fault(What.FILL, Whom.ONE, How.AT_ONCE, 0, FULL_SECONDS)))
    with under_writes(small, "db-0", "db-1") as trial:
        filler.start()
        wait_for("the volume of db-2 to be full", lambda: shutil.disk_usage(volume).free < 1 << 20, 10)
        full, mark = time.monotonic(), len(small.node("db-2").log())
        while time.monotonic() < full + FULL_SECONDS:
            small.node("db-0").sql(LARGE, "DELETE FROM lab.large WHERE id + 10 < LAST_INSERT_ID()")
        filler.join()
        back = timed(lambda: small.wait_for_synced("db-2", seconds=60))
        trial.write_on(0.5)
    words = small.node("db-2").log()[mark:]
    assert "No space left on device; check its owner, mode, mount options and free space" in words
    assert len({str(node.sql("CHECKSUM TABLE lab.large")) for node in small.nodes}) == 1
    trial.judge("one volume full", undisturbed=("db-0", "db-1"), gap=FULL_SECONDS, back_seconds=back)


def resize(volume: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(volume)], check=True)


@contextmanager
def too_small(volume: Path) -> Iterator[Callable[[], None]]:
    """A new volume that a state transfer does not fit into; gives what makes it large enough."""
    volume.mkdir()
    size = f"size={TOO_SMALL_BYTES},mode=755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(volume)], check=True)
    try:
        yield lambda: resize(volume, DISK_BYTES)
    finally:
        subprocess.run(["umount", "--lazy", str(volume)], check=True)


@contextmanager
def on_a_disk_of_its_own(volume: Path) -> Iterator[Path]:
    """A stopped node's volume on a file system that can be frozen; gives its mount point."""
    image, aside = volume.with_name("disk"), volume.with_name("volume.aside")
    with image.open("wb") as file:
        file.truncate(DISK_BYTES)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    volume.rename(aside)
    volume.mkdir()
    subprocess.run(["mount", "-o", "loop", str(image), str(volume)], check=True)
    try:
        subprocess.run(["cp", "-a", "--sparse=always", f"{aside}/.", str(volume)], check=True)
        subprocess.run(["chown", "--reference", str(aside), str(volume)], check=True)
        yield volume
    finally:
        subprocess.run(["umount", "--lazy", str(volume)], check=True)
        shutil.rmtree(aside)


@contextmanager
def hanging(disk: Path) -> Iterator[None]:
    """Every write to this disk waits."""
    subprocess.run(["fsfreeze", "-f", str(disk)], check=True)
    try:
        yield
    finally:
        subprocess.run(["fsfreeze", "-u", str(disk)], check=True)


def test_a_disk_that_hangs_makes_its_node_unready_and_holds_nobody_else_up(cluster: LocalCluster):
    with on_a_disk_of_its_own(cluster.node("db-2").volume) as disk:
        cluster.start()
        with under_writes(cluster, "db-0") as trial:
            with hanging(disk):
                began = time.monotonic()
                time.sleep(HANG_SECONDS)
                held_up = trial.gap(began)
                told = json.loads((cluster.node("db-2").run / "cluster.json").read_text())
                assert not told["ready"]
            trial.write_on(0.5)
        back = timed(lambda: cluster.rows("db-2"))
        trial.judge(f"a disk hangs for {HANG_SECONDS:g} s", undisturbed=NAMES, gap=4,
                    held_up_seconds=held_up, back_seconds=back)  # fmt: skip
        cluster.kill()


def spoil(file: Path) -> bytes:
    """Turn every byte of the first pages around; gives what they were."""
    whole = file.read_bytes()
    head = min(len(whole), 4 << 20)
    with file.open("r+b") as stream:
        stream.write(bytes(byte ^ 0xFF for byte in whole[:head]))
    return whole


def test_data_that_cannot_be_read_are_waited_for_by_name_while_they_may_be_the_newest(crashed: LocalCluster):
    node = crashed.node("db-1")
    system = node.datadir / "ibdata1"
    whole = spoil(system)
    crashed.start(wait=False)
    crashed.wait_for_decision("db-1", "refuse", "mariadbd --wsrep-recover ended with ")
    sentence = "waiting for db-1 (cannot read its data: mariadbd --wsrep-recover ended with "
    own = "; it was in the newest Primary view)"

    def waits_for_it_alone() -> bool:
        kind, reason = crashed.node("db-0").decision()
        return kind == "wait" and reason.startswith(sentence) and reason.endswith(own) and "db-2" not in reason

    wait_for("db-0 to wait for db-1 alone", waits_for_it_alone, 60, crashed.words)
    assert not crashed.uuids()
    with system.open("r+b") as stream:
        stream.write(whole)
    crashed.wait_for_synced()
    assert crashed.rows() == 20
    assert len(crashed.checksums()) == 1


def test_data_that_cannot_be_read_are_not_waited_for_when_they_are_known_to_be_old(cluster: LocalCluster):
    cluster.start()
    cluster.stop("db-1")
    cluster.write("db-0", 5)
    cluster.kill("db-0", "db-2")
    node = cluster.node("db-1")
    (node.datadir / "grastate.dat").unlink()  # else its saved position is believed without a look at the data
    spoil(node.datadir / "ibdata1")
    cluster.start(wait=False)
    cluster.wait_for_synced("db-0", "db-2")
    assert cluster.rows("db-0") == 25
    cluster.wait_for_decision("db-1", "refuse", "mariadbd --wsrep-recover ended with ")
    assert "proven irrelevant: db-1" in cluster.node("db-0").log() + cluster.node("db-2").log()
    assert len({str(cluster.node(name).sql("CHECKSUM TABLE lab.t")) for name in ("db-0", "db-2")}) == 1
