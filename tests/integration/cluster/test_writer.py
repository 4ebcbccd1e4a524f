"""The writer role on a real cluster: one at a time, moved when it must, kept otherwise."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pymysql
import pytest

import tests.support.cluster
from peerfinder.adapters import mysql, writer_table
from peerfinder.core.role import WriterRow
from tests.support.cluster import LocalCluster, copied, wait_for

NAMES = ("db-0", "db-1", "db-2")
ROW = "SELECT node, epoch, UNIX_TIMESTAMP(since), reason FROM galerakit.writer"


@pytest.fixture(scope="module")
def running(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    with copied(stopped, yard / "writer") as made:
        yield made


@pytest.fixture
def cluster(running: LocalCluster) -> LocalCluster:
    """All three Synced, one of them the writer."""
    running.start()
    wait_for("one writer that all know", lambda: agreed(running), 20, running.words)
    return running


def view(cluster: LocalCluster, name: str) -> tuple[str, int, str]:
    """Writer, epoch and own role, as one sidecar sees it."""
    told = json.loads((cluster.node(name).run / "cluster.json").read_text())["writer"]
    return told["node"], told["epoch"], told["role"]


def agreed(cluster: LocalCluster) -> str:
    """The writer, where all say the same and know their own part in it; else ''."""
    views = {name: view(cluster, name) for name in NAMES}
    writers = {one[:2] for one in views.values()}
    writer = views["db-0"][0]
    roles = {name: one[2] for name, one in views.items()}
    wanted = {name: "primary" if name == writer else "secondary" for name in NAMES}
    return writer if len(writers) == 1 and roles == wanted else ""


def row(cluster: LocalCluster, name: str) -> tuple[str, int, float, str]:
    node, epoch, since, reason = cluster.node(name).sql("SET SESSION wsrep_sync_wait=1", ROW)[0]
    return str(node), int(epoch), float(since), str(reason)


def others(name: str) -> list[str]:
    return [one for one in NAMES if one != name]


def taken_over(cluster: LocalCluster, former: str, began: float, seconds: float = 20.0) -> tuple[str, float]:
    """Wait until the others have another writer; gives it, and how long after `began` it claimed."""
    witness = others(former)[0]

    def is_moved() -> bool:
        seen = {view(cluster, name)[0] for name in others(former)}
        return len(seen) == 1 and former not in seen

    wait_for(f"another writer than {former}", is_moved, seconds, cluster.words)
    writer, epoch, since, reason = row(cluster, witness)
    print(f"{former} -> {writer}, epoch {epoch}, after {since - began:.2f} s: {reason}")
    return writer, since - began


def kill_sidecar(cluster: LocalCluster, name: str) -> None:
    pids = {one["name"]: one["pids"] for one in cluster.galeractl("local", "status")["nodes"]}[name]
    os.kill(pids["peerfinder"], signal.SIGKILL)


def ask(cluster: LocalCluster, name: str, path: str) -> tuple[int, str]:
    address = {one["name"]: one["address"] for one in cluster.galeractl("local", "status")["nodes"]}[name]
    with closing(http.client.HTTPConnection(address, 8008, timeout=5)) as line:
        line.request("GET", path)
        reply = line.getresponse()
        return reply.status, str(json.loads(reply.read())["reason"])


def test_one_node_takes_writes_and_all_know_which(cluster: LocalCluster) -> None:
    writer = agreed(cluster)
    assert {name for name in NAMES if ask(cluster, name, "/primary")[0] == 200} == {writer}
    assert {name for name in NAMES if ask(cluster, name, "/secondary")[0] == 200} == set(others(writer))
    assert ask(cluster, others(writer)[0], "/primary") == (503, f"the writer is {writer}")
    status = cluster.status()
    assert status["writer"] == writer
    assert {node["name"]: node["role"] for node in status["nodes"]} == {
        name: "primary" if name == writer else "secondary" for name in NAMES
    }
    lines = {one["node"]: one["line"] for one in cluster.galeractl("topology")["lines"]}
    assert "writer" in lines[writer]


def test_of_claims_at_once_one_wins(cluster: LocalCluster) -> None:
    password = cluster.directory / "secrets" / "monitor"
    servers = {
        name: mysql.Server(cluster.node(name).run / "mysqld.sock", "monitor", password, mysql.CLAIM_SECONDS)
        for name in NAMES
    }
    start = threading.Barrier(len(NAMES))

    def attempt(name: str, expected: WriterRow) -> WriterRow | writer_table.Lost:
        start.wait(10)
        return writer_table.claim(servers[name], expected, name, "a test")

    won = 0
    with ThreadPoolExecutor(len(NAMES)) as pool:
        for _round in range(100):
            expected = WriterRow(*row(cluster, "db-0")[:2])
            results = list(pool.map(lambda name: attempt(name, expected), NAMES))  # noqa: B023 - done within the round
            winners = [one for one in results if isinstance(one, WriterRow)]
            assert len(winners) == 1, results
            assert winners == [WriterRow(*row(cluster, "db-1")[:2])]
            assert {one.trouble for one in results if isinstance(one, writer_table.Lost)} == {""}
            won += 1
    for server in servers.values():
        server.close()
    assert won == 100
    wait_for("the sidecars to follow", lambda: agreed(cluster), 10, cluster.words)


def test_the_history_keeps_the_last_claims(cluster: LocalCluster) -> None:
    password = cluster.directory / "secrets" / "monitor"
    server = mysql.Server(cluster.node("db-0").run / "mysqld.sock", "monitor", password, mysql.CLAIM_SECONDS)
    first = 1_000_000
    for epoch in range(first, first + writer_table.KEPT + 5):
        writer_table.note(server, WriterRow("db-0", epoch - 1), WriterRow("db-1", epoch), "a test")
    server.close()
    found = cluster.node("db-1").sql(
        "SET SESSION wsrep_sync_wait=1",
        "SELECT COUNT(*), MAX(epoch), SUM(epoch >= 1000000) FROM galerakit.writer_history",
    )
    assert found[0] == (writer_table.KEPT, first + writer_table.KEPT + 4, writer_table.KEPT)
    cluster.node("db-0").sql("DELETE FROM galerakit.writer_history")


def test_the_monitor_user_may_do_no_more_than_it_needs(cluster: LocalCluster) -> None:
    password = (cluster.directory / "secrets" / "monitor").read_bytes().strip()
    with closing(
        pymysql.connect(
            unix_socket=str(cluster.node("db-0").run / "mysqld.sock"), user="monitor", password=password
        )
    ) as line, line.cursor() as cursor:  # fmt: skip
        for statement in ("DELETE FROM galerakit.writer", "DROP TABLE galerakit.writer", "SELECT * FROM lab.t"):
            with pytest.raises(pymysql.OperationalError, match="denied"):
                cursor.execute(statement)


@pytest.mark.parametrize("what", ["node", "mariadbd"])
def test_a_killed_writer_is_succeeded_and_stays_a_secondary_when_it_is_back(cluster: LocalCluster, what: str) -> None:
    writer, began = agreed(cluster), time.time()
    cluster.kill(writer, what=what)
    successor, took = taken_over(cluster, writer, began)
    assert took < 6
    assert successor in others(writer)  # which one depends on how long each has been ready
    cluster.start()
    wait_for("all to agree", lambda: agreed(cluster), 20, cluster.words)
    time.sleep(3)  # time in which a role that fails back would move
    assert agreed(cluster) == successor


def test_a_stopped_writer_is_succeeded_at_once(cluster: LocalCluster) -> None:
    writer = agreed(cluster)
    began = time.time()
    cluster.stop(writer)
    _successor, took = taken_over(cluster, writer, began)
    assert took < 4


def test_a_writer_that_drains_hands_over_while_it_serves(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = agreed(cluster)
    cluster.stop(writer)  # a new writer: the one that starts now gets the drain, and the role by a claim of the test
    monkeypatch.setitem(tests.support.cluster.ENVIRONMENT, "GALERA_DRAIN_SECONDS", "3")
    cluster.start(writer)
    wait_for("all to agree", lambda: agreed(cluster), 20, cluster.words)
    _node, epoch, _since, _reason = row(cluster, writer)
    cluster.node(writer).sql(f"UPDATE galerakit.writer SET node='{writer}', epoch={epoch + 1}")
    wait_for("the sidecars to follow", lambda: agreed(cluster) == writer, 10, cluster.words)
    began = time.time()
    stop = threading.Thread(target=cluster.stop, args=(writer,))
    stop.start()
    successor, took = taken_over(cluster, writer, began)
    cluster.node(writer).sql("INSERT INTO lab.t (v) VALUES (UUID())")  # it still serves
    assert took < 3
    stop.join()
    assert "told to stop" in row(cluster, successor)[3]


def test_a_paused_writer_is_succeeded_and_follows_when_it_goes_on(cluster: LocalCluster) -> None:
    writer, began = agreed(cluster), time.time()
    cluster.galeractl("local", "pause", writer)
    successor, took = taken_over(cluster, writer, began)
    assert took < 8
    cluster.galeractl("local", "resume", writer)
    wait_for("all to agree", lambda: agreed(cluster) == successor, 40, cluster.words)


def test_a_minority_never_claims(cluster: LocalCluster) -> None:
    writer = agreed(cluster)
    alone, gone = others(writer)[1], [name for name in NAMES if name != others(writer)[1]]
    before = row(cluster, alone)
    cluster.kill(*gone)
    status = lambda: cluster.node(alone).status("wsrep_cluster_status")  # noqa: E731 - asked again below
    wait_for("the loss of the quorum", lambda: status() == "non-Primary", 20, cluster.words)
    time.sleep(6)  # more than any patience of the rules
    if status() == "non-Primary":
        held = cluster.node(alone).sql("SET SESSION wsrep_dirty_reads=ON", ROW)[0]
        assert (held[0], int(held[1])) == before[:2]
    assert view(cluster, alone) == ("", 0, "")
    code, reason = ask(cluster, alone, "/primary")
    assert code == 503
    assert reason


def test_a_writer_keeps_the_role_while_its_sidecar_is_started_anew(cluster: LocalCluster) -> None:
    writer, before = agreed(cluster), row(cluster, "db-0")
    kill_sidecar(cluster, writer)
    time.sleep(4)  # longer than a restart takes, and than silence is overlooked
    cluster.start()
    wait_for("all to agree", lambda: agreed(cluster), 20, cluster.words)
    time.sleep(2)
    assert row(cluster, "db-0")[:2] == before[:2]


def test_a_sidecar_that_stays_away_costs_the_role(cluster: LocalCluster) -> None:
    writer = agreed(cluster)
    began = time.time()
    kill_sidecar(cluster, writer)
    successor, took = taken_over(cluster, writer, began, 30)
    assert 7 < took < 14
    cluster.start()
    wait_for("all to agree", lambda: agreed(cluster) == successor, 20, cluster.words)
