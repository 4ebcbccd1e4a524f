"""Backups of a real cluster, in a directory and in a bucket: made, listed, verified at every level, pruned."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.backups import BIG_ROWS, Galeractl, Store, at_rest
from tests.support.cluster import LocalCluster


@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "sealed"])
def test_made_and_verified_at_every_level(
    galeractl: Galeractl, cluster: LocalCluster, store: Store, sealed: bool, tmp_path: Path
):
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    key.chmod(0o600)
    words = ("--encrypt-key-file", str(key)) if sealed else ()
    seqno = int(cluster.node("db-0").status("wsrep_last_committed"))
    made = galeractl.run(store, "create", "--part-size", "8", *words, "--to")
    assert made["galera"]["uuid"] in cluster.uuids()
    assert made["galera"]["seqno"] >= seqno
    assert made["node"] != cluster.status()["writer"]
    assert len(made["parts"]) >= 5
    assert sorted(path.name for path in (store.folder / made["name"]).iterdir()) == sorted(
        [*(part["name"] for part in made["parts"]), "manifest.json"]
    )
    at_rest(cluster)
    for level in ("checksum", "prepare", "start"):
        found = galeractl.run(store, "verify", "--level", level, "--work-dir", str(tmp_path), *words, "--from")
        assert (found["ok"], found["level"], found["name"]) == (True, level, made["name"])
    assert found["counts"]["tables"] > 30
    assert found["counts"]["rows"] > BIG_ROWS
    (listed,) = galeractl.run(store, "list", "--from")
    assert (listed["state"], listed["verified"]["level"]) == ("verified", "start")
    assert [path.name for path in tmp_path.iterdir() if "verify" in path.name] == []


def test_a_dump_of_one_database(galeractl: Galeractl, cluster: LocalCluster, store: Store):
    cluster.node("db-0").sql("CREATE DATABASE IF NOT EXISTS other", "CREATE TABLE IF NOT EXISTS other.t (a INT)")
    made = galeractl.run(store, "create", "--logical", "--database", "lab", "--to")
    assert (made["kind"], made["databases"], made["galera"]) == ("logical", ["lab"], None)
    assert made["server_version"].startswith(cluster.node("db-0").sql("SELECT VERSION()")[0][0].partition("-")[0])
    found = galeractl.run(store, "verify", "--level", "checksum", "--from")
    assert found["counts"] == {"bytes": made["raw_bytes"]}


def test_the_writer_is_copied_only_when_that_is_said(galeractl: Galeractl, cluster: LocalCluster, directory: Store):
    writer = cluster.status()["writer"]
    refused = galeractl.run(directory, "create", "--node", writer, "--to", code=4)
    assert f"{writer} is the writer" in refused["error"]
    assert "--allow-writer" in refused["remedy"]
    made = galeractl.run(directory, "create", "--node", writer, "--allow-writer", "--to")
    assert made["node"] == writer
    assert galeractl.run(directory, "create", "--node", "db-9", "--to", code=2)["error"].startswith("there is no node")


def test_with_a_node_less_that_is_refused_with_the_reason_of_each(
    galeractl: Galeractl, cluster: LocalCluster, directory: Store
):
    writer = cluster.status()["writer"]
    gone, left = (node.name for node in cluster.nodes if node.name != writer)
    cluster.stop(gone)
    refused = galeractl.run(directory, "create", "--to", code=4)
    assert f"{left}: only {writer} is Synced besides {left}" in refused["error"]
    assert f"{writer}: {writer} is the writer" in refused["error"]
    assert list(directory.folder.iterdir()) == []
    made = galeractl.run(directory, "create", "--allow-few", "--to")
    assert made["node"] == left
    cluster.start(gone)


def test_pruned(galeractl: Galeractl, store: Store):
    names = [galeractl.run(store, "create", "--logical", "--database", "lab", "--to")["name"] for _ in range(3)]
    galeractl.run(store, "verify", names[0], "--level", "checksum", "--from")
    plan = galeractl.run(store, "prune", "--keep-last", "1", "--dry-run", "--from")
    assert [one["keep"] for one in plan["backups"]] == [True, False, True]
    galeractl.run(store, "prune", "--keep-last", "1", "--from")
    assert [one["name"] for one in galeractl.run(store, "list", "--from")] == [names[0], names[2]]
    assert not (store.folder / names[1] / "manifest.json").exists()
