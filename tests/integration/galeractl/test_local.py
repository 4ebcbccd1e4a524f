"""galeractl against a real cluster on this machine: what each command does and says, by its JSON and exit code."""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pymysql
import pytest

from tests.support.pages import DOCS

pytestmark = pytest.mark.timeout(600)  # three new nodes cost half a minute, on a busy machine two
STATUS = json.loads((DOCS / "status.schema.json").read_text())
SMALL = ["--mariadb-option", "innodb_log_file_size=16M"]
ENVIRONMENT = os.environ | {"GALERA_GCACHE_SIZE": str(32 << 20), "GALERA_BUFFER_POOL_SIZE": str(48 << 20)}


class Galeractl:
    """The program, always with --json."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self, *words: str, code: int = 0) -> Any:
        command = [sys.executable, "-m", "galeractl", "--local", str(self.directory), "--json", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=ENVIRONMENT)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        answer = json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout
        if words == ("status",):
            jsonschema.validate(answer, STATUS)
        return answer

    def roles(self) -> dict[str, str]:
        """What each node is now."""
        status = subprocess.run(
            [sys.executable, "-m", "galeractl", "--local", str(self.directory), "--json", "status"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return {node["name"]: node["role"] for node in json.loads(status.stdout)["nodes"]}


def until(what: str, condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def running() -> Iterator[Galeractl]:
    """Three nodes in a directory that the server's user can reach."""
    root = Path(tempfile.mkdtemp(prefix="galera-tests.", dir="/var/tmp"))
    root.chmod(0o755)
    galeractl = Galeractl(root / "cluster")
    try:
        galeractl("local", "start", *SMALL)
        yield galeractl
    finally:
        for words in (["kill", "db-0", "db-1", "db-2"], ["stop"]):
            command = [sys.executable, "-m", "galeractl", "local", "--dir", str(galeractl.directory), *words]
            subprocess.run(command, capture_output=True, check=False, timeout=120)
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def galeractl(running: Galeractl) -> Galeractl:
    """The cluster, whole again before each test."""
    running("local", "start")
    return running


def test_a_new_cluster_is_online(galeractl: Galeractl):
    status = galeractl("status")
    assert (status["state"], status["tolerates"]) == ("ONLINE", 1)
    assert sorted(node["role"] for node in status["nodes"]) == ["primary", "secondary", "secondary"]
    assert all(node["ready"] and node["state"] == "Synced" for node in status["nodes"])
    assert len({node["address"] for node in status["nodes"]}) == 3


def test_an_application_can_connect_where_dsn_says(galeractl: Galeractl):
    line = pymysql.connect(**galeractl("local", "dsn", "db-2"), autocommit=True)
    with line.cursor() as cursor:
        cursor.execute("CREATE DATABASE IF NOT EXISTS shop")
        cursor.execute("SELECT @@innodb_log_file_size, @@wsrep_node_name")
        assert cursor.fetchone() == (16 << 20, "db-2")
    line.close()


def test_the_topology_has_one_line_per_node(galeractl: Galeractl):
    drawn = galeractl("topology")
    assert [line["node"] for line in drawn["lines"]] == ["db-0", "db-1", "db-2"]
    assert all(line["line"].startswith("[0,Synced,") and ",rw," in line["line"] for line in drawn["lines"])


def test_the_topology_is_drawn_again_for_each_change_until_interrupted(galeractl: Galeractl):
    command = [sys.executable, "-m", "galeractl", "--local", str(galeractl.directory), "topology", "--watch"]
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests may ignore it
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=heed) as watch:  # noqa: PLW1509
        assert watch.stdout
        block = [watch.stdout.readline() for _ in range(4)]
        assert "ONLINE" in block[0]
        galeractl("local", "stop", "db-1")
        while "stopped" not in (line := watch.stdout.readline()):
            assert line, "the watch has ended"
        watch.send_signal(signal.SIGINT)
        assert watch.stdout.read() is not None
        assert watch.wait(timeout=30) == 0


def test_a_stopped_node_leaves_and_comes_back(galeractl: Galeractl):
    galeractl("local", "stop", "db-1")
    assert galeractl("status", code=1)["state"] == "ONLINE_PARTIAL"
    assert galeractl.roles()["db-1"] == "stopped"
    listed = {node["name"]: node for node in galeractl("local", "status")["nodes"]}
    assert (listed["db-1"]["in_dns"], listed["db-1"]["pids"]) == (False, {})
    galeractl("local", "start", "db-1")
    assert galeractl("status")["state"] == "ONLINE"


def test_a_killed_node_stays_in_the_dns_and_comes_back(galeractl: Galeractl):
    assert galeractl("local", "kill", "db-2")["processes"] >= 3
    listed = {node["name"]: node for node in galeractl("local", "status")["nodes"]}
    assert (listed["db-2"]["in_dns"], listed["db-2"]["programs"]) == (True, "stopped")
    galeractl("local", "start")
    assert galeractl("status")["state"] == "ONLINE"


def test_a_killed_server_is_started_again_by_its_entrypoint(galeractl: Galeractl):
    before = {node["name"]: node["pids"] for node in galeractl("local", "status")["nodes"]}["db-1"]
    galeractl("local", "kill", "db-1", "--what", "mariadbd")
    galeractl("local", "start")
    after = {node["name"]: node["pids"] for node in galeractl("local", "status")["nodes"]}["db-1"]
    assert after["entrypoint"] == before["entrypoint"]
    assert after["mariadbd"] != before["mariadbd"]


def test_a_dead_entrypoint_and_its_orphan_are_replaced(galeractl: Galeractl):
    before = {node["name"]: node["pids"] for node in galeractl("local", "status")["nodes"]}["db-1"]
    os.kill(before["entrypoint"], signal.SIGKILL)
    until("its end to be seen", lambda: galeractl("local", "status")["nodes"][1]["programs"] == "agent only")
    galeractl("local", "start")
    after = {node["name"]: node["pids"] for node in galeractl("local", "status")["nodes"]}["db-1"]
    assert after["peerfinder"] == before["peerfinder"]
    assert {after["entrypoint"], after["mariadbd"]}.isdisjoint(before.values())


def test_a_paused_node_is_told_apart_and_can_go_on(galeractl: Galeractl):
    galeractl("local", "pause", "db-1")
    until("the pause to be seen", lambda: galeractl.roles()["db-1"] == "unreachable")
    assert galeractl("local", "start", code=1)["remedy"].endswith("local resume db-1")
    galeractl("local", "resume", "db-1")
    galeractl("local", "start")


def test_only_a_stopped_node_can_be_wiped_and_it_comes_back_new(galeractl: Galeractl):
    galeractl("local", "wipe", "db-2", code=4)
    galeractl("local", "stop", "db-2")
    galeractl("local", "wipe", "db-2")
    galeractl("local", "start")
    assert galeractl("status")["state"] == "ONLINE"


def test_two_of_three_wait_for_the_third_until_a_person_gives_it_up(galeractl: Galeractl):
    epoch = galeractl("status")["epoch"]
    galeractl("local", "kill", "db-0", "db-1", "db-2")
    galeractl("local", "start", "db-0", "db-1", "--timeout", "8", code=3)
    seen = galeractl("recover")
    assert seen["node"] is None
    assert seen["waiting"] == {"db-0": ["db-2"], "db-1": ["db-2"]}
    galeractl("recover", "--without", "db-0", "--yes", code=4)
    assert galeractl("recover", "--without", "db-2", "--dry-run")["stored"] is False
    assert galeractl.roles()["db-0"] == "waiting"
    assert galeractl("recover", "--without", "db-2", "--yes")["stored"] is True
    galeractl("local", "start")
    status = galeractl("status")
    assert status["state"] == "ONLINE"
    assert status["epoch"] != epoch


def test_a_cluster_beside_it_gets_a_network_of_its_own(galeractl: Galeractl):
    """Even a copy of the settings, which names the same network."""
    other = Galeractl(galeractl.directory.parent / "other")
    other.directory.mkdir(mode=0o755)
    other.directory.chmod(0o755)
    shutil.copy(galeractl.directory / "cluster.json", other.directory)
    try:
        other("local", "start", "--no-wait")
        addresses = [{node["address"] for node in one("local", "status")["nodes"]} for one in (galeractl, other)]
        assert not addresses[0] & addresses[1]
        assert galeractl("status")["state"] == "ONLINE"
    finally:
        other("local", "kill", "db-0", "db-1", "db-2")
        other("local", "stop")


def test_everything_ends_with_the_last_node(running: Galeractl):
    running("local", "stop")
    assert running("status", code=1)["state"] == "OFFLINE"
    assert running("local", "status")["dns"] is False
    running("local", "dsn", code=1)
