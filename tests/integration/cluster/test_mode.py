"""The end of mode multi on a real cluster: who wrote on other nodes than the writer goes there, and loses nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest

from tests.support.application import connected, is_closed, run
from tests.support.cluster import LocalCluster, copied, wait_for

NAMES = ("db-0", "db-1", "db-2")


@pytest.fixture(scope="module")
def cluster(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    with copied(stopped, yard / "mode") as made:
        made.start()
        made.node("db-0").sql("CREATE TABLE app.t (id BIGINT AUTO_INCREMENT PRIMARY KEY, v INT NOT NULL)")
        wait_for("one writer that all know", lambda: len(set(writers(made))) == 1 and writers(made)[0], 30, made.words)
        yield made


def writers(cluster: LocalCluster) -> list[str]:
    """The writer, as each sidecar publishes it."""
    return [json.loads((cluster.node(one).run / "cluster.json").read_text())["writer"]["node"] for one in NAMES]


class Busy(threading.Thread):
    """A client that writes one transaction after the other, with a rest in between; it ends with its connection."""

    def __init__(self, line: Any) -> None:
        super().__init__()
        self.line, self.committed, self.failed = line, 0, ""
        self.rest = threading.Event()

    def run(self) -> None:
        while not self.rest.wait(0.05):
            try:
                run(self.line, "BEGIN")  # a pool tests its connection on borrow: what fails here has lost nothing
            except pymysql.Error:
                return
            try:
                run(self.line, "INSERT INTO t (v) VALUES (7)")
                run(self.line, "COMMIT")
            except pymysql.Error as error:
                self.failed = str(error)
                return
            self.committed += 1


def test_who_wrote_elsewhere_is_sent_away_and_no_transaction_fails(cluster: LocalCluster) -> None:
    holder = cluster.galeractl("mode")["writer"]
    elsewhere = [name for name in NAMES if name != holder]
    cluster.galeractl("mode", "multi")
    on_writer, idle, opened = (connected(cluster, name) for name in (holder, *elsewhere))
    run(opened, "BEGIN")
    run(opened, "INSERT INTO t (v) VALUES (1)")
    busy = Busy(connected(cluster, elsewhere[0]))
    busy.start()
    try:
        wait_for("it to write", lambda: busy.committed > 5, 20, cluster.words)
        assert cluster.galeractl("mode", "single")["writer"] == holder
        wait_for("the idle connection to be closed", lambda: is_closed(idle), 20, cluster.words)
        assert not is_closed(opened)
        run(opened, "INSERT INTO t (v) VALUES (2)")
        run(opened, "COMMIT")
        wait_for("the other one to be closed, too", lambda: is_closed(opened), 20, cluster.words)
        busy.join(20)
        assert not busy.is_alive()
    finally:
        busy.rest.set()
        busy.join()
    assert not busy.failed
    assert not is_closed(on_writer)
    counted = cluster.node(holder).sql("SET STATEMENT wsrep_sync_wait=1 FOR SELECT v, COUNT(*) FROM app.t GROUP BY v")
    assert {int(value): int(count) for value, count in counted} == {1: 1, 2: 1, 7: busy.committed}
    logs = {name: (cluster.node(name).home / "log" / "peerfinder.log").read_text() for name in NAMES}
    assert {name for name, log in logs.items() if "clients are sent away" in log} == set(elsewhere)
