"""A new cluster that begins with a stored backup: whole, with its own accounts and a new history, or not at all."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pymysql
import pytest

import tests.support.cluster
from backup.adapters.agent import Way
from backup.adapters.objectstore import Store
from backup.core.manifest import Manifest
from backup.run.source import Physical
from backup.run.storing import How, Progress, store_backup
from galeractl.core.network import AGENT_PORT
from peerfinder.core.copying import CopyOrder
from peerfinder.core.report import Purpose
from tests.support.cluster import SMALL, LocalCluster, copied, wait_for

SUM = "SET STATEMENT wsrep_sync_wait=1 FOR SELECT COUNT(*), SUM(CRC32(v)) FROM lab.t"
SECONDS = 90.0


@dataclass(frozen=True)
class Kept:
    """A store with one backup, and what the cluster was of which it is."""

    directory: Path
    manifest: Manifest
    rows: list[tuple[object, ...]]
    uuids: set[str]

    @property
    def url(self) -> str:
        return f"file://{self.directory}"

    @property
    def part(self) -> Path:
        return self.directory / self.manifest.name / self.manifest.parts[0].name


@pytest.fixture(scope="module")
def kept(stopped: Path, yard: Path) -> Iterator[Kept]:
    directory = yard / "store"
    directory.mkdir()
    with copied(stopped, yard / "lost") as cluster:
        cluster.start()
        cluster.node("db-0").sql("CREATE USER clerk@'%' IDENTIFIED BY 'of the old cluster'")
        cluster.galeractl("maintenance", "on", "db-2")
        address = next(one["address"] for one in cluster.status()["nodes"] if one["name"] == "db-1")
        token = (cluster.directory / "secrets" / "token").read_text().strip()
        way = Way("db-1", lambda: socket.create_connection((address, AGENT_PORT), 10), address, token)
        order = CopyOrder(Purpose.BACKUP, allow_few=True)
        store = Store(f"file://{directory}", {}, {})
        manifest = store_backup(store, Physical(way, order), "db", How(), Progress())
        rows = cluster.node("db-0").sql(
            "SELECT COUNT(*), SUM(CRC32(v)) FROM (SELECT v FROM lab.t ORDER BY id LIMIT 20) x"
        )
        yield Kept(directory, manifest, rows, cluster.uuids())
    shutil.rmtree(directory)


@pytest.fixture
def new(yard: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCluster]:
    """The directory of a cluster that does not exist yet, and whose nodes know the store."""
    monkeypatch.setitem(tests.support.cluster.ENVIRONMENT, "GALERA_RESTORE_FROM", kept.url)
    cluster = LocalCluster(yard / "restored")
    yield cluster
    cluster.destroy()


def test_a_new_cluster_begins_with_the_newest_backup_under_its_own_accounts(new: LocalCluster, kept: Kept) -> None:
    new.start(options=SMALL)
    new.wait_for_synced()
    for node in new.nodes:
        assert node.sql(SUM) == kept.rows
    assert len(new.uuids()) == 1
    assert not new.uuids() & kept.uuids
    status = new.status()
    assert status["writer"], status
    assert not [flag for node in status["nodes"] for flag in node["flags"] if flag == "maintenance"]
    assert new.node("db-1").sql("SELECT COUNT(*) FROM mysql.user WHERE User = 'clerk'") == [(1,)]
    assert f"restored {kept.manifest.name} in " in new.node("db-0").log()
    dsn = new.galeractl("local", "dsn", "db-1")
    pymysql.connect(host=dsn["host"], port=dsn["port"], user=dsn["user"], password=dsn["password"]).close()
    new.kill()
    new.start()  # nobody asks the store again
    assert new.rows() == kept.rows[0][0]
    assert new.node("db-0").log().count("restoring ") == 1


def test_killed_in_the_middle_of_it_the_node_restores_it_again(new: LocalCluster, kept: Kept) -> None:
    new.start(options=SMALL, wait=False)
    node = new.node("db-0")
    wait_for("the restore to begin", lambda: "restoring " in node.log(), SECONDS, new.words)
    new.kill("db-0")
    assert not node.datadir.exists() or not any(node.datadir.iterdir())
    new.start()
    assert new.node("db-2").sql(SUM) == kept.rows
    assert {path.name for path in node.volume.iterdir()} == {"data", "lock", "node-record.json"}


def test_of_a_damaged_backup_nothing_is_made_and_no_empty_cluster_in_its_place(new: LocalCluster, kept: Kept) -> None:
    whole = kept.part.read_bytes()
    spoilt = bytearray(whole)
    spoilt[len(spoilt) // 2] ^= 1
    kept.part.write_bytes(spoilt)
    try:
        new.start(options=SMALL, wait=False)
        reason = new.wait_for_decision("db-0", "refuse", "the restore failed and was undone", SECONDS)
        assert "damaged" in reason or "could not unpack" in reason
        assert not new.node("db-0").datadir.exists()
    finally:
        kept.part.write_bytes(whole)
    new.wait_for_synced(seconds=SECONDS)
    assert new.node("db-1").sql(SUM) == kept.rows


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"GALERA_RESTORE_FROM": "file:///nowhere/at/all"}, "there is no such directory"),
        ({"GALERA_RESTORE_FROM": "ftp://host/backups"}, "is no URL of a store"),
        ({"GALERA_RESTORE_BACKUP": "2026-01-01.000000.db-1"}, "there is no backup 2026-01-01.000000.db-1"),
    ],
    ids=["no directory", "no store", "no such backup"],
)
def test_what_cannot_be_had_is_said_and_nothing_is_started(
    new: LocalCluster, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setitem(tests.support.cluster.ENVIRONMENT, name, value)
    new.start(options=SMALL, wait=False)
    new.wait_for_decision("db-0", "refuse", said, SECONDS)
    assert not new.node("db-0").datadir.exists()
