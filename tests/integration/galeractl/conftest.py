"""A laptop in front of three nodes that were in one Primary, of which one has not come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import Datadir, DecisionSummary
from peerfinder.core.view import Member, View
from tests.support import kube_api
from tests.support.kube_objects import a_machine, a_pending_pod, a_pod
from tests.support.laptop import Laptop
from tests.support.sidecars import PORT, Sidecars, wait_for

HISTORY = "6f0e2a34-0000-11f1-8000-00000000000a"
EPOCH = Ballot(1, "db-0")
WAITS = DecisionSummary("wait", 5, "waiting for db-2", "galeractl recover --without db-2", ("db-2",), True)
MEMORY = {"uuid": HISTORY, "ballot": {"number": 1, "node": "db-0"}, "replicas": 3}


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecars]:
    """Three nodes were in one Primary; db-2 has not come back."""
    these = Sidecars(tmp_path_factory.mktemp("nodes"))
    these.memory.write_text(json.dumps(MEMORY))
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
        wait_for("two reports", lambda node=node: node.snapshot and len(node.snapshot.reports) == 2, 60)  # type: ignore[misc]
    yield these
    these.close()


@pytest.fixture
def laptop(crashed: Sidecars, tmp_path: Path) -> Iterator[Laptop]:
    """Two pods that run, and a third one that waits for a machine."""
    with kube_api.running(tmp_path, tls=True) as api:
        found = Laptop(api, tmp_path)
        found.put_release("my", "db", MEMORY)
        for node in crashed.nodes[:2]:
            found.put_pod(a_pod(node.name, machine=f"node{node.name[-1]}", address=node.address))
            api.put("nodes", f"node{node.name[-1]}", a_machine(f"node{node.name[-1]}"))
            api.forwards[node.name] = (node.address, PORT)
        found.put_pod(a_pending_pod("db-2"))
        yield found
