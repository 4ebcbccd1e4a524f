"""galeractl inside a pod: it asks the own sidecar and every agent, and swaps the memory through the sidecar."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import Datadir, DecisionSummary
from peerfinder.core.view import Member, View
from tests.support.sidecars import PORT, Node, Sidecars, wait_for

HISTORY = "6f0e2a34-0000-11f1-8000-00000000000a"
EPOCH = Ballot(1, "db-0")
WAITS = DecisionSummary("wait", 5, "waiting for db-2", "galeractl recover --without db-2", ("db-2",), True)


@pytest.fixture
def crashed(tmp_path: Path) -> Iterator[Sidecars]:
    """Three nodes were in one Primary; db-2 has not come back."""
    these = Sidecars(tmp_path)
    these.memory.write_text(json.dumps({"uuid": HISTORY, "ballot": {"number": 1, "node": "db-0"}, "replicas": 3}))
    members = tuple(Member(f"6f0e2a34-0000-11f1-9000-00000000000{n}", f"db-{n}") for n in range(3))
    for node in these.nodes:
        view = View(EPOCH, 3, members, 0)
        record = NodeRecord(node.name, promise=EPOCH, lineage=(Epoch(EPOCH, HISTORY, 0),), views=(view,))
        node.facts = replace(
            node.facts, datadir=Datadir.PRESENT, position=Position(HISTORY, 812), record=record, decision=WAITS
        )
    for node in these.nodes[:2]:
        node.start(these.dns.address)
    for node in these.nodes[:2]:
        wait_for("two reports", lambda node=node: node.snapshot and len(node.snapshot.reports) == 2)  # type: ignore[misc]
    yield these
    these.close()


def galeractl(node: Node, *arguments: str) -> subprocess.CompletedProcess[str]:
    pod = {
        "POD_NAME": node.name,
        "POD_NAMESPACE": "shop",
        "PEERFINDER_RUN_DIR": str(node.run),
        "PEERFINDER_PORT": str(PORT),
        "PEERFINDER_TOKEN_FILE": str(node.root / "token"),
    }
    command = [sys.executable, "-m", "galeractl", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | pod, timeout=60, check=False)


def test_status_and_topology_are_of_the_cluster_of_the_pod(crashed: Sidecars) -> None:
    told = json.loads(galeractl(crashed.nodes[1], "status", "--json").stdout)
    assert (told["cluster"], told["state"]) == ("db", "NO_QUORUM")
    assert [node["role"] for node in told["nodes"]] == ["waiting", "waiting", "unreachable"]
    assert told["nodes"][0]["remedy"] == "galeractl recover --without db-2"
    shown = galeractl(crashed.nodes[1], "status")
    assert shown.returncode == 1
    assert "to do: kubectl exec -n shop db-1 -c galera -- galeractl recover --without db-2" in shown.stdout
    assert "db-2" in galeractl(crashed.nodes[0], "topology").stdout


def test_recover_stores_the_word_through_the_sidecar(crashed: Sidecars) -> None:
    node = crashed.nodes[0]
    assert (
        "kubectl exec -n shop db-0 -c galera -- galeractl recover --without db-2" in galeractl(node, "recover").stdout
    )
    refused = galeractl(node, "recover", "--without", "db-1", "--yes")
    assert refused.returncode == 4
    assert "galeractl local" not in refused.stderr
    assert json.loads(crashed.memory.read_text()).get("override") is None
    told = galeractl(node, "recover", "--without", "db-2", "--yes", "--timeout", "1")
    assert told.returncode == 3, told.stderr  # no entrypoint is there to follow it
    memory = json.loads(crashed.memory.read_text())
    assert (memory["override"]["without"], memory["override"]["position"]["seqno"]) == (["db-2"], 812)
    assert memory["version"] == 1


def test_a_sidecar_that_is_down_is_named(crashed: Sidecars) -> None:
    node = crashed.nodes[0]
    node.stop()
    for order in (["status"], ["topology"], ["recover", "--without", "db-2", "--yes"]):
        told = galeractl(node, *order)
        assert told.returncode == 1
        assert "the sidecar of this pod is down" in told.stderr
        assert "to do: kubectl logs -n shop db-0 -c peerfinder" in told.stderr
