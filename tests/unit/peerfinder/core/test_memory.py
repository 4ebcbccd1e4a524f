from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.lineage import Ballot
from peerfinder.core.memory import ClusterMemory, Discard, Superseded, same_place
from peerfinder.core.position import Position

A, B = "0000aaaa-0000-11f0-8000-000000000000", "0000bbbb-0000-11f0-8000-000000000000"
MEMORY = ClusterMemory(superseded=(Superseded(A, 5),), discards=(Discard("db-1", Position(A, 9)),))


@pytest.mark.parametrize(("uuid", "seqno", "covered"), [(A, 5, True), (A, 6, False), (B, 1, False)])
def test_a_restore_supersedes_data_up_to_its_seqno(uuid: str, seqno: int, covered: bool) -> None:
    assert MEMORY.supersedes(Position(uuid, seqno)) is covered


@pytest.mark.parametrize(
    ("node", "where", "allowed"),
    [
        ("db-1", Position(A, 9), True),
        ("db-1", Position(A, 9, "0-1-9"), True),
        ("db-1", Position(A, 10), False),
        ("db-1", Position(B, 9), False),
        ("db-0", Position(A, 9), False),
    ],
)
def test_a_discard_is_for_one_node_at_one_place(node: str, where: Position, allowed: bool) -> None:
    assert MEMORY.allows_discard(node, where) is allowed


def test_a_uuid_or_a_ballot_is_a_history() -> None:
    assert not MEMORY.knows_history
    assert replace(MEMORY, uuid=A).knows_history
    assert replace(MEMORY, ballot=Ballot(1, "db-0")).knows_history


def test_the_servers_suffix_says_nothing_about_the_place() -> None:
    assert same_place(Position(A, 1), Position(A, 1, "0-1-1"))
    assert not same_place(Position(A, 1), Position(A, 2))
