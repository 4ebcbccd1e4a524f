"""What a sidecar says of a peer that does not report: DNS, hearts, relics, dead agents, stale addresses, tokens."""

from __future__ import annotations

import signal
import time
from dataclasses import replace

import pytest

from tests.support.sidecars import TOKEN, Sidecars, wait_for


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
    told = "its entrypoint has not reported for"
    wait_for(
        "db-2 is silent and answers",
        lambda: (shot := node.snapshot) and told in shot.silent.get("db-2", "") and "db-2" in shot.answering,
        seconds=10,
    )
    assert node.snapshot
    assert "db-2" not in node.snapshot.reports
    wait_for("its own sidecar has noticed, too", lambda: quiet.http("/startupz")[0] == 503)
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
    silent = wait_for(
        "both are noticed, the other node's agent being up",
        lambda: (shot := node.snapshot) and "what answers" in shot.silent.get("db-1", "") and shot.silent,
    )
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
