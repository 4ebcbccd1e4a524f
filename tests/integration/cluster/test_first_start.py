"""The first start of a cluster, whole, late, interrupted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.support.cluster
from tests.support.cluster import SMALL, LocalCluster, wait_for


@pytest.fixture
def new(yard: Path) -> Iterator[LocalCluster]:
    """The directory of a cluster that does not exist yet."""
    cluster = LocalCluster(yard / "new")
    yield cluster
    cluster.destroy()


def test_empty_volumes_started_in_any_order_20_seconds_apart_are_one_cluster(new: LocalCluster):
    new.start("db-2", wait=False, options=SMALL)
    new.wait_for_decision("db-2", "wait", "waiting for db-0 (")
    time.sleep(20)  # the point of this test: nobody may lose patience and start alone
    new.start("db-0", wait=False)
    time.sleep(20)
    assert not new.uuids()
    new.start("db-1", wait=False)
    new.wait_for_synced()
    assert len(new.uuids()) == 1
    assert new.node("db-0").log().count("initialised scripts=") == 1
    assert "initialised" not in new.node("db-1").log() + new.node("db-2").log()


def test_killed_in_the_middle_of_the_first_initialisation_it_begins_anew(new: LocalCluster):
    new.start(wait=False, options=SMALL)
    node = new.node("db-0")
    wait_for("new-data to be filled", (node.volume / "new-data" / "mysql").exists, 60, new.words)
    new.kill("db-0")
    assert not node.datadir.exists()
    new.start("db-0", wait=False)
    new.wait_for_synced("db-0")
    assert not (node.volume / "new-data").exists()
    assert len(new.uuids()) == 1
    assert node.sql("SELECT COUNT(*) FROM mysql.user WHERE User = 'app'")[0][0] == 1


def test_killed_in_the_middle_of_a_state_transfer_a_node_starts_clean_again(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(tests.support.cluster.ENVIRONMENT, *tests.support.cluster.BY_SST)
    cluster.galeractl("local", "wipe", "db-1")
    cluster.start(wait=False)
    node = cluster.node("db-1")
    wait_for("the state transfer to db-1", (node.datadir / ".sst").exists, 60, cluster.words)
    cluster.kill("db-1")
    assert node.record()["incomplete"] == "a state transfer"
    cluster.start("db-1", wait=False)
    cluster.wait_for_synced("db-0", "db-1")
    assert "a state transfer did not finish" in node.log()
    wait_for("the data to be known as whole", lambda: node.record()["incomplete"] == "", 10)
    assert node.sql("SELECT COUNT(*) FROM lab.t")[0][0] == 20


def test_everything_killed_while_a_state_transfer_runs_the_donor_has_the_data(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(tests.support.cluster.ENVIRONMENT, *tests.support.cluster.BY_SST)
    cluster.galeractl("local", "wipe", "db-1")
    cluster.start(wait=False)
    wait_for("the state transfer", (cluster.node("db-1").datadir / ".sst").exists, 60, cluster.words)
    cluster.kill()
    cluster.start()
    assert cluster.rows("db-1") == 20
    assert len(cluster.checksums()) == 1
