"""What people set, at one sidecar beside a real server: asked for, told, stored, and kept through its own restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrypoint.core.writer_tables import MONITOR_GRANT, TABLE_STATEMENTS
from tests.support.plain_server import MONITOR, PASSWORD, PlainServer
from tests.support.sidecars import TOKEN, Node, Sidecars, wait_for

pytestmark = pytest.mark.integration

SECONDS = 30.0  # for what takes a look or two, on a machine that is busy
TABLES = (*TABLE_STATEMENTS, f"GRANT {MONITOR_GRANT} TO {MONITOR}@localhost")


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Sidecars]:
    sidecars = Sidecars(tmp_path, count=1)
    (tmp_path / "password").write_text(PASSWORD)
    yield sidecars
    sidecars.close()


@pytest.fixture
def server(alone: Sidecars, template: Path) -> Iterator[PlainServer]:
    """A Primary of one, whose entrypoint says that it runs; with the tables."""
    server = PlainServer(alone.nodes[0], template, tuple(alone.nodes))
    server.bootstrap()
    server.announce()
    server.sql(*TABLES)
    yield server
    server.end()


def watch(alone: Sidecars, *more: str) -> Node:
    node = alone.nodes[0]
    node.start(alone.dns.address, "--monitor-password-file", str(alone.root / "password"), *more)
    wait_for("the role", lambda: readiness(node) and node.snapshot and node.snapshot.writer.epoch, SECONDS)
    return node


def told(node: Node, /, **order: Any) -> tuple[int, str]:
    status, body, _headers = node.http("/v1/settings", token=TOKEN, method="POST", body=json.dumps(order))
    return status, body["reason"]


def effective(node: Node) -> dict[str, Any]:
    """What counts; empty where the agent gave no answer in time."""
    status, body, _headers = node.http("/v1/settings", token=TOKEN)
    return dict(body["effective"]) if status == 200 else {}


def readiness(node: Node) -> str:
    """Its reason; '' where the agent gave no answer in time, or has none yet."""
    _status, body, _headers = node.http("/readyz")
    return str(body["reason"]) if body and "looked" not in body["reason"] else ""


def test_settings_are_stored_shown_and_taken_back(alone: Sidecars, server: PlainServer) -> None:
    node = watch(alone, "--writer-preference", "db-0=prefer")
    assert node.http("/v1/settings")[0] == node.http("/v1/settings", method="POST", body="{}")[0] == 401
    assert told(node, setting="mode", value="dual")[0] == 400
    assert told(node, value="multi")[0] == 400
    assert told(node, setting="mode", value="multi") == (200, "stored: mode is multi")
    assert told(node, setting="preference", value="must-not", node="db-0")[0] == 200
    both = {"mode": "multi", "preferences": {"db-0": "must-not"}, "maintenance": {}}
    wait_for("both to count", lambda: effective(node) == both, SECONDS)
    shown = node.http("/v1/settings", token=TOKEN)[1]
    assert shown["configured"] == {"mode": "single", "preferences": {"db-0": "prefer"}, "maintenance": {}}
    assert shown["stored"] == {"mode": "multi", "preferences": {"db-0": "must-not"}, "maintenance": {}}
    wait_for("its metric", lambda: "galerakit_single_writer 0.0" in node.http("/metrics")[1], SECONDS)
    assert told(node, setting="mode") == (200, "mode is as configured again")
    wait_for("the configured mode", lambda: effective(node).get("mode") == "single", SECONDS)
    assert sorted(server.sql("SELECT name, value FROM galerakit.settings")) == [
        ("mode", ""), ("preference/db-0", "must-not"),
    ]  # fmt: skip


def test_a_sidecar_that_was_started_anew_knows_of_maintenance_before_it_reads_of_it(
    alone: Sidecars, server: PlainServer
) -> None:
    node = watch(alone)
    wait_for("the node to be ready", lambda: node.http("/readyz")[0] == 200, SECONDS)
    assert told(node, setting="maintenance", value="on", node="db-0")[0] == 200
    wait_for("the node to be out", lambda: "in maintenance since" in readiness(node), SECONDS)
    assert node.http("/livez")[0] == 200
    assert server.sql("SELECT @@global.wsrep_desync") == ((0,),)  # nobody else is ready: a joiner would need it
    node.stop()
    server.sql("RENAME TABLE galerakit.settings TO galerakit.aside")
    server.sql("CREATE TABLE galerakit.settings (name INT)")  # cannot be read as one
    node.start(alone.dns.address, "--monitor-password-file", str(alone.root / "password"))
    wait_for("the trouble to be said", lambda: "what people have set cannot be read" in node.log.read_text(), SECONDS)
    wait_for("what was known to count", lambda: "in maintenance since" in readiness(node), SECONDS)
    server.sql("DROP TABLE galerakit.settings", "RENAME TABLE galerakit.aside TO galerakit.settings")
    assert told(node, setting="maintenance", value="", node="db-0")[0] == 200
    wait_for("the node to be ready again", lambda: node.http("/readyz")[0] == 200, SECONDS)


def test_how_long_a_node_has_been_ready_is_counted_on_through_a_restart_of_its_sidecar(
    alone: Sidecars, server: PlainServer
) -> None:
    node = watch(alone)

    def seconds() -> float:
        seen = node.snapshot
        mine = seen.own_report if seen else None
        return mine.server.ready_seconds if mine else 0.0

    wait_for("three seconds of readiness", lambda: seconds() > 3, SECONDS)
    before = seconds()
    node.stop()
    watch(alone)
    wait_for("the count to go on", lambda: seconds() > before, SECONDS)
    assert server.sql("SELECT 1") == ((1,),)
