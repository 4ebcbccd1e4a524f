"""A real HAProxy, with the chart's configuration, before a real cluster: it follows the nodes, whatever they do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest

import tests.support.cluster
from tests.support import haproxy
from tests.support.cluster import LocalCluster, copied, wait_for
from tests.support.haproxy import DEFAULT, READ_ONLY, READ_WRITE, Proxy

NAMES = ("db-0", "db-1", "db-2")
TRIES = 50


class Ground:
    """The cluster, its proxy, and clients that go through it."""

    def __init__(self, cluster: LocalCluster, proxy: Proxy) -> None:
        self.cluster, self.proxy = cluster, proxy
        self._password = (cluster.directory / "secrets/app").read_text().rstrip("\n")

    def connect(self, port: int = READ_WRITE) -> pymysql.Connection[Any]:
        return self.proxy.connect(port, user="app", password=self._password)

    def reach(self, port: int) -> str:
        """The node that a new connection comes to."""
        with closing(self.connect(port)) as line:
            return str(one(line, "SELECT @@wsrep_node_name"))

    def write(self) -> None:
        with closing(self.connect()) as line:
            one(line, "INSERT INTO app.t (v) VALUES (UUID())")

    def writer(self) -> str:
        """The writer, where all nodes name the same and know their own part in it; else ''."""
        views = {}
        for name in NAMES:
            views[name] = json.loads((self.cluster.node(name).run / "cluster.json").read_text())["writer"]
        (writer, *more) = {view["node"] for view in views.values()}
        roles = {name: view["role"] for name, view in views.items()}
        wanted = {name: "primary" if name == writer else "secondary" for name in NAMES}
        return str(writer) if not more and roles == wanted else ""

    def is_settled(self) -> str:
        """The writer, where HAProxy takes each node for what it is; else ''."""
        writer = self.writer()
        right = self.proxy.takers("writer") == {writer} and self.proxy.takers("readers") == set(NAMES) - {writer}
        return writer if right else ""

    def settle(self, seconds: float = 40) -> str:
        return str(wait_for("HAProxy and all nodes to agree", self.is_settled, seconds, self.words))

    def claim(self, target: str) -> None:
        """Give the role to a node, as a takeover does."""
        node = self.cluster.node(target)
        ((epoch,),) = node.sql("SET SESSION wsrep_sync_wait=1", "SELECT epoch FROM galerakit.writer")
        node.sql(f"UPDATE galerakit.writer SET node='{target}', epoch={epoch + 1}")

    def words(self) -> str:
        return f"{self.proxy.words()}\n{self.proxy.states('writer')} {self.proxy.states('readers')}"


def one(line: pymysql.Connection[Any], statement: str) -> Any:
    with line.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
        return row[0] if row else None


@pytest.fixture(scope="module")
def made(stopped: Path, yard: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with copied(stopped, yard / "proxy") as cluster:
        cluster.start()
        cluster.node("db-0").sql("CREATE TABLE app.t (id BIGINT AUTO_INCREMENT PRIMARY KEY, v CHAR(36))")
        with haproxy.running(cluster, tmp_path_factory.mktemp("haproxy")) as proxy:
            yield Ground(cluster, proxy)


@pytest.fixture
def ground(made: Ground) -> Ground:
    """All three Synced, and known to HAProxy."""
    made.cluster.start()
    made.settle()
    return made


@contextmanager
def writes(ground: Ground) -> Iterator[Callable[[], tuple[float, list[str]]]]:
    """A client that writes with a new connection each time; what it felt: the longest gap, and what failed."""
    stop, answered, failed = threading.Event(), [time.monotonic()], []

    def work() -> None:
        while not stop.is_set():
            try:
                ground.write()
            except pymysql.MySQLError as error:
                failed.append(str(error))
            else:
                answered.append(time.monotonic())
            time.sleep(0.02)

    def felt() -> tuple[float, list[str]]:
        stop.set()
        thread.join(60)
        ends = [*answered[1:], time.monotonic()]
        return max(end - begin for begin, end in zip(answered, ends, strict=True)), failed

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    wait_for("the first write", lambda: len(answered) > 5, 20, ground.words)
    try:
        yield felt
    finally:
        stop.set()


def test_writes_go_to_the_writer_and_reads_to_the_others_in_turn(ground: Ground) -> None:
    writer = ground.settle()
    assert {ground.reach(port) for port in (READ_WRITE, DEFAULT) for _ in range(10)} == {writer}
    reached = [ground.reach(READ_ONLY) for _ in range(TRIES)]
    assert {name: reached.count(name) for name in set(reached)} == {
        name: TRIES // 2 for name in NAMES if name != writer
    }


def test_its_status_port_tells_that_it_is_ready_and_has_metrics(ground: Ground) -> None:
    assert ground.proxy.ask("/livez")[0] == 200
    assert ground.proxy.ask("/readyz") == (200, "ready")
    status, text = ground.proxy.ask("/metrics")
    assert status == 200
    assert 'haproxy_server_status{proxy="writer",server="db-0"' in text


def test_an_orderly_takeover_lets_open_transactions_commit_and_leads_new_ones_to_the_new_writer(ground: Ground) -> None:
    former = ground.settle()
    target = next(name for name in NAMES if name != former)
    with closing(ground.connect()) as line, writes(ground) as felt:
        assert one(line, "SELECT @@wsrep_node_name") == former
        line.begin()
        one(line, "INSERT INTO app.t (v) VALUES ('open')")
        ground.claim(target)
        wait_for("HAProxy to follow", lambda: ground.proxy.takers("writer") == {target}, 20, ground.words)
        assert {ground.reach(READ_WRITE) for _ in range(10)} == {target}
        line.commit()
        assert one(line, "SELECT COUNT(*) FROM app.t WHERE v = 'open'") == 1  # it goes on where it was
        gap, failed = felt()
    print(f"takeover: gap {gap:.3f} s, {len(failed)} failed")
    assert failed == []
    assert gap < 3


@pytest.mark.parametrize("what", ["node", "mariadbd"])
def test_a_killed_writer_is_followed_and_nobody_is_refused_meanwhile(ground: Ground, what: str) -> None:
    former = ground.settle()
    held = ground.connect()
    ground.cluster.kill(former, what=what)
    began = time.monotonic()
    ground.write()  # one connection, which waits
    took = time.monotonic() - began
    print(f"SIGKILL of the writer ({what}): written again after {took:.2f} s")
    assert took < 12
    with pytest.raises(pymysql.MySQLError):
        one(held, "SELECT 1")
    assert ground.reach(READ_WRITE) != former


def test_a_paused_writer_is_followed_and_its_sessions_are_cut(ground: Ground) -> None:
    former = ground.settle()
    held = ground.connect()
    ground.cluster.galeractl("local", "pause", former)
    began = time.monotonic()
    try:

        def is_written() -> bool:
            try:
                ground.write()
            except pymysql.MySQLError:
                return False
            return True

        wait_for("a write", is_written, 60, ground.words)
        print(f"SIGSTOP of the writer: written again after {time.monotonic() - began:.2f} s")
        with pytest.raises(pymysql.MySQLError, match=r"Lost connection|gone away"):
            one(held, "SELECT 1")
        print(f"its sessions were cut after {time.monotonic() - began:.2f} s")
        assert former not in {ground.reach(port) for port in (READ_WRITE, READ_ONLY) for _ in range(TRIES)}
    finally:
        ground.cluster.galeractl("local", "resume", former)


def test_a_writer_that_is_stopped_in_order_costs_nobody_anything(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = ground.settle()
    ground.cluster.stop(writer)  # whoever starts now gets the drain
    monkeypatch.setitem(tests.support.cluster.ENVIRONMENT, "GALERA_DRAIN_SECONDS", "3")
    ground.cluster.start(writer)
    ground.settle()
    ground.claim(writer)
    wait_for("the role", lambda: ground.is_settled() == writer, 30, ground.words)
    with writes(ground) as felt:
        ground.cluster.stop(writer)
        gap, failed = felt()
    print(f"orderly stop of the writer: gap {gap:.3f} s, {len(failed)} failed")
    assert failed == []
    assert gap < 3


def test_a_member_that_is_out_of_the_cluster_gets_no_connection(ground: Ground) -> None:
    writer = ground.settle()
    outcast = next(name for name in NAMES if name != writer)
    ground.cluster.node(outcast).sql("SET GLOBAL wsrep_provider_options='gmcast.isolate=1'")
    wait_for("HAProxy to send nobody", lambda: outcast not in ground.proxy.takers("readers"), 20, ground.words)
    reached = {ground.reach(port) for port in (READ_WRITE, READ_ONLY) for _ in range(TRIES)}
    ground.cluster.kill(outcast)  # isolated for good, unless its server is started anew
    assert outcast not in reached


def test_an_outage_of_dns_changes_nothing(ground: Ground) -> None:
    former = ground.settle()
    target = next(name for name in NAMES if name != former)
    before = ground.proxy.states("writer"), ground.proxy.states("readers")
    try:
        for mode in ("nxdomain", "empty", "servfail", "silent"):
            ground.cluster.dns(mode)
            time.sleep(4)  # several questions of HAProxy
            assert (ground.proxy.states("writer"), ground.proxy.states("readers")) == before, mode
            assert ground.reach(READ_WRITE) == former
        ground.claim(target)
        wait_for("HAProxy to follow", lambda: ground.proxy.takers("writer") == {target}, 20, ground.words)
    finally:
        ground.cluster.dns("ok")


def test_a_new_address_is_used_and_a_stranger_at_an_old_one_is_not(ground: Ground) -> None:
    writer = ground.settle()
    moved, other = (name for name in NAMES if name != writer)
    path = ground.cluster.directory / "zone.json"
    before = path.read_text()

    def point(address: str) -> None:
        zone = json.loads(before)
        zone["hosts"][moved]["address"] = address
        aside = path.with_name("zone.json.test")
        aside.write_text(json.dumps(zone))
        aside.chmod(0o644)
        aside.rename(path)

    addresses = {name: host["address"] for name, host in json.loads(before)["hosts"].items()}
    try:
        point(addresses[other])  # an agent answers there, ready for reads, and is not the node that was meant
        wait_for("the stranger to be noticed", lambda: ground.proxy.takers("readers") == {other}, 20, ground.words)
        assert ground.proxy.states("readers")[moved] == "NOLB"
        assert {ground.reach(READ_ONLY) for _ in range(TRIES)} == {other}
        point(addresses[moved])
        wait_for("the new address", lambda: ground.is_settled() == writer, 20, ground.words)
    finally:
        point(addresses[moved])
