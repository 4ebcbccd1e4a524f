"""The memory of three sidecars: swapped, lost, emptied, remembered over a kill; and how many nodes are expected."""

from __future__ import annotations

import signal
from dataclasses import replace

from peerfinder.adapters import memory_file
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.record import NodeRecord
from tests.support.sidecars import Sidecars, wait_for

HISTORY = "ada62fd4-e56a-11f1-9670-1362ccd8fbd6"
LINEAGE = (Epoch(Ballot(1, "db-0"), HISTORY, 0),)


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
