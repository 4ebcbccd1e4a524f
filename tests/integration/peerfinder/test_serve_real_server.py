"""The sidecar beside a real mariadbd: status by SQL and by file, and views that are applied."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from peerfinder.adapters import memory_file, mysql, run_directory
from peerfinder.core.position import ZERO_UUID
from peerfinder.core.record import StartKind
from peerfinder.core.report import Phase
from peerfinder.core.wsrep import ServerError, WsrepState
from tests.support.plain_server import BALLOT, MONITOR, PASSWORD, PlainServer
from tests.support.sidecars import Node, Sidecars, wait_for

pytestmark = pytest.mark.integration


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Sidecars]:
    sidecars = Sidecars(tmp_path, count=2)
    (tmp_path / "password").write_text(PASSWORD)
    yield sidecars
    sidecars.close()


@pytest.fixture
def first(pair: Sidecars, template: Path) -> Iterator[PlainServer]:
    """The first node's server: bootstrapped, with the monitor's account."""
    server = PlainServer(pair.nodes[0], template, tuple(pair.nodes))
    server.bootstrap()
    yield server
    server.end()


def running(server: PlainServer, kind: StartKind = StartKind.BOOTSTRAP) -> None:
    """Let the node's entrypoint say that this server runs."""
    server.announce(kind)
    server.node.beat()


def watch(pair: Sidecars, node: Node) -> None:
    node.start(pair.dns.address, "--monitor-password-file", str(pair.root / "password"))


Asker = Callable[..., mysql.Server]


@pytest.fixture
def asker(pair: Sidecars, first: PlainServer) -> Iterator[Asker]:
    """Connections to the first server, closed at the end."""
    opened: list[mysql.Server] = []

    def connect(password: Path | None = pair.root / "password", user: str = MONITOR) -> mysql.Server:
        opened.append(mysql.Server(first.node.run / "mysqld.sock", user, password, mysql.STATUS_SECONDS))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def test_the_adapter_alone(first: PlainServer, asker: Asker) -> None:
    monitor = asker()
    facts = monitor.status()
    assert (facts.sql, facts.state, facts.is_synced, facts.cluster_size) == (True, WsrepState.SYNCED, True, 1)
    saved = run_directory.read_gvwstate(first.node.volume)
    assert saved
    assert facts.gcomm_uuid == saved.my_uuid
    assert facts.committed >= 3
    assert facts.version.startswith(("1", "2"))
    assert (facts.read_only, facts.desynced, facts.reject_queries) == (False, False, False)

    view = monitor.view()
    assert [(row.uuid, row.name) for row in view.members] == [(saved.my_uuid, "db-0")]
    assert monitor._ask("SELECT @@session.wsrep_sync_wait") == ((0,),)

    by_file = run_directory.read_status(first.node.run)
    assert by_file
    assert (by_file.state, by_file.comment) == (WsrepState.SYNCED, "Operational")

    first.sql("SET GLOBAL read_only=ON", "SET GLOBAL wsrep_desync=ON", "SET GLOBAL wsrep_reject_queries=ALL")
    facts = monitor.status()
    assert (facts.read_only, facts.desynced, facts.reject_queries) == (True, True, True)
    assert facts.state is WsrepState.DONOR


def test_a_view_is_read_behind_the_write_sets_before_it(first: PlainServer, asker: Asker) -> None:
    def causal_reads() -> int:
        return int(first.sql("SHOW GLOBAL STATUS LIKE 'wsrep_causal_reads'")[0][1])

    before = causal_reads()
    asker().view()
    assert causal_reads() >= before + 2


def test_what_goes_wrong_is_a_sentence(pair: Sidecars, first: PlainServer, asker: Asker) -> None:
    wrong = pair.root / "wrong"
    wrong.write_text("guess")
    refused = asker(wrong).status()
    assert not refused.sql
    assert "refused the monitor user 'monitor' (Access denied)" in refused.error
    assert "the node runs on" in refused.error
    assert "cannot be read" in asker(Path("/nowhere")).status().error

    first.sql("CREATE USER blind@localhost")
    blind = asker(None, "blind")
    assert blind.status().is_synced
    with pytest.raises(ServerError, match="grant it SELECT"):
        blind.view()

    monitor = asker()
    assert monitor.status().sql
    first.kill()
    assert "no SQL yet" in monitor.status().error


def test_from_bootstrap_to_a_lone_survivor(pair: Sidecars, first: PlainServer) -> None:
    one, two = pair.nodes
    first.stop()  # a copy of its data joins later by IST alone
    second = PlainServer(two, one.volume / "data", tuple(pair.nodes))
    first.start("--wsrep-new-cluster")
    first.wait_synced()
    running(first)
    for node in pair.nodes:
        watch(pair, node)
    wait_for("db-0 is ready", lambda: one.http("/readyz")[0] == 200, seconds=15)
    view = wait_for("its first view is applied", lambda: (shot := one.snapshot) and shot.applied)
    saved = run_directory.read_gvwstate(one.volume)
    assert saved
    assert (view.seq, [member.name for member in view.members]) == (saved.seq, ["db-0"])
    assert view.start >= 1

    def written() -> bool:
        memory = memory_file.read(pair.memory)
        return (memory.ballot, memory.replicas, len(memory.lineage)) == (BALLOT, 2, 1)

    wait_for("the memory is written", written)
    assert memory_file.read(pair.memory).lineage[0].uuid == memory_file.read(pair.memory).uuid != ZERO_UUID

    # the second joins: heard of by its status file before it opens SQL
    second.start()
    running(second, StartKind.JOIN)
    try:
        told = wait_for(
            "db-0 hears that db-1 joins",
            lambda: (shot := one.snapshot) and "db-1" in shot.reports and shot.reports["db-1"].server.state
            and shot.reports["db-1"].server,
            seconds=20,
        )  # fmt: skip
        assert not told.sql
        assert told.error.startswith("no SQL yet")
        second.wait_synced()
        view = wait_for("two are applied", lambda: (now := one.snapshot.applied) and now.seq > view.seq and now)
        assert {member.name for member in view.members} == {"db-0", "db-1"}
        other = wait_for("by the second too", lambda: (shot := two.snapshot) and shot.applied, seconds=20)
        assert (other.seq, other.members, other.start) == (view.seq, view.members, view.start)
        assert two.http("/readyz")[0] == 200 or wait_for("db-1 is ready", lambda: two.http("/readyz")[0] == 200)

        # its server dies: the survivor is non-Primary, says so by SQL and is not ready; its view stays the last Primary
        second.kill()
        wait_for("db-0 is non-Primary", lambda: one.snapshot.reports["db-0"].server.cluster_status == "non-Primary",
                 seconds=30)  # fmt: skip
        own = one.snapshot.reports["db-0"]  # type: ignore[union-attr]
        assert own.server.sql
        assert own.server.gcomm_uuid
        status, body, _ = one.http("/readyz")
        assert (status, body["reason"]) == (503, "not in a Primary component (non-Primary)")
        assert one.snapshot.applied.seq == view.seq  # type: ignore[union-attr]

        # and it dies too: nothing is there but the entrypoint's word
        first.kill()
        wait_for("SQL is gone", lambda: not one.snapshot.reports["db-0"].server.sql)
        one.facts = replace(one.facts, phase=Phase.WAITING, server_pid=0)
        wait_for("no view is shown any more", lambda: one.snapshot.applied is None)
        assert one.snapshot.reports["db-0"].server.state is WsrepState.UNKNOWN  # type: ignore[union-attr]
    finally:
        if second.process and second.process.poll() is None:
            second.kill()
    assert PASSWORD not in one.log.read_text()


def test_a_server_that_hangs_delays_no_look(pair: Sidecars, first: PlainServer) -> None:
    node = first.node
    running(first)
    watch(pair, node)
    wait_for("db-0 is ready", lambda: node.http("/readyz")[0] == 200, seconds=15)
    assert first.process
    first.process.send_signal(signal.SIGSTOP)
    try:
        wait_for("it is noticed", lambda: node.http("/readyz")[0] == 503, seconds=8)
        before = node.snapshot
        assert before
        time.sleep(1.2)
        after = node.snapshot
        assert after
        assert after.written_at - before.written_at > 0.8
        started = time.monotonic()
        assert node.stop() == 0
        assert time.monotonic() - started < 2
    finally:
        first.process.send_signal(signal.SIGCONT)
