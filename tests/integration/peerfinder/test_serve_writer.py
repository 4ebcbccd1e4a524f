"""The writer role of one sidecar beside a real server and an API of Kubernetes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pymysql
import pytest

from entrypoint.core.writer_tables import MONITOR_GRANT, TABLE_STATEMENTS
from peerfinder.core.report import Phase
from tests.support.kube_api import KubeApi, running
from tests.support.plain_server import MONITOR, PASSWORD, PlainServer
from tests.support.sidecars import Node, Sidecars, wait_for

pytestmark = pytest.mark.integration

TABLES = (*TABLE_STATEMENTS, f"GRANT {MONITOR_GRANT} TO {MONITOR}@localhost")


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Sidecars]:
    sidecars = Sidecars(tmp_path, count=1)
    (tmp_path / "password").write_text(PASSWORD)
    yield sidecars
    sidecars.close()


@pytest.fixture
def server(alone: Sidecars, template: Path) -> Iterator[PlainServer]:
    """A Primary of one, whose entrypoint says that it runs; without the tables of the role."""
    server = PlainServer(alone.nodes[0], template, tuple(alone.nodes))
    server.bootstrap()
    server.announce()
    yield server
    server.end()


@pytest.fixture
def api(alone: Sidecars) -> Iterator[KubeApi]:
    with running(alone.root) as api:
        api.namespace = "default"
        api.put("statefulsets", "db", {"spec": {"replicas": 1}})
        api.put("pods", "db-0", {"metadata": {"uid": "a-uid", "labels": {"app": "db", "galerakit/role": "secondary"}}})
        yield api


def watch(alone: Sidecars, api: KubeApi, *more: str) -> Node:
    node = alone.nodes[0]
    node.start(
        alone.dns.address, "--monitor-password-file", str(alone.root / "password"), "--statefulset", "db",
        "--api", api.url, "--api-dir", str(api.directory), *more,
    )  # fmt: skip
    return node


def labels(api: KubeApi) -> dict[str, str]:
    return dict(api.objects["pods", "db-0"]["metadata"]["labels"])


ALONE = {"app": "db", "galerakit/role": "primary", "galerakit/reads": "true"}


def test_the_only_node_is_the_writer_and_takes_reads(alone: Sidecars, server: PlainServer, api: KubeApi) -> None:
    server.sql(*TABLES)
    runs = alone.nodes[0].facts
    alone.nodes[0].facts = replace(runs, phase=Phase.WAITING, server_pid=0)
    node = watch(alone, api)
    wait_for("no labels of the role", lambda: labels(api) == {"app": "db"})
    node.facts = runs
    wait_for("its labels", lambda: labels(api) == ALONE)
    assert node.http("/primary")[:2] == (200, {"ok": True, "reason": "the writer since epoch 1"})
    assert node.http("/secondary")[0] == 200
    assert "galerakit_is_writer 1.0" in node.http("/metrics")[1]
    history = "SELECT node, epoch, from_node FROM galerakit.writer_history"
    wait_for("the history of it", lambda: server.sql(history) == (("db-0", 1, ""),))  # written beside the claim
    wait_for("an event", lambda: "Writer" in {one.get("reason") for one in list(api.objects.values())})

    server.sql("UPDATE galerakit.writer SET node='db-7', epoch=2")  # nobody who is there
    wait_for(
        "the role is claimed back", lambda: server.sql("SELECT node, epoch FROM galerakit.writer") == (("db-0", 3),)
    )

    assert node.stop() == 0
    node.facts = replace(node.facts, phase=Phase.WAITING, server_pid=0)
    node.beat()
    server.stop()
    assert labels(api) == ALONE  # nobody is there to change them
    watch(alone, api)
    wait_for("no labels of the role", lambda: labels(api) == {"app": "db"})


def test_a_new_sidecar_leaves_the_labels_until_it_knows_better(
    alone: Sidecars, server: PlainServer, api: KubeApi
) -> None:
    server.sql(*TABLES)
    node = watch(alone, api)
    wait_for("its labels", lambda: labels(api) == ALONE)
    seen: list[dict[str, str]] = []
    put = api.put
    api.put = lambda plural, name, found: (seen.append(found["metadata"]["labels"]), put(plural, name, found))[1]  # type: ignore[assignment,method-assign,func-returns-value]
    node.stop()
    patches = api.asked("PATCH", "pods")
    watch(alone, api)
    wait_for("the first word of the new sidecar", lambda: api.asked("PATCH", "pods") > patches)
    assert all(one == ALONE for one in seen), seen


def test_data_without_the_tables_have_no_role_until_somebody_makes_them(
    alone: Sidecars, server: PlainServer, api: KubeApi
) -> None:
    node = watch(alone, api)
    wait_for("its labels", lambda: labels(api) == {"app": "db", "galerakit/reads": "true"})
    assert node.http("/readyz")[0] == node.http("/secondary")[0] == 200
    assert node.http("/primary")[0] == 503
    assert "no table galerakit.writer" in node.http("/primary")[1]["reason"]
    assert node.log.read_text().count("no table galerakit.writer") == 1
    server.sql(*TABLES)
    wait_for("the role", lambda: labels(api) == ALONE, seconds=20)


@pytest.mark.usefixtures("server")
def test_in_mode_multi_a_ready_node_takes_everything(alone: Sidecars, api: KubeApi) -> None:
    node = watch(alone, api, "--writer-mode", "multi")
    wait_for("its labels", lambda: labels(api) == ALONE)
    assert node.http("/primary")[0] == node.http("/secondary")[0] == 200


def test_a_locked_row_costs_the_status_nothing(alone: Sidecars, server: PlainServer, api: KubeApi) -> None:
    server.sql(*TABLES)
    node = watch(alone, api)
    wait_for("the role", lambda: node.http("/primary")[0] == 200)
    with pymysql.connect(unix_socket=str(server.node.run / "mysqld.sock"), user="root") as line:
        line.cursor().execute("LOCK TABLES galerakit.writer WRITE")
        wait_for("the trouble", lambda: node.http("/primary")[1]["reason"].startswith("no writer role: "), seconds=10)
        assert node.http("/readyz")[0] == 200
        assert "galerakit_synced 1.0" in node.http("/metrics")[1]
    wait_for("the role again", lambda: node.http("/primary")[0] == 200)
