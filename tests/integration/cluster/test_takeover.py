"""Takeovers that are ordered, on a real cluster: nothing fails that ends within the drain time."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pymysql
import pytest

import tests.support.cluster
from galeractl.adapters import agent
from peerfinder.core.takeover import Takeover, TakeoverOrder
from tests.support.application import connected, is_closed, run
from tests.support.cluster import LocalCluster, copied, wait_for

NAMES = ("db-0", "db-1", "db-2")
PORT = 8008


@pytest.fixture(scope="module")
def running(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    with copied(stopped, yard / "takeover") as made:
        made.start()
        made.node("db-0").sql("CREATE TABLE app.t (id BIGINT AUTO_INCREMENT PRIMARY KEY, v INT NOT NULL)")
        yield made


@pytest.fixture
def cluster(running: LocalCluster) -> LocalCluster:
    """All three Synced, one of them the writer."""
    running.start()
    wait_for("one writer that all know", lambda: writer_of(running), 30, running.words)
    return running


def writer_of(cluster: LocalCluster) -> str:
    """The writer, where all nodes are Synced and know their own part in it; else ''."""
    status = cluster.status()
    writer = str(status["writer"] or "")
    roles = {node["name"]: node["role"] for node in status["nodes"]}
    return writer if roles == {name: "primary" if name == writer else "secondary" for name in NAMES} else ""


def others(name: str) -> list[str]:
    return [one for one in NAMES if one != name]


def test_to_a_node_and_back_an_open_transaction_commits_and_idle_connections_go(cluster: LocalCluster) -> None:
    writer = writer_of(cluster)
    target = others(writer)[1]
    opened, idle = connected(cluster, writer), connected(cluster, writer)
    run(opened, "BEGIN")
    run(opened, "INSERT INTO t (v) VALUES (1)")
    done = cluster.galeractl("takeover", "--to", target, "--drain", "60")
    assert (done["node"], done["former"], done["changed"], done["informed"]) == (target, writer, True, True)
    assert done["gap"] < 2  # a claim is some milliseconds, on a busy machine more
    assert cluster.status()["writer"] == target  # at once, and not at the next look
    wait_for("the idle connection to be closed", lambda: is_closed(idle), 20, cluster.words)
    assert not is_closed(opened)
    run(opened, "INSERT INTO t (v) VALUES (2)")
    run(opened, "COMMIT")
    wait_for("the other one to be closed, too", lambda: is_closed(opened), 20, cluster.words)
    rows = cluster.node(target).sql("SET STATEMENT wsrep_sync_wait=1 FOR SELECT COUNT(*) FROM app.t WHERE v IN (1, 2)")
    assert rows[0][0] == 2
    wait_for("all to agree", lambda: writer_of(cluster) == target, 20, cluster.words)

    back = cluster.galeractl("takeover", "--to", writer)
    assert (back["node"], back["former"], back["epoch"]) == (writer, target, done["epoch"] + 1)
    again = cluster.galeractl("takeover", "--to", writer)
    assert (again["node"], again["changed"]) == (writer, False)

    def noted() -> Any:
        told = cluster.galeractl("history", "-n", "2")["history"]
        return told if told[0]["epoch"] == back["epoch"] else None

    newest, before = wait_for("the history of it", noted, 20, cluster.words)
    assert (newest["node"], newest["former"], newest["reason"]) == (writer, target, "takeover")
    assert newest["gap"] == pytest.approx(back["gap"])
    assert (before["node"], before["gap"]) == (target, pytest.approx(done["gap"]))


def test_what_does_not_fit_the_drain_time_is_closed(cluster: LocalCluster) -> None:
    writer = writer_of(cluster)
    opened, new = connected(cluster, writer), others(writer)[0]
    run(opened, "BEGIN")
    run(opened, "INSERT INTO t (v) VALUES (3)")
    cluster.galeractl("takeover", "--to", new, "--drain", "1")
    wait_for("the open transaction to be ended", lambda: is_closed(opened), 30, cluster.words)
    with pytest.raises(pymysql.Error):
        run(opened, "COMMIT")
    assert cluster.node(new).sql("SELECT COUNT(*) FROM app.t WHERE v = 3")[0][0] == 0
    log = (cluster.node(writer).home / "log" / "peerfinder.log").read_text()
    assert "the drain time is over" in log


def test_a_target_that_is_not_fit_refuses_and_shows_all_candidates(cluster: LocalCluster) -> None:
    writer = writer_of(cluster)
    lags, dead = others(writer)
    assert "there is no node db-9" in cluster.galeractl("takeover", "--to", "db-9", expect=2)["error"]

    cluster.node(lags).sql("SET GLOBAL wsrep_desync = ON")
    try:
        for force in ([], ["--force"]):
            told = cluster.galeractl("takeover", "--to", lags, *force, expect=4)["error"]
            assert f"{lags} is Donor/Desynced, not Synced" in told
            assert all(f"\n  {name}  [" in told for name in NAMES)
    finally:
        cluster.node(lags).sql("SET GLOBAL wsrep_desync = OFF")

    cluster.kill(dead)
    told = cluster.galeractl("takeover", "--to", dead, "--force", expect=4)["error"]
    assert f"the agent of {dead} cannot be asked" in told
    assert cluster.status()["writer"] == writer


def test_of_two_orders_at_once_one_wins(cluster: LocalCluster) -> None:
    writer = writer_of(cluster)
    token = (cluster.directory / "secrets" / "token").read_text().strip()
    addresses = {one["name"]: one["address"] for one in cluster.galeractl("local", "status")["nodes"]}
    epoch = cluster.galeractl("history", "-n", "1")["history"][0]["epoch"]
    start = threading.Barrier(2)

    def order(name: str) -> Takeover | agent.NoAnswer:
        start.wait(10)
        line = agent.at(addresses[name], PORT, 20.0)
        return agent.order(line, token, "/v1/takeover", TakeoverOrder(expect=epoch), Takeover)

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(order, others(writer)))
    (won,) = [one for one in told if isinstance(one, Takeover)]
    (lost,) = [one for one in told if isinstance(one, agent.NoAnswer)]
    assert (won.epoch, lost.status) == (epoch + 1, 409)
    wait_for("all to agree", lambda: writer_of(cluster) == won.node, 20, cluster.words)


def test_a_writer_that_hangs_is_succeeded_by_force(cluster: LocalCluster) -> None:
    writer = writer_of(cluster)
    target = others(writer)[0]  # whom the rules would choose, too, should they be first
    pids = {one["name"]: one["pids"] for one in cluster.galeractl("local", "status")["nodes"]}[writer]
    os.kill(pids["mariadbd"], signal.SIGSTOP)
    try:
        done = cluster.galeractl("takeover", "--to", target, "--force", "--timeout", "40")
        assert done["node"] == target
        cluster.node(target).sql("INSERT INTO lab.t (v) VALUES (UUID())")
    finally:
        os.kill(pids["mariadbd"], signal.SIGCONT)
    wait_for("all to agree", lambda: writer_of(cluster) == target, 90, cluster.words)


def test_a_writer_that_is_told_to_stop_sends_its_idle_connections_away_first(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = writer_of(cluster)
    cluster.stop(writer)
    monkeypatch.setitem(tests.support.cluster.ENVIRONMENT, "GALERA_DRAIN_SECONDS", "20")
    cluster.start(writer)
    wait_for("one writer that all know", lambda: writer_of(cluster), 30, cluster.words)
    cluster.galeractl("takeover", "--to", writer)
    wait_for("all to agree", lambda: writer_of(cluster) == writer, 20, cluster.words)
    idle = connected(cluster, writer)
    stop = threading.Thread(target=cluster.galeractl, args=("local", "stop", writer, "--timeout", "120"))
    stop.start()
    try:
        wait_for("the idle connection to be closed", lambda: is_closed(idle), 18, cluster.words)
        assert cluster.node(writer).status("wsrep_cluster_status") == "Primary"  # it still serves
        assert cluster.galeractl("history", "-n", "1")["history"][0]["former"] == writer
    finally:
        stop.join()
