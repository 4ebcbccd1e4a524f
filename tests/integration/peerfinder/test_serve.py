"""The sidecar as a program: three of them on loopback addresses, a real DNS, node.json files written by the test."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from peerfinder.adapters import memory_file
from peerfinder.core.codec import from_json, to_json
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.vote import VoteRequest
from tests.support.sidecars import TOKEN, Sidecars, wait_for

HISTORY = "ada62fd4-e56a-11f1-9670-1362ccd8fbd6"
LINEAGE = (Epoch(Ballot(1, "db-0"), HISTORY, 0),)
REQUEST = to_json(VoteRequest(Ballot(4, "db-0"), ("db-0", "db-1", "db-2")))


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Sidecars]:
    """Three nodes whose sidecars do not run yet."""
    sidecars = Sidecars(tmp_path)
    yield sidecars
    sidecars.close()


@pytest.fixture
def trio(idle: Sidecars) -> Sidecars:
    """Three sidecars that know each other."""
    idle.start()
    return idle


def yes(name: str) -> Any:
    return lambda question: {"voter": name, "granted": True, "reason": f"ballot {question['request']['ballot']}"}


def test_reports_travel_and_the_expected_nodes_are_known(trio: Sidecars) -> None:
    for node in trio.nodes:
        snapshot = node.snapshot
        assert snapshot
        assert snapshot.expected == tuple(snapshot.reports) == ("db-0", "db-1", "db-2")
        assert len(snapshot.answering) == 2
        assert snapshot.dns == snapshot.memory_problem == ""
        assert snapshot.memory_fresh
        assert snapshot.silent == {}
    assert (trio.nodes[0].run / "cluster.json").stat().st_mode & 0o777 == 0o600


def test_a_change_at_one_node_reaches_the_others_within_two_looks(trio: Sidecars) -> None:
    trio.nodes[2].facts = replace(trio.nodes[2].facts, phase=Phase.STARTING)
    for node in trio.nodes:
        wait_for(
            f"{node.name} sees that db-2 is starting",
            lambda node=node: node.snapshot.reports["db-2"].facts.phase is Phase.STARTING,
            seconds=2,
        )


def test_the_api_needs_the_token_and_the_probes_do_not(trio: Sidecars) -> None:
    node = trio.nodes[1]
    assert node.http("/v1/node")[0] == 401
    assert node.http("/v1/node", token="wrong")[0] == 401
    assert node.http("/v1/vote", method="POST", body=json.dumps(REQUEST))[0] == 401
    status, body, headers = node.http("/v1/node", token=TOKEN)
    assert status == 200
    assert from_json(NodeReport, body).facts.name == headers["Galerakit-Node"] == "db-1"
    status, body, _ = node.http("/v1/cluster", token=TOKEN)
    assert status == 200
    assert set(body["reports"]) == {"db-0", "db-1", "db-2"}


def test_probes_metrics_and_unknown_paths(trio: Sidecars) -> None:
    node = trio.nodes[0]
    assert node.http("/startupz")[0] == node.http("/livez")[0] == 200
    status, body, _ = node.http("/readyz")
    assert (status, body) == (503, {"ok": False, "reason": "the server is waiting"})
    assert node.http("/livez", method="HEAD")[0] == 200
    status, text, headers = node.http("/metrics")
    assert status == 200
    assert "galerakit_peers_reporting 3.0" in text
    assert headers["Content-Type"].startswith("text/plain")
    status, body, _ = node.http("/nowhere")
    assert (status, body["reason"]) == (404, "no such path")
    assert node.http("/livez", method="POST")[0] == 405


def test_a_vote_is_carried_to_every_other_voter_and_back(trio: Sidecars) -> None:
    with trio.nodes[1].entrypoint(yes("db-1")), trio.nodes[2].entrypoint(yes("db-2")):
        answer = trio.nodes[0].ask({"verb": "ask", "request": REQUEST})
    assert {name: reply["granted"] for name, reply in answer["replies"].items()} == {"db-1": True, "db-2": True}


def test_whoever_cannot_vote_is_missing_from_the_replies(trio: Sidecars) -> None:
    trio.nodes[2].stop(signal.SIGKILL)
    started = time.monotonic()
    with trio.nodes[1].entrypoint(yes("db-1")):
        request = {**REQUEST, "asked": ["db-0", "db-1", "db-2", "db-7"]}
        answer = trio.nodes[0].ask({"verb": "ask", "request": request})
    assert list(answer["replies"]) == ["db-1"]
    assert "connection refused" in answer["silent"]["db-2"]
    assert "never in DNS" in answer["silent"]["db-7"]
    assert time.monotonic() - started < 2.5


def test_a_voter_without_entrypoint_says_so(trio: Sidecars) -> None:
    status, body, _ = trio.nodes[1].http("/v1/vote", token=TOKEN, method="POST", body=json.dumps(REQUEST))
    assert status == 503
    assert "does not listen" in body["reason"]


def test_the_vote_of_another_node_is_no_vote(trio: Sidecars) -> None:
    with trio.nodes[1].entrypoint(yes("db-2")):
        answer = trio.nodes[0].ask({"verb": "ask", "request": {**REQUEST, "asked": ["db-1"]}})
    assert answer["replies"] == {}


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ("{", 400, "no well-formed vote request"),
        ('{"ballot": {"number": "4", "node": "db-0"}, "asked": []}', 400, "$.ballot.number: expected int"),
        ('{"ballot": {"number": 4, "node": "db-0"}}', 400, "asked"),
        ("[" * 100_000, 400, "no well-formed vote request"),
        (" " * 300_000, 400, ""),
    ],
    ids=["no JSON", "a wrong type", "a missing field", "nested without end", "too long"],
)
def test_a_malformed_vote_is_refused(trio: Sidecars, body: str, status: int, sentence: str) -> None:
    got, said, _ = trio.nodes[1].http("/v1/vote", token=TOKEN, method="POST", body=body)
    assert got in (status, 0)  # a body beyond the limit may end in a closed connection
    if sentence:
        assert sentence in said["reason"]
    assert trio.nodes[1].http("/livez")[0] == 200


@pytest.mark.parametrize("mode", ["empty", "nxdomain", "servfail", "silent", "one-of-three"])
def test_dns_that_breaks_later_drops_nobody(trio: Sidecars, mode: str) -> None:
    node = trio.nodes[0]
    trio.zone(mode=mode)
    if mode == "one-of-three":
        time.sleep(1)
    else:
        wait_for("the snapshot says why DNS gives no answer", lambda: node.snapshot.dns)
    time.sleep(1)
    snapshot = node.snapshot
    assert snapshot
    assert set(snapshot.reports) == {"db-0", "db-1", "db-2"}
    trio.zone()
    wait_for("DNS is well again", lambda: not node.snapshot.dns and len(node.snapshot.addresses) == 3)


def test_a_heart_that_stops_makes_a_node_silent_yet_answering(trio: Sidecars) -> None:
    quiet, node = trio.nodes[2], trio.nodes[0]
    quiet.beating = False
    snapshot = wait_for(
        "db-2 is silent", lambda: (shot := node.snapshot) and "db-2" not in shot.reports and shot, seconds=6
    )
    assert "its entrypoint has not reported for" in snapshot.silent["db-2"]
    assert "db-2" in snapshot.answering
    assert quiet.http("/startupz")[0] == 503
    assert quiet.http("/livez")[0] == 200
    quiet.beating = True
    wait_for("db-2 reports again", lambda: "db-2" in node.snapshot.reports)


def test_a_malformed_node_json_is_no_report_with_the_reason(trio: Sidecars) -> None:
    broken, node = trio.nodes[2], trio.nodes[0]
    broken.beating = False
    time.sleep(0.4)
    broken.write_node('{"name": "db-2", "phase": "dancing"}')
    status, body = wait_for("no report", lambda: (got := broken.http("/v1/node", token=TOKEN))[0] == 503 and got[:2])
    assert status == 503
    assert "$.phase" in body["reason"]
    wait_for("db-0 knows why", lambda: "$.phase" in node.snapshot.silent.get("db-2", ""), seconds=6)
    assert "db-2" in node.snapshot.answering


def test_a_relic_of_the_boot_before_is_no_report(trio: Sidecars) -> None:
    trio.nodes[2].facts = replace(trio.nodes[2].facts, boot_id="another")
    wait_for("no report", lambda: trio.nodes[2].http("/v1/node", token=TOKEN)[0] == 503)


def test_a_dead_agent_is_silent_with_the_reason_and_its_last_state(trio: Sidecars) -> None:
    trio.nodes[2].stop(signal.SIGKILL)
    node = trio.nodes[0]
    silent = wait_for("db-2 is silent", lambda: node.snapshot.silent.get("db-2"), seconds=6)
    assert f"no answer from its agent at {trio.nodes[2].address}: connection refused (last seen waiting" in silent
    wait_for("db-2 answers no more", lambda: "db-2" not in node.snapshot.answering, seconds=5)


def test_an_address_that_passed_to_another_pod_is_noticed(idle: Sidecars) -> None:
    idle.nodes[1].address, idle.nodes[2].address = idle.nodes[2].address, idle.nodes[1].address
    for node in idle.nodes:
        node.start(idle.dns.address)
    node = idle.nodes[0]
    silent = wait_for("both are noticed", lambda: (shot := node.snapshot) and len(shot.silent) == 2 and shot.silent)
    assert silent["db-1"] == f"what answers at {idle.nodes[2].address} is db-2, not db-1 (a stale address)"
    assert not node.snapshot or node.snapshot.answering == ()


def test_another_token_is_no_report_and_an_answer(idle: Sidecars) -> None:
    for node in idle.nodes[:2]:
        node.start(idle.dns.address)
    other = idle.root / "other"
    other.write_text("battery-staple")
    idle.nodes[2].start(idle.dns.address, "--token-file", str(other))

    def told() -> str:
        snapshot = idle.nodes[0].snapshot
        reason = snapshot.silent.get("db-2", "") if snapshot else ""
        return reason if "refused our token" in reason else ""

    silent = wait_for("the refusal is told", told)
    assert "same Secret" in silent
    assert "db-2" in idle.nodes[0].snapshot.answering  # type: ignore[union-attr]


def test_look_answers_with_a_look_made_after_the_question(trio: Sidecars) -> None:
    asked = time.clock_gettime(time.CLOCK_BOOTTIME)
    snapshot = trio.nodes[0].ask({"verb": "look"})["snapshot"]
    assert snapshot["written_at"] > asked
    assert set(snapshot["reports"]) == {"db-0", "db-1", "db-2"}


def test_swap_by_one_wins_and_the_other_conflicts(trio: Sidecars) -> None:
    one = {"verb": "swap", "expected_version": 0, "memory": {"uuid": HISTORY, "version": 1}}
    assert trio.nodes[0].ask(one)["outcome"] == "swapped"
    assert trio.nodes[1].ask(one)["outcome"] == "conflict"
    assert memory_file.read(trio.memory).version == 1
    wait_for("all know it", lambda: all(node.snapshot.memory.version == 1 for node in trio.nodes))


def test_a_lost_memory_is_unreadable_with_its_last_copy_and_no_swap_reaches_it(trio: Sidecars) -> None:
    memory_file.swap(trio.memory, 0, ClusterMemory(uuid=HISTORY))
    wait_for("db-0 knows it", lambda: trio.nodes[0].snapshot.memory.version == 1)
    trio.memory.unlink()
    snapshot = wait_for("db-0 notices", lambda: not (shot := trio.nodes[0].snapshot).memory_fresh and shot)
    assert snapshot.memory.uuid == HISTORY
    assert "missing is not empty" in snapshot.memory_problem
    answer = trio.nodes[0].ask({"verb": "swap", "expected_version": 1, "memory": {}})
    assert answer["outcome"] == "unreachable"


def test_an_emptied_memory_is_unreadable_while_a_record_knows_an_epoch(trio: Sidecars) -> None:
    trio.nodes[1].facts = replace(trio.nodes[1].facts, record=NodeRecord("db-1", lineage=LINEAGE))
    snapshot = wait_for("db-0 notices", lambda: not (shot := trio.nodes[0].snapshot).memory_fresh and shot)
    assert snapshot.memory is None
    assert "db-1 knows a history" in snapshot.memory_problem


def test_more_nodes_are_expected_as_soon_as_the_file_says_so_and_fewer_are_not_forgotten(trio: Sidecars) -> None:
    memory_file.swap(trio.memory, 0, ClusterMemory(replicas=4))
    wait_for("the memory counts", lambda: len(trio.nodes[0].snapshot.expected) == 4)
    (trio.root / "replicas").write_text("5")
    wait_for("the file counts", lambda: len(trio.nodes[0].snapshot.expected) == 5)
    assert trio.nodes[0].snapshot.silent["db-4"] == "not in DNS"  # type: ignore[union-attr]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_two_seconds_and_leaves_no_socket(trio: Sidecars, number: int) -> None:
    started = time.monotonic()
    assert trio.nodes[0].stop(number) == 0
    assert time.monotonic() - started < 2
    assert not (trio.nodes[0].run / "agent.sock").exists()


def test_after_a_kill_it_takes_its_sockets_over_and_remembers_the_memory_and_the_addresses(trio: Sidecars) -> None:
    node = trio.nodes[0]
    memory_file.swap(trio.memory, 0, ClusterMemory(uuid=HISTORY, replicas=3))
    wait_for("db-0 knows it", lambda: node.snapshot.memory.version == 1)
    node.stop(signal.SIGKILL)
    assert (node.run / "agent.sock").exists()
    trio.memory.unlink()
    trio.zone(mode="servfail")
    (node.run / "cluster.json").touch()
    before = node.snapshot
    assert before
    node.start(trio.dns.address)
    wait_for("it looks again", lambda: node.snapshot.written_at > before.written_at)
    wait_for("it finds its peers without DNS", lambda: len(node.snapshot.reports) == 3)
    assert node.snapshot.memory.uuid == HISTORY  # type: ignore[union-attr]
    assert "snapshot" in node.ask({"verb": "look"})


@pytest.mark.parametrize("question", [[], {}, {"verb": "dance"}, {"verb": "swap", "expected_version": "1"}])
def test_a_malformed_question_of_the_entrypoint_gets_a_sentence(trio: Sidecars, question: object) -> None:
    assert "error" in trio.nodes[0].ask(question)


def test_nothing_secret_and_no_traceback_is_logged(trio: Sidecars) -> None:
    with socket.create_connection((trio.nodes[0].address, 8008)) as line:
        line.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
        line.settimeout(2)
        line.recv(100)
    trio.nodes[0].stop()
    text = trio.nodes[0].log.read_text()
    assert "serving node=db-0" in text
    assert TOKEN not in text
    assert "Traceback" not in text


# --- refusing to start, and `peerfinder ready` ---------------------------------------------------------------------


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "peerfinder", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
        env={**os.environ, **environment},
    )


def variables(sidecars: Sidecars, **changes: str) -> dict[str, str]:
    node, root = sidecars.nodes[0], sidecars.root
    return {
        "POD_NAME": node.name, "POD_IP": node.address, "POD_NAMESPACE": "default",
        "PEERFINDER_RUN_DIR": str(node.run), "PEERFINDER_VOLUME": str(node.volume), "PEERFINDER_SERVICE": "db",
        "PEERFINDER_TOKEN_FILE": str(root / "token"), "PEERFINDER_REPLICAS_FILE": str(root / "replicas"),
        "PEERFINDER_MEMORY": f"file:{root / 'memory.json'}", "PEERFINDER_NAMESERVER": sidecars.dns.address, **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"PEERFINDER_TOKEN_FILE": "/nowhere/token"}, "cannot be read", id="no token file"),
        pytest.param({"PEERFINDER_TOKEN_FILE": "/dev/null"}, "is empty", id="an empty token file"),
        pytest.param({"PEERFINDER_MEMORY": "configmap:x"}, "is not file:PATH", id="another kind of memory"),
        pytest.param({"POD_NAME": "database"}, "not a StatefulSet pod name", id="a name without ordinal"),
        pytest.param({"PEERFINDER_RUN_DIR": "/nowhere"}, "does not exist", id="no run directory"),
    ],
)
def test_it_refuses_to_start(idle: Sidecars, changes: dict[str, str], sentence: str) -> None:
    ended = run("serve", **variables(idle, **changes))
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_address_in_use_is_a_sentence(trio: Sidecars) -> None:
    ended = run("serve", **variables(trio))
    assert ended.returncode == 1
    assert "is another agent running?" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_ready_tells_by_its_exit_code(trio: Sidecars) -> None:
    node = trio.nodes[0]
    not_ready = run("ready", "--run-dir", str(node.run))
    assert (not_ready.returncode, not_ready.stdout) == (1, "the server is waiting\n")
    node.stop()
    snapshot = json.loads((node.run / "cluster.json").read_text())
    snapshot |= {"ready": True, "ready_reason": "Primary and Synced"}
    (node.run / "cluster.json").write_text(json.dumps(snapshot))
    ready = run("ready", PEERFINDER_RUN_DIR=str(node.run))
    assert (ready.returncode, ready.stdout) == (0, "Primary and Synced\n")
    (node.run / "cluster.json").write_text(json.dumps(snapshot | {"written_at": snapshot["written_at"] - 6}))
    assert run("ready", PEERFINDER_RUN_DIR=str(node.run)).returncode == 1
    assert run("ready", "--run-dir", "/nowhere").returncode == 1
