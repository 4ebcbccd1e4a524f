"""What the evidence stands on, measured on the real server: a view that SQL has shown is on disk with all before it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql

from tests.support.cluster import LocalCluster, Node, wait_for


def applied(node: Node) -> dict[str, Any]:
    """The view that its sidecar matched to the seqno it began at."""
    return dict(json.loads((node.run / "cluster.json").read_text()).get("applied") or {})


@contextmanager
def writing(node: Node) -> Iterator[None]:
    """Inserts through a node without a pause; what a view change refuses is tried again."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            try:
                node.sql("INSERT INTO lab.t (v) VALUES (UUID())")
            except pymysql.Error:
                continue

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def recovered_seqno(node: Node, log_before: int) -> int:
    """The position that a server had on disk when it was killed."""
    pattern = re.compile(r"observed datadir=present position=[0-9a-f-]+:(\d+) source=--wsrep-recover")
    found = wait_for("the position to be recovered", lambda: pattern.findall(node.log()[log_before:]), 30)
    return int(found[0])


def test_a_view_that_sql_has_shown_survives_the_kill_with_all_that_came_before(cluster: LocalCluster):
    cluster.start()
    node = cluster.node("db-1")
    for _turn in range(3):
        cluster.stop("db-2")
        wait_for("the view of two", lambda: len(applied(node).get("members", ())) == 2, 20, cluster.words)
        with writing(cluster.node("db-0")):
            cluster.start("db-2", wait=False)
            view = wait_for(
                "the view of three", lambda: len(applied(node)["members"]) == 3 and applied(node), 40, cluster.words
            )
            before = len(node.log())
            cluster.kill("db-1", what="mariadbd")
            assert recovered_seqno(node, before) >= view["start"]
        cluster.wait_for_synced()
    assert len(cluster.checksums()) == 1


def test_the_record_names_every_member_and_the_seqno_of_its_view(cluster: LocalCluster):
    cluster.start()
    for node in cluster.nodes:

        def is_recorded(node: Node = node) -> bool:
            view = node.record()["views"][-1]
            names = {member["name"] for member in view["members"]}
            return names == {"db-0", "db-1", "db-2"} and view["start"] is not None

        wait_for(f"{node.name} to record its view", is_recorded, 10, cluster.words)
        assert len(node.record()["views"]) == 1
        assert node.record()["nodes"] == ["db-0", "db-1", "db-2"]


def test_the_last_to_leave_knows_that_its_view_is_applied_however_fast_it_goes(cluster: LocalCluster):
    cluster.start()
    for name in ("db-0", "db-1", "db-2"):
        cluster.stop(name)
    (view,) = cluster.node("db-2").record()["views"]
    assert {member["name"] for member in view["members"]} == {"db-2"}
    assert view["start"] is not None
