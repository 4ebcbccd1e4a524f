"""What a node must refuse: it says what was seen and what ends it, and leaves the data as they are."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.cluster import ENVIRONMENT, LocalCluster, Node, wait_for


def fingerprint(node: Node) -> str:
    """One digest over every file of the datadir that holds data."""
    digest = hashlib.sha256()
    for path in sorted(node.datadir.rglob("*")):
        if path.is_file() and path.name not in ("galera.cache", "gvwstate.dat", "ddl_recovery.log"):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


@pytest.mark.parametrize(
    ("snippet", "sentence"),
    [
        ("innodb_flush_log_at_trx_comit=1", "unknown variable 'innodb_flush_log_at_trx_comit=1'"),
        ("innodb_buffer_pool_size=abc", "Error while setting value 'abc' to 'innodb-buffer-pool-size'"),
        ("max_connections=99999999", "adjusted to"),
        ("wsrep_cluster_address=gcomm://", "a snippet sets wsrep-cluster-address to 'gcomm://'; it must stay"),
        ("wsrep_node_name=me", "a snippet sets wsrep-node-name to 'me'; it must stay 'db-0'"),
        ('wsrep_provider_options="evs.suspect_timout=PT2S"', "did you mean 'evs.suspect_timeout'"),
    ],
    ids=[
        "a typo",
        "a value that is none",
        "a value out of bounds",
        "an address that would start a new cluster",
        "a protected option",
        "a provider option's typo",
    ],
)
def test_a_bad_option_is_a_clear_error_and_touches_no_data(cluster: LocalCluster, snippet: str, sentence: str):
    node = cluster.node("db-0")
    before = fingerprint(node)
    (node.home / "conf.d" / "99-bad.cnf").write_text(f"[mariadbd]\n{snippet}\n")
    cluster.start(wait=False)
    cluster.wait_for_decision("db-0", "refuse", sentence)
    assert fingerprint(node) == before
    assert "started" not in node.log().rsplit("observed", 1)[1]
    (node.home / "conf.d" / "99-bad.cnf").unlink()
    cluster.wait_for_synced()
    assert cluster.rows() == 20


def test_data_of_a_foreign_history_are_refused_until_a_person_gives_them_up(cluster: LocalCluster):
    node = cluster.node("db-2")
    cluster.start()
    cluster.stop("db-2")
    grastate, record = node.datadir / "grastate.dat", node.volume / "node-record.json"
    foreign = "deadbeef-e56c-11f1-a93b-b3e152adb9b7"
    own = json.loads(record.read_text())["lineage"][0]["uuid"]
    grastate.write_text(grastate.read_text().replace(own, foreign))
    record.write_text(record.read_text().replace(own, foreign))
    before = fingerprint(node)
    cluster.start("db-2", wait=False)
    cluster.wait_for_decision("db-2", "refuse", "joining would wipe it")
    assert node.facts()["decision"]["remedy"] == "galeractl recover --discard db-2"
    assert fingerprint(node) == before
    cluster.recover("--discard", "db-2")
    cluster.wait_for_synced()
    assert cluster.rows("db-2") == 20
    assert foreign not in cluster.uuids()


def test_two_histories_and_no_primary_are_a_persons_business(cluster: LocalCluster):
    node = cluster.node("db-2")
    grastate, record = node.datadir / "grastate.dat", node.volume / "node-record.json"
    own = json.loads(record.read_text())["lineage"][0]["uuid"]
    foreign = "deadbeef-e56c-11f1-a93b-b3e152adb9b7"
    grastate.write_text(grastate.read_text().replace(own, foreign))
    record.write_text(record.read_text().replace(own, foreign))
    cluster.start(wait=False)
    cluster.wait_for_decision("db-0", "refuse", "the nodes hold different histories")
    assert not cluster.uuids()
    assert cluster.node("db-0").facts()["decision"]["remedy"] == "galeractl recover --discard db-2"
    cluster.recover("--discard", "db-2", "--timeout", "3", expect=3)
    cluster.wait_for_decision("db-0", "refuse", "no member of the newest Primary view (db-2) holds data")
    reached = str(cluster.node("db-1").facts()["position"]["seqno"])
    remedy = f"galeractl recover --bootstrap db-1 --expect-seqno {reached}"
    assert cluster.node("db-0").facts()["decision"]["remedy"] == remedy
    cluster.recover("--bootstrap", "db-1", "--expect-seqno", reached)
    cluster.wait_for_synced()
    assert cluster.uuids() == {own}
    assert cluster.rows("db-2") == 20


def test_all_volumes_lost_but_a_history_known_starts_nothing(cluster: LocalCluster):
    cluster.galeractl("local", "wipe", "db-0")
    cluster.galeractl("local", "wipe", "db-1")
    cluster.galeractl("local", "wipe", "db-2")
    cluster.start(wait=False)
    cluster.wait_for_decision("db-0", "refuse", "the volumes were lost")
    assert not cluster.uuids()


@contextmanager
def mounted(path: Path, options: str) -> Iterator[None]:
    """A small file system of its own at `path` with what was there copied in; needs root."""
    kept = path.with_name(path.name + ".kept")
    path.rename(kept)
    path.mkdir()
    shutil.copystat(kept, path)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs", str(path)], check=True)
    try:
        subprocess.run(["cp", "-a", "--sparse=always", f"{kept}/.", str(path)], check=True)
        subprocess.run(["chown", "--reference", str(kept), str(path)], check=True)
        if options:
            subprocess.run(["mount", "-o", f"remount,{options}", str(path)], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)
        path.rmdir()
        kept.rename(path)


def test_a_read_only_volume_is_a_clear_error(cluster: LocalCluster):
    with mounted(cluster.node("db-1").volume, "ro"):
        cluster.start(wait=False)
        cluster.wait_for_decision("db-1", "refuse", "Read-only file system; check its owner, mode, mount options")
        cluster.kill()


def test_a_full_disk_at_the_start_is_a_clear_error_and_frees_itself(cluster: LocalCluster):
    volume = cluster.node("db-1").volume
    with mounted(volume, ""):
        filler = volume / "filler"
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=1M"], capture_output=True, check=False)
        cluster.start(wait=False)
        cluster.wait_for_decision("db-1", "refuse", "No space left on device; check its owner")
        filler.unlink()
        cluster.wait_for_synced()
        assert cluster.rows("db-1") == 20
        cluster.kill()


def test_a_datadir_of_the_wrong_owner_is_a_clear_error(cluster: LocalCluster):
    node = cluster.node("db-1")
    (node.datadir / "grastate.dat").write_text("")  # so that the server must look at its data
    subprocess.run(["chown", "-R", "0:0", str(node.datadir)], check=True)
    cluster.start(wait=False)
    reason = cluster.wait_for_decision("db-1", "refuse", "belongs to")
    assert str(node.datadir) in reason
    subprocess.run(["chown", "-R", "--reference", str(node.volume), str(node.datadir)], check=True)
    cluster.wait_for_synced()
    assert cluster.rows("db-1") == 20


def test_a_second_entrypoint_on_one_volume_is_refused_and_harms_nothing(cluster: LocalCluster, tmp_path: Path):
    cluster.start()
    node = cluster.node("db-1")
    pid = node.facts()["server_pid"]
    command = [sys.executable, "-m", "entrypoint", "run", "--name", "db-1", "--address", "127.77.250.11",
               "--cluster-name", "x", "--volume", str(node.volume), "--run-dir", str(tmp_path)]  # fmt: skip
    environment = ENVIRONMENT | {"MARIADB_MONITOR_PASSWORD": "m"}
    second = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        wait_for("the second to refuse", lambda: (tmp_path / "node.json").exists()
                 and "another process owns" in (tmp_path / "node.json").read_text(), 20)  # fmt: skip
    finally:
        second.terminate()
        said = second.communicate(timeout=10)[1]
    assert second.returncode == 0
    assert "Traceback" not in said
    assert node.facts()["server_pid"] == pid
    assert node.status("wsrep_cluster_size") == "3"
