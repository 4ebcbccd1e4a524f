"""What people set while a real cluster runs: mode of the role, preferences, maintenance; by galeractl, seen by all."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from entrypoint.core.writer_tables import SETTINGS_STATEMENTS
from tests.support.cluster import LocalCluster, copied, wait_for

NAMES = ("db-0", "db-1", "db-2")


@pytest.fixture(scope="module")
def running(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    with copied(stopped, yard / "standing") as made:
        yield made


@pytest.fixture
def cluster(running: LocalCluster) -> LocalCluster:
    """All three Synced and ready, nothing set, one of them the writer."""
    running.start()
    running.node("db-0").sql("UPDATE galerakit.settings SET value = ''")
    wait_for("one writer, and all ready", lambda: at_rest(running), 60, running.words)
    return running


def seen(cluster: LocalCluster, name: str) -> dict[str, Any]:
    """What one sidecar publishes; empty where that cannot be read."""
    try:
        return dict(json.loads((cluster.node(name).run / "cluster.json").read_text()))
    except (OSError, ValueError):
        return {}


def server(cluster: LocalCluster, name: str) -> dict[str, Any]:
    """What one sidecar says of its own server."""
    return dict(seen(cluster, name).get("reports", {}).get(name, {}).get("server", {}))


def each(cluster: LocalCluster, what: Callable[[dict[str, Any]], Any]) -> set[Any]:
    return {what(seen(cluster, name)) for name in NAMES}


def writer(cluster: LocalCluster) -> str:
    """The writer where all know the same one, else ''."""
    found = each(cluster, lambda one: one.get("writer", {}).get("node"))
    return str(found.pop()) if len(found) == 1 else ""


def at_rest(cluster: LocalCluster) -> bool:
    """Whether everybody is ready and in flow control, knows one writer, and knows of nothing that is set."""
    return (
        bool(writer(cluster))
        and each(cluster, lambda one: one.get("ready")) == {True}
        and each(cluster, lambda one: any(one["steering"][what] for what in ("mode", "preferences", "maintenance")))
        == {False}
        and not any(server(cluster, name).get("stepped_out", True) for name in NAMES)
        and {cluster.node(name).status("wsrep_local_state_comment") for name in NAMES} == {"Synced"}
    )


def ask(cluster: LocalCluster, name: str, path: str) -> tuple[int, str]:
    address = {one["name"]: one["address"] for one in cluster.galeractl("local", "status")["nodes"]}[name]
    with closing(http.client.HTTPConnection(address, 8008, timeout=10)) as line:
        line.request("GET", path)
        reply = line.getresponse()
        return reply.status, str(json.loads(reply.read())["reason"])


def others(name: str) -> list[str]:
    return [one for one in NAMES if one != name]


def roles(cluster: LocalCluster) -> list[str]:
    return [seen(cluster, name)["writer"]["role"] for name in NAMES]


def test_the_mode_is_switched_for_all_and_back_without_a_restart(cluster: LocalCluster) -> None:
    holder = writer(cluster)
    pids = [cluster.node(name).facts()["server_pid"] for name in NAMES]
    assert cluster.galeractl("mode") == {"mode": "single", "configured": "single", "stored": None, "writer": holder}
    told = cluster.galeractl("mode", "multi")
    assert (told["mode"], told["configured"], told["stored"]) == ("multi", "single", "multi")
    assert roles(cluster) == ["primary"] * 3
    wait_for(
        "every node to take writes",
        lambda: {ask(cluster, name, "/primary") for name in NAMES} == {(200, "every ready node takes writes")}, 15,
        cluster.words,
    )  # fmt: skip
    assert cluster.galeractl("mode", "default")["writer"] == holder
    assert sorted(roles(cluster)) == ["primary", "secondary", "secondary"]
    assert [cluster.node(name).facts()["server_pid"] for name in NAMES] == pids


def test_a_preference_decides_who_succeeds_the_writer_and_moves_nothing_by_itself(cluster: LocalCluster) -> None:
    holder = writer(cluster)
    wanted = others(holder)[1]  # not the one that its ordinal would favour
    cluster.galeractl("preference", wanted, "prefer")
    assert writer(cluster) == holder
    assert cluster.galeractl("preference")["preferences"][wanted] == {
        "preference": "prefer", "configured": "neutral", "stored": "prefer",
    }  # fmt: skip
    cluster.stop(holder)
    wait_for(
        "the preferred node to be the writer",
        lambda: {seen(cluster, name)["writer"]["node"] for name in others(holder)} == {wanted}, 30, cluster.words,
    )  # fmt: skip


def test_a_writer_that_must_not_be_one_is_succeeded_and_does_not_come_back(cluster: LocalCluster) -> None:
    holder = writer(cluster)
    told = cluster.galeractl("preference", holder, "must-not")
    assert told["writer"] in others(holder)
    wait_for("all to know it", lambda: writer(cluster) == told["writer"], 15, cluster.words)
    told = cluster.galeractl("preference", holder, "default")
    assert told["preferences"] == {holder: {"preference": "neutral", "configured": "neutral", "stored": None}}
    assert told["writer"] != holder


def test_maintenance_takes_the_writer_out_of_service_alive_and_desynced_and_back(cluster: LocalCluster) -> None:
    holder = writer(cluster)
    pid = cluster.node(holder).facts()["server_pid"]
    told = cluster.galeractl("maintenance", "on", holder)
    assert (told["node"], told["maintenance"], told["ready"], told["desynced"]) == (holder, True, False, True)
    assert told["writer"] in others(holder)
    status, reason = ask(cluster, holder, "/readyz")
    assert status == 503
    assert reason == f"in maintenance since {told['since']}; galeractl maintenance off {holder} ends it"
    assert ask(cluster, holder, "/livez")[0] == ask(cluster, holder, "/startupz")[0] == 200
    assert ask(cluster, holder, "/secondary")[0] == 503
    assert cluster.node(holder).status("wsrep_local_state_comment") == "Donor/Desynced"
    mine = server(cluster, holder)
    assert (mine["stuck"], mine["stepped_out"], mine["desynced"]) == ("", True, True)
    shown = {node["name"]: node for node in cluster.status()["nodes"]}[holder]
    assert {"maintenance", "desynced", "stepped-out"} <= set(shown["flags"])
    assert shown["remedy"] == f"galeractl maintenance off {holder}"
    assert cluster.status()["state"] == "ONLINE"
    cluster.node(told["writer"]).sql("INSERT INTO lab.t (v) VALUES (UUID())")
    told = cluster.galeractl("maintenance", "off", holder)
    assert (told["maintenance"], told["ready"], told["desynced"]) == (False, True, False)
    assert cluster.node(holder).status("wsrep_local_state_comment") == "Synced"
    assert cluster.node(holder).facts()["server_pid"] == pid
    assert told["writer"] != holder


def test_maintenance_survives_a_restart_of_the_nodes_programs(cluster: LocalCluster) -> None:
    node = next(one for one in NAMES if one != writer(cluster))
    since = cluster.galeractl("maintenance", "on", node)["since"]
    cluster.stop(node)
    cluster.start(node)  # a node in maintenance is one that has started

    def is_out() -> bool:
        mine = server(cluster, node)
        return bool(mine.get("maintenance") == since and mine["stepped_out"] and mine["desynced"])

    wait_for("the node to come back in maintenance, and step out", is_out, 90, cluster.words)
    assert seen(cluster, node)["ready"] is False
    told = cluster.galeractl("maintenance", "off", node)
    assert (told["maintenance"], told["ready"]) == (False, True)


def test_the_last_ready_node_stays_in_service_unless_it_is_forced(cluster: LocalCluster) -> None:
    holder = writer(cluster)
    for name in others(holder):
        cluster.galeractl("maintenance", "on", name)
    refused = cluster.galeractl("maintenance", "on", holder, expect=4)
    assert f"no other node than {holder} is ready" in refused["error"]
    assert "in maintenance since" in refused["error"]
    assert seen(cluster, holder)["ready"] is True
    told = cluster.galeractl("maintenance", "on", holder, "--force")
    assert (told["ready"], told["writer"], told["desynced"]) == (False, holder, False)
    for name in NAMES:
        cluster.node(holder).sql(f"UPDATE galerakit.settings SET value = '' WHERE name = 'maintenance/{name}'")


def test_what_cannot_be_is_named(cluster: LocalCluster) -> None:
    unknown = cluster.galeractl("maintenance", "on", "db-7", expect=2)
    assert unknown["error"] == "db-7 is no node of this cluster: db-0, db-1, db-2"
    assert "db-7 is no node" in cluster.galeractl("preference", "db-7", "prefer", expect=2)["error"]
    assert "db-7 is no node" in cluster.galeractl("preference", "db-7", expect=2)["error"]
    cluster.node("db-1").sql("INSERT INTO galerakit.settings (name, value) VALUES ('color', 'blue')")
    wait_for(
        "the sidecars to name it",
        lambda: all("color=blue" in seen(cluster, name)["steering"]["problem"] for name in NAMES), 15, cluster.words,
    )  # fmt: skip
    assert cluster.galeractl("mode")["mode"] == "single"


def test_data_without_the_table_go_on_as_configured_and_the_command_says_what_makes_it(cluster: LocalCluster) -> None:
    holder = writer(cluster)
    cluster.node("db-0").sql("DROP TABLE galerakit.settings")
    wait_for(
        "the sidecars to notice",
        lambda: each(cluster, lambda one: one["steering"]["has_table"]) == {False}, 15, cluster.words,
    )  # fmt: skip
    assert cluster.galeractl("mode")["mode"] == "single"
    refused = cluster.galeractl("mode", "multi", expect=1)
    assert "no table galerakit.settings" in refused["error"]
    assert "CREATE TABLE IF NOT EXISTS galerakit.settings" in refused["remedy"]
    assert writer(cluster) == holder
    for statement in refused["remedy"].partition("as root: ")[2].rstrip(";").split("; "):
        cluster.node("db-0").sql(statement)
    assert len(SETTINGS_STATEMENTS) == 2
    wait_for(
        "the sidecars to find it",
        lambda: each(cluster, lambda one: one["steering"]["has_table"]) == {True}, 30, cluster.words,
    )  # fmt: skip
    assert cluster.galeractl("mode", "single")["stored"] == "single"
