"""Whatever breaks while a backup is made, or afterwards: it is never called good, and the node is in sync again."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.backups import Galeractl, Store, at_rest, small_disk
from tests.support.cluster import LocalCluster, Node, wait_for
from tests.support.s3 import S3Server

SLOW = ("--limit", "4096")  # KiB a second: some twelve seconds in which something can happen


def copied_node(cluster: LocalCluster) -> Node:
    """The node that gives a copy now."""

    def found() -> Node | None:
        return next((node for node in cluster.nodes if (node.run / "copy" / "my.cnf").exists()), None)

    node: Node = wait_for("a copy to begin", found, 30, cluster.words)
    return node


def processes(word: str, node: Node) -> list[int]:
    """The processes with this word, and the run directory of the node, in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if word in words and any(str(node.run) in one for one in words):
            found.append(int(entry.name))
    return found


def ended(process: subprocess.Popen[str], code: int) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, f"it ended with {process.returncode}: {out}{err}"
    return out


def nothing_is_left(store: Store) -> bool:
    return not any(path.is_file() and path.name.startswith(("part-", "manifest")) for path in store.folder.rglob("*"))


KILLED = {
    "mariadb-backup": "--backup",
    "the agent": "serve",
}


@pytest.mark.parametrize("what", KILLED)
def test_what_makes_it_is_killed(galeractl: Galeractl, cluster: LocalCluster, store: Store, what: str):
    process = galeractl.start(store, "create", *SLOW, "--to")
    node = copied_node(cluster)
    wait_for("some of it to be stored", lambda: processes("--backup", node), 30)
    for pid in processes(KILLED[what], node):
        os.kill(pid, signal.SIGKILL)
    said = ended(process, 1)
    assert {"mariadb-backup": "was ended by signal 9", "the agent": "broke off after"}[what] in said
    assert nothing_is_left(store)
    cluster.start()
    at_rest(cluster)


def test_the_server_is_killed(galeractl: Galeractl, cluster: LocalCluster, store: Store):
    process = galeractl.start(store, "create", *SLOW, "--to")
    node = copied_node(cluster)
    cluster.kill(node.name, what="mariadbd")
    assert "mariadb-backup ended with 1" in ended(process, 1)
    assert nothing_is_left(store)
    at_rest(cluster)


def test_the_node_loses_its_power(galeractl: Galeractl, cluster: LocalCluster, store: Store):
    process = galeractl.start(store, "create", *SLOW, "--to")
    node = copied_node(cluster)
    cluster.kill(node.name)
    assert "broke off after" in ended(process, 1)
    assert nothing_is_left(store)
    cluster.start()
    at_rest(cluster)


def test_the_job_is_told_to_end(galeractl: Galeractl, cluster: LocalCluster, store: Store):
    process = galeractl.start(store, "create", *SLOW, "--to")
    copied_node(cluster)
    process.send_signal(signal.SIGTERM)
    assert "it was told to end, and is no backup" in ended(process, 1)
    assert nothing_is_left(store)
    at_rest(cluster)


def test_the_job_is_killed_and_what_it_leaves_is_no_backup(
    galeractl: Galeractl, cluster: LocalCluster, directory: Store
):
    process = galeractl.start(directory, "create", *SLOW, "--part-size", "4", "--to")
    node = copied_node(cluster)
    wait_for("a part to be stored", lambda: list(directory.folder.glob("*/part-00000.*[!#0-9]")), 60)
    process.kill()
    process.wait()
    wait_for("the program to end", lambda: not processes("--backup", node), 10)
    at_rest(cluster)
    (listed,) = galeractl.run(directory, "list", "--from")
    assert listed["state"] == "leftover"
    assert galeractl.run(directory, "verify", "--from", code=2)["error"].endswith("there is no backup")
    (kept,) = galeractl.run(directory, "prune", "--from")["backups"]
    assert (kept["keep"], kept["reason"]) == (True, "it has no manifest: a job is at work, or died today")


def test_a_bucket_that_is_not_there_and_keys_that_are_wrong(
    galeractl: Galeractl, cluster: LocalCluster, bucket: Store, s3: S3Server
):
    wrong: list[tuple[Store, str]] = [
        (Store("s3://no-such-bucket/x", bucket.environment, bucket.folder), "there is no such bucket"),
        (Store(bucket.url, bucket.environment | {"AWS_SECRET_ACCESS_KEY": "x"}, bucket.folder), "secret key is wrong"),
        (Store(bucket.url, bucket.environment | {"AWS_ACCESS_KEY_ID": "x"}, bucket.folder), "does not know the access"),
    ]
    for store, message in wrong:
        for words in (("create", "--to"), ("list", "--from"), ("verify", "--from"), ("prune", "--from")):
            answer = galeractl.run(store, *words, code=1)
            assert message in answer["error"], words
            assert answer["remedy"]
            assert s3.environment["AWS_SECRET_ACCESS_KEY"] not in str(answer)
    assert all("stepped-out" not in one["flags"] for one in cluster.status()["nodes"])  # no node was touched


def test_a_store_that_gets_full(galeractl: Galeractl, cluster: LocalCluster, tmp_path: Path):
    with small_disk(tmp_path / "small", 16) as store:
        answer = galeractl.run(store, "create", "--part-size", "4", "--to", code=1)
        assert "it is full" in answer["error"]
        assert "backup prune" in answer["remedy"]
        assert nothing_is_left(store)
    at_rest(cluster)


def test_a_store_that_stops_for_a_while(galeractl: Galeractl, cluster: LocalCluster, bucket: Store, s3: S3Server):
    process = galeractl.start(bucket, "create", *SLOW, "--part-size", "8", "--to")
    copied_node(cluster)
    wait_for("a part to be stored", lambda: list(bucket.folder.glob("*/part-00000*")), 60)
    s3.stop()
    s3.start()
    ended(process, 0)
    assert galeractl.run(bucket, "verify", "--level", "checksum", "--from")["ok"]
    at_rest(cluster)


def test_a_store_that_is_slow_slows_only_the_copy(
    galeractl: Galeractl, cluster: LocalCluster, bucket: Store, s3: S3Server
):
    process = galeractl.start(bucket, "create", "--part-size", "8", "--to")
    node = copied_node(cluster)
    s3.pause(on=True)
    try:
        cluster.write("db-0", 10)
        wait_for("its report to tell of the copy", lambda: "backup" in flags(cluster, node.name), 10)
    finally:
        s3.pause(on=False)
    ended(process, 0)
    assert galeractl.run(bucket, "verify", "--level", "checksum", "--from")["ok"]
    at_rest(cluster)


def flags(cluster: LocalCluster, name: str) -> str:
    return " ".join(next(one["flags"] for one in cluster.status()["nodes"] if one["name"] == name))
