"""The sidecar as a program: three of them on loopback addresses, a real DNS, node.json files written by the test."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace

import pytest

from peerfinder.core.codec import from_json
from peerfinder.core.report import NodeReport, Phase
from tests.support.sidecars import TOKEN, VOTE_REQUEST, Sidecars, wait_for


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


@pytest.mark.parametrize("domain", ["k8s.example.com", "my-cluster"])
def test_another_cluster_domain_is_the_one_that_dns_is_asked_for(idle: Sidecars, domain: str) -> None:
    idle.zone(domain=domain)
    for node in idle.nodes[1:]:
        node.start(idle.dns.address, "--domain", domain)
    stranger = idle.nodes[0]
    stranger.start(idle.dns.address)
    for node in idle.nodes[1:]:
        wait_for(f"{node.name} sees all nodes", lambda node=node: idle.sees_all(node))  # type: ignore[misc]
        assert node.snapshot.addresses == {one.name: one.address for one in idle.nodes}
    wait_for("the usual domain names nobody", lambda: (shot := stranger.snapshot) and shot.dns)
    assert set(stranger.snapshot.reports) == {"db-0"}


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
    assert node.http("/v1/vote", method="POST", body=json.dumps(VOTE_REQUEST))[0] == 401
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


def test_look_answers_with_a_look_made_after_the_question(trio: Sidecars) -> None:
    asked = time.clock_gettime(time.CLOCK_BOOTTIME)
    snapshot = trio.nodes[0].ask({"verb": "look"})["snapshot"]
    assert snapshot["written_at"] > asked
    assert set(snapshot["reports"]) == {"db-0", "db-1", "db-2"}


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
