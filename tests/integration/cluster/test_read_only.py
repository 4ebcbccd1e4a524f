"""read_only on every node but the writer, on a real cluster: it follows the role, and no transaction is lost to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pymysql
import pytest

from tests.support.application import connected, is_closed, run
from tests.support.cluster import LocalCluster, copied, wait_for

NAMES = ("db-0", "db-1", "db-2")
REFUSED = 1290  # ER_OPTION_PREVENTS_STATEMENT


@pytest.fixture(scope="module")
def running(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    with copied(stopped, yard / "read-only") as made:
        made.galeractl("local", "start", "--enforce-read-only")
        made.node("db-0").sql("CREATE TABLE app.t (id BIGINT AUTO_INCREMENT PRIMARY KEY, v INT NOT NULL)")
        yield made


@pytest.fixture
def cluster(running: LocalCluster) -> LocalCluster:
    """All three Synced, and closed but the writer."""
    running.start()
    wait_for("all but the writer to be read_only", lambda: at_rest(running), 60, running.words)
    return running


def writer(cluster: LocalCluster) -> str:
    """The writer where all know the same one, else ''."""
    views = {json.loads((cluster.node(one).run / "cluster.json").read_text())["writer"]["node"] for one in NAMES}
    return str(views.pop()) if len(views) == 1 else ""


def closed(cluster: LocalCluster) -> set[str]:
    """The nodes on which read_only is ON, by SQL."""
    return {name for name in NAMES if cluster.node(name).sql("SELECT @@global.read_only")[0][0]}


def at_rest(cluster: LocalCluster) -> bool:
    """Whether all but the writer are read_only, and by their sidecars: no drain goes on any more."""
    holder = writer(cluster)
    seen = {name: json.loads((cluster.node(name).run / "cluster.json").read_text()) for name in NAMES}
    set_to = {name: one["reports"].get(name, {}).get("server", {}).get("access") for name, one in seen.items()}
    wanted = {name: "open" if name == holder else "closed" for name in NAMES}
    return bool(holder) and set_to == wanted and closed(cluster) == {*NAMES} - {holder}


def primary(cluster: LocalCluster, name: str) -> int:
    """What /primary answers."""
    address = {one["name"]: one["address"] for one in cluster.galeractl("local", "status")["nodes"]}[name]
    with closing(http.client.HTTPConnection(address, 8008, timeout=5)) as line:
        line.request("GET", "/primary")
        return line.getresponse().status


class Client(threading.Thread):
    """Writes to whoever takes writes, and counts what was promised; it goes to another node when it is sent away."""

    def __init__(self, cluster: LocalCluster) -> None:
        super().__init__()
        told = [cluster.galeractl("local", "dsn", name) for name in NAMES]
        self.places = [{key: one[key] for key in ("host", "port", "user", "password")} for one in told]
        self.promised: set[int] = set()
        self.unknown: set[int] = set()  # sent, and not answered
        self.refused = 0
        self.ends = threading.Event()

    def run(self) -> None:
        value, place = 1000, 0
        while not self.ends.is_set():
            try:
                with closing(pymysql.connect(**self.places[place % 3], database="app", autocommit=True)) as line:
                    while not self.ends.wait(0.004):
                        value += 1
                        run(line, "SELECT 1")  # as a pool tests its connection
                        self.unknown.add(value)
                        run(line, f"INSERT INTO t (v) VALUES ({value})")
                        self.unknown.discard(value)
                        self.promised.add(value)
            except pymysql.Error as error:
                if error.args and error.args[0] == REFUSED:
                    self.refused += 1
                    self.unknown.discard(value)
                place += 1


def test_takeovers_under_writes_lose_nothing_and_take_no_longer(cluster: LocalCluster) -> None:
    client, gaps = Client(cluster), []
    client.start()
    try:
        for _round in range(6):
            holder = writer(cluster)
            target = NAMES[(NAMES.index(holder) + 1) % 3]
            wanted = len(client.promised) + 20
            wait_for("the client to write", lambda: len(client.promised) > wanted, 30)  # noqa: B023 - used in this round
            done = cluster.galeractl("takeover", "--to", target, "--drain", "3")
            assert primary(cluster, target) == 200
            assert not cluster.node(target).sql("SELECT @@global.read_only")[0][0]
            gaps.append(done["gap"])
            wait_for("the former writer to be read_only", lambda: at_rest(cluster), 30, cluster.words)
    finally:
        client.ends.set()
        client.join()
    print(f"gaps {gaps}, promised {len(client.promised)}, unanswered {len(client.unknown)}, refused {client.refused}")
    assert sorted(gaps)[len(gaps) // 2] < 0.3
    counted = cluster.node("db-0").sql("SET STATEMENT wsrep_sync_wait=1 FOR SELECT v FROM app.t WHERE v > 1000")
    there = [int(value) for (value,) in counted]
    assert len(there) == len(set(there))
    assert client.promised <= set(there) <= client.promised | client.unknown


def test_an_open_transaction_commits_on_the_former_writer_before_it_is_closed(cluster: LocalCluster) -> None:
    holder = writer(cluster)
    target = next(name for name in NAMES if name != holder)
    opened = connected(cluster, holder)
    run(opened, "BEGIN")
    run(opened, "INSERT INTO t (v) VALUES (1)")
    cluster.galeractl("takeover", "--to", target, "--drain", "60")
    run(opened, "INSERT INTO t (v) VALUES (2)")
    assert holder not in closed(cluster)
    run(opened, "COMMIT")
    wait_for("it to be sent away", lambda: is_closed(opened), 30, cluster.words)
    wait_for("the former writer to be read_only", lambda: at_rest(cluster), 30, cluster.words)
    with closing(connected(cluster, holder)) as late:
        with pytest.raises(pymysql.OperationalError) as refused:
            run(late, "INSERT INTO t (v) VALUES (3)")
        assert refused.value.args[0] == REFUSED
    assert cluster.node(target).sql("SELECT COUNT(*) FROM app.t WHERE v IN (1, 2)")[0][0] == 2


def test_a_killed_writer_is_succeeded_by_a_node_that_was_read_only(cluster: LocalCluster) -> None:
    holder = writer(cluster)
    others = [name for name in NAMES if name != holder]
    cluster.kill(holder, what="mariadbd")

    def takes_writes() -> Any:
        return next((name for name in others if primary(cluster, name) == 200), None)

    successor = wait_for("another node to take writes", takes_writes, 30, cluster.words)
    with closing(connected(cluster, successor)) as line:
        run(line, "INSERT INTO t (v) VALUES (4)")
    wait_for("all but it to be read_only, the one that came back, too", lambda: at_rest(cluster), 60, cluster.words)


def test_mode_multi_opens_all_and_its_end_closes_all_but_the_writer(cluster: LocalCluster) -> None:
    holder = writer(cluster)
    cluster.galeractl("mode", "multi")
    wait_for("every node to be writable", lambda: closed(cluster) == set(), 30, cluster.words)
    opened = connected(cluster, next(name for name in NAMES if name != holder))
    run(opened, "BEGIN")
    run(opened, "INSERT INTO t (v) VALUES (5)")
    cluster.galeractl("mode", "default")
    run(opened, "COMMIT")
    wait_for("it to be sent away", lambda: is_closed(opened), 30, cluster.words)
    wait_for("all but the writer to be read_only", lambda: at_rest(cluster), 30, cluster.words)


def test_what_a_person_sets_stays_until_the_role_changes_and_is_said(cluster: LocalCluster) -> None:
    holder = writer(cluster)
    other = next(name for name in NAMES if name != holder)
    cluster.node(holder).sql("SET GLOBAL read_only = ON")
    cluster.node(other).sql("SET GLOBAL read_only = OFF")

    def said() -> Any:
        found = {one["name"]: (one["flags"], one["remedy"]) for one in cluster.status()["nodes"]}
        return all("read-only-by-hand" in found[name][0] for name in (holder, other)) and found

    found = wait_for("both to be said", said, 20, cluster.words)
    assert found[holder][1] == f"on {holder}, as root: SET GLOBAL read_only=OFF"
    assert found[other][1] == f"on {other}, as root: SET GLOBAL read_only=ON"
    assert closed(cluster) == {*NAMES} - {other}
    assert primary(cluster, holder) == 200  # the writer is the writer: a person has stopped the writes, not moved them
    cluster.galeractl("takeover", "--to", other)
    wait_for("the role to have set both anew", lambda: at_rest(cluster), 30, cluster.words)
    assert "read-only-by-hand" not in str(cluster.status())


def test_without_the_setting_the_next_sidecar_takes_it_back(cluster: LocalCluster) -> None:
    cluster.galeractl("local", "start", "--no-enforce-read-only")
    pids = {one["name"]: one["pids"] for one in cluster.galeractl("local", "status")["nodes"]}
    servers = {name: cluster.node(name).facts()["server_pid"] for name in NAMES}
    for name in NAMES:
        os.kill(pids[name]["peerfinder"], signal.SIGKILL)
    cluster.start()
    wait_for("every node to be writable", lambda: closed(cluster) == set(), 30, cluster.words)
    assert {name: cluster.node(name).facts()["server_pid"] for name in NAMES} == servers
