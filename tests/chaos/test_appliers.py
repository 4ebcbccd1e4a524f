"""Appliers that are stuck, and what their node does about it: on real servers."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest

import tests.support.cluster
from tests.support.cluster import LocalCluster, Node, copied, wait_for

STUCK = 4.0
STUCK_ONE, REST = "db-1", ("db-0", "db-2")


@pytest.fixture(scope="module")
def cluster(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    """Three Synced nodes that bear a standstill for STUCK seconds."""
    with pytest.MonkeyPatch.context() as patch, copied(stopped, yard / "appliers") as made:
        patch.setitem(tests.support.cluster.ENVIRONMENT, "PEERFINDER_STUCK_SECONDS", str(STUCK))
        made.start()
        yield made


def assert_whole(cluster: LocalCluster) -> None:
    """All are Synced and equal."""
    cluster.wait_for_synced(seconds=60)
    assert len({str(node.sql("SET SESSION wsrep_sync_wait=1", "CHECKSUM TABLE lab.t")) for node in cluster.nodes}) == 1


class Client:
    """Writes through a node all the while."""

    def __init__(self, node: Node) -> None:
        self.written = 0
        self._node = node
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(0.02):
            self._node.sql("INSERT INTO lab.t (v) VALUES (UUID())")
            self.written += 1

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(30)


@contextlib.contextmanager
def locked(node: Node) -> Iterator[None]:
    """A session that holds what the node's appliers need."""
    password = (node.home.parents[1] / "secrets" / "root").read_bytes().rstrip(b"\n")
    line: Any = pymysql.connect(unix_socket=str(node.run / "mysqld.sock"), user="root", password=password)
    try:
        with line.cursor() as cursor:
            cursor.execute("LOCK TABLES lab.t READ")
        yield
    finally:
        line.close()


def settings(node: Node) -> list[tuple[Any, ...]]:
    """What stepping out changes for a while."""
    return node.sql("SELECT @@global.wsrep_desync, @@global.wsrep_slave_threads, @@global.wsrep_provider_options")


def snapshot(node: Node) -> dict[str, Any]:
    return dict(json.loads((node.run / "cluster.json").read_text()))


def test_a_node_whose_appliers_are_stuck_steps_out_and_comes_back(cluster: LocalCluster):
    cluster.wait_for_synced()
    node, client = cluster.node(STUCK_ONE), Client(cluster.node("db-0"))
    try:
        with locked(node):
            wait_for(
                "the node to be unready for it", lambda: "its appliers stand still" in snapshot(node)["ready_reason"],
                5 * STUCK, cluster.words,
            )  # fmt: skip
            assert not snapshot(node)["ready"]
            flags = next(one["flags"] for one in cluster.status()["nodes"] if one["name"] == STUCK_ONE)
            assert {"stuck", "stepped-out"} <= set(flags)
            before = client.written
            wait_for("the cluster to take writes again", lambda: client.written > before + 100, 20, cluster.words)
        wait_for("the node to be ready again", lambda: snapshot(node)["ready"], 30, cluster.words)
        own = snapshot(node)["reports"][STUCK_ONE]["server"]
        assert (own["stuck"], own["desynced"]) == ("", False)
    finally:
        client.stop()
    wait_for("it to have stepped in", lambda: not snapshot(node)["reports"][STUCK_ONE]["server"]["stepped_out"], 10)
    assert node.sql("SELECT @@global.wsrep_desync") == [(0,)]
    wait_for("its queue to be empty", lambda: node.status("wsrep_local_recv_queue") == "0", 20)
    assert_whole(cluster)


def test_a_writer_whose_appliers_are_stuck_loses_its_role_and_all_settings_are_as_before(cluster: LocalCluster):
    cluster.wait_for_synced()
    cluster.node("db-0").sql(f"UPDATE galerakit.writer SET node = '{STUCK_ONE}', epoch = epoch + 1")
    others = [cluster.node(name) for name in REST]
    wait_for("the role to be known", lambda: {snapshot(one)["writer"]["node"] for one in others} == {STUCK_ONE}, 20)
    node, client = cluster.node(STUCK_ONE), Client(cluster.node("db-0"))
    as_before = settings(node)
    try:
        with locked(node):
            wait_for(
                "another writer", lambda: {snapshot(one)["writer"]["node"] for one in others} <= set(REST), 10 * STUCK,
                cluster.words,
            )  # fmt: skip
        wait_for("the node to be ready again", lambda: snapshot(node)["ready"], 30, cluster.words)
    finally:
        client.stop()
    wait_for("it to have stepped in", lambda: not snapshot(node)["reports"][STUCK_ONE]["server"]["stepped_out"], 10)
    assert settings(node) == as_before
    assert_whole(cluster)
