"""The data of a running node as a stream of its agent: whole, or said not to be; and no node is ever left desynced."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from peerfinder.core.frames import FrameReader
from tests.support.cluster import LocalCluster, Node, copied, wait_for

BACKUP = {"purpose": "backup"}
NAMES = ("db-0", "db-1", "db-2")
SECONDS = 60.0


@pytest.fixture(scope="module")
def running(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    with copied(stopped, yard / "copies") as made:
        made.start()
        made.node("db-0").sql("CREATE TABLE lab.big (id INT PRIMARY KEY, b LONGBLOB)")
        made.node("db-0").sql("USE lab", "INSERT INTO big SELECT seq, RANDOM_BYTES(1024) FROM seq_1_to_32768")
        yield made


@pytest.fixture
def cluster(running: LocalCluster) -> LocalCluster:
    """All three Synced and in flow control, db-0 the writer."""
    running.start()
    wait_for("everybody at rest", lambda: all(at_rest(running, name) for name in NAMES), SECONDS, running.words)
    if running.status()["writer"] != "db-0":
        running.galeractl("takeover", "--to", "db-0")
    wait_for("db-0 to be the writer for all", lambda: writers(running) == {"db-0"}, SECONDS, running.words)
    return running


def snapshot(cluster: LocalCluster, name: str) -> dict[str, Any]:
    try:
        return dict(json.loads((cluster.node(name).run / "cluster.json").read_text()))
    except (OSError, ValueError):
        return {}


def report(cluster: LocalCluster, name: str) -> dict[str, Any]:
    return dict(snapshot(cluster, name).get("reports", {}).get(name, {}))


def writers(cluster: LocalCluster) -> set[str]:
    return {str(snapshot(cluster, name).get("writer", {}).get("node")) for name in NAMES}


def at_rest(cluster: LocalCluster, name: str) -> bool:
    """Whether a node takes part in everything, and its sidecar knows it."""
    found = report(cluster, name)
    server = found.get("server", {})
    return (
        cluster.node(name).status("wsrep_local_state_comment") == "Synced"
        and server.get("state") == "Synced"
        and not (server.get("desynced") or server.get("stepped_out") or found.get("copying"))
    )


@contextmanager
def asked(cluster: LocalCluster, name: str, order: dict[str, Any]) -> Iterator[http.client.HTTPResponse]:
    address = next(one["address"] for one in cluster.status()["nodes"] if one["name"] == name)
    token = (cluster.directory / "secrets" / "token").read_text().strip()
    line = http.client.HTTPConnection(address, 8008, timeout=SECONDS)
    try:
        line.request("POST", "/v1/copy", json.dumps(order), {"Authorization": f"Bearer {token}"})
        answer = line.getresponse()
        yield answer
        answer.close()
    finally:
        line.close()


def refusal(cluster: LocalCluster, name: str, order: dict[str, Any]) -> tuple[int, str, str]:
    with asked(cluster, name, order) as answer:
        found = json.loads(answer.read())
        return answer.status, found["why"], found["reason"]


def drain(answer: http.client.HTTPResponse, to: Callable[[memoryview], object]) -> FrameReader:
    reader = FrameReader()
    while piece := answer.read1(1 << 20):
        for view in reader.feed(piece):
            to(view)
    return reader


def programs(node: Node) -> list[int]:
    """The mariadb-backup processes of a node."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--backup" in words and any(str(node.run).encode() in word for word in words):
            found.append(int(entry.name))
    return found


def agent(node: Node) -> int:
    """The process of a node's sidecar."""
    found = [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and (words := words_of(entry)) and "serve" in words and str(node.run) in words
    ]
    assert len(found) == 1
    return found[0]


def words_of(entry: Path) -> list[str]:
    try:
        return (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def test_a_whole_copy_of_a_node_that_is_out_of_flow_control_meanwhile(cluster, tmp_path):
    node, seen = cluster.node("db-1"), {}
    with asked(cluster, "db-1", BACKUP) as answer, (tmp_path / "stream").open("wb") as file:
        assert answer.status == 200
        wait_for("its report to tell of the copy", lambda: report(cluster, "db-1")["copying"], 10)
        seen |= report(cluster, "db-1")
        assert node.status("wsrep_desync_count") != "0"
        (pid,) = programs(node)
        password = (cluster.directory / "secrets" / "monitor").read_bytes().strip()
        assert password not in Path(f"/proc/{pid}/cmdline").read_bytes()
        assert (node.run / "copy").stat().st_mode & 0o077 == 0
        assert (node.run / "copy" / "my.cnf").stat().st_mode & 0o777 == 0o600
        cluster.write("db-0", 5)
        reader = drain(answer, file.write)
    assert (reader.why_failed(), seen["copying"]["purpose"], seen["server"]["stepped_out"]) == ("", "backup", True)
    wait_for("db-1 to take part again", lambda: at_rest(cluster, "db-1"), SECONDS, cluster.words)
    assert not (node.run / "copy").exists()

    target = tmp_path / "data"
    target.mkdir()
    with (tmp_path / "stream").open("rb") as file:
        subprocess.run(["mbstream", "-x", "-C", str(target)], stdin=file, check=True)
    prepare = ["mariadb-backup", "--prepare", "--use-memory=64M", f"--target-dir={target}"]
    done = subprocess.run(prepare, capture_output=True, text=True, check=False)
    assert done.stderr.rstrip().endswith("completed OK!"), done.stderr[-2000:]
    info = next(path for name in ("xtrabackup_galera_info", "mariadb_backup_galera_info")
                if (path := target / name).exists())  # fmt: skip
    assert info.read_text().split(":")[0] in cluster.uuids()


def test_who_asked_goes_away(cluster):
    node = cluster.node("db-1")
    with asked(cluster, "db-1", BACKUP) as answer:
        answer.read(1 << 20)
        assert programs(node)
    wait_for("the program to end", lambda: not programs(node), 10)
    wait_for("db-1 to take part again", lambda: at_rest(cluster, "db-1"), SECONDS, cluster.words)
    assert not (node.run / "copy").exists()


def test_the_agent_is_killed_in_the_middle(cluster):
    node = cluster.node("db-1")
    with asked(cluster, "db-1", BACKUP) as answer:
        answer.read(1 << 20)
        assert programs(node)
        os.kill(agent(node), signal.SIGKILL)
        wait_for("the program to end with its agent", lambda: not programs(node), 10)
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.read()
    assert node.status("wsrep_desync_count") == "1"
    cluster.start("db-1")
    wait_for("db-1 to take part again", lambda: at_rest(cluster, "db-1"), SECONDS, cluster.words)


def test_the_program_is_killed_in_the_middle(cluster):
    node = cluster.node("db-1")
    with asked(cluster, "db-1", BACKUP) as answer:
        (pid,) = programs(node)
        os.kill(pid, signal.SIGKILL)
        reader = drain(answer, lambda _view: None)
    assert reader.why_failed().startswith("mariadb-backup was ended by signal 9")
    wait_for("db-1 to take part again", lambda: at_rest(cluster, "db-1"), SECONDS, cluster.words)


def test_the_server_is_killed_in_the_middle(cluster):
    node = cluster.node("db-2")
    with asked(cluster, "db-2", BACKUP) as answer:
        assert answer.status == 200
        cluster.kill("db-2", what="mariadbd")
        reader = drain(answer, lambda _view: None)
    assert reader.why_failed().startswith("mariadb-backup ended with 1")
    wait_for("db-2 to take part again", lambda: at_rest(cluster, "db-2"), SECONDS, cluster.words)
    assert not (node.run / "copy").exists()


def test_what_is_refused(cluster):
    assert refusal(cluster, "db-0", BACKUP)[1:] == ("writer", "db-0 is the writer, whose clients would feel a copy")
    with asked(cluster, "db-1", BACKUP) as answer:
        answer.read(1 << 20)
        status, why, reason = refusal(cluster, "db-1", {"purpose": "seed"})
        assert (status, why) == (409, "busy")
        assert reason.startswith("another copy of db-1 is under way: backup")
        status, why, reason = refusal(cluster, "db-2", BACKUP)
        assert (status, why) == (409, "few")
        assert reason.startswith("only db-0 is Synced besides db-2")
    with asked(cluster, "db-1", {"purpose": "fun"}) as answer:
        assert answer.status == 400


def test_a_desync_of_a_person_is_left_alone(cluster):
    node = cluster.node("db-1")
    node.sql("SET GLOBAL wsrep_desync=ON")
    try:
        wait_for("the sidecar to see it", lambda: report(cluster, "db-1")["server"]["desynced"], 10)
        _status, why, reason = refusal(cluster, "db-1", BACKUP)
        assert (why, reason) == ("state", "db-1 is desynced, and not by its sidecar")
        assert node.status("wsrep_desync_count") == "1"
    finally:
        node.sql("SET GLOBAL wsrep_desync=OFF")


def test_the_writer_is_copied_in_flow_control(cluster):
    with asked(cluster, "db-0", BACKUP | {"allow_writer": True}) as answer:
        wait_for("its report to tell of the copy", lambda: report(cluster, "db-0")["copying"], 10)
        assert not report(cluster, "db-0")["server"]["stepped_out"]
        cluster.write("db-0", 5)
        reader = drain(answer, lambda _view: None)
    assert reader.why_failed() == ""
    wait_for("db-0 to take part again", lambda: at_rest(cluster, "db-0"), SECONDS, cluster.words)
