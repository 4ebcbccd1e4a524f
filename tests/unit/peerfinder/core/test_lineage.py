from __future__ import annotations

import pytest

from peerfinder.core.lineage import Ballot, Epoch, Lineage, common_length, have_forked, is_part_of, latest

A, B = "0000aaaa-0000-11f0-8000-000000000000", "0000bbbb-0000-11f0-8000-000000000000"
ONE, TWO, OTHER = (Epoch(Ballot(number, f"db-{number}"), A, seqno) for number, seqno in ((1, 0), (2, 10), (3, 20)))
RESTORED = Epoch(Ballot(4, "db-0"), B, 0)

PART: dict[str, tuple[Lineage, str, int, Lineage, bool]] = {
    "nothing is known of the target": ((ONE,), A, 99, (), True),
    "the same lineage": ((ONE, TWO), A, 99, (ONE, TWO), True),
    "behind, before the next epoch": ((ONE,), A, 10, (ONE, TWO), True),
    "behind, but further than where the next epoch began": ((ONE,), A, 11, (ONE, TWO), False),
    "ahead of the target by an epoch that began where the data end": ((ONE, TWO), A, 10, (ONE,), True),
    "ahead of the target by written data": ((ONE, TWO), A, 11, (ONE,), False),
    "forked, before either began": ((ONE, TWO), A, 10, (ONE, OTHER), True),
    "forked, after one began": ((ONE, TWO), A, 15, (ONE, OTHER), False),
    "nothing in common": ((TWO,), A, 1, (ONE,), False),
    "the target became a new history": ((ONE,), A, 0, (ONE, RESTORED), False),
    "adopted data up to the first epoch": ((), A, 0, (ONE, TWO), True),
    "adopted data beyond the first epoch": ((), A, 1, (ONE, TWO), False),
    "adopted data of another history": ((), B, 0, (ONE,), False),
}


@pytest.mark.parametrize(("lineage", "uuid", "seqno", "target", "part"), PART.values(), ids=PART)
def test_data_are_part_of_a_history_when(lineage: Lineage, uuid: str, seqno: int, target: Lineage, part: bool) -> None:
    assert is_part_of(lineage, uuid, seqno, target) is part


def test_a_fork_needs_an_own_epoch_on_either_side() -> None:
    assert have_forked((ONE, TWO), (ONE, OTHER))
    assert not have_forked((ONE,), (ONE, OTHER))
    assert not have_forked((), (ONE,))


def test_the_common_part_ends_at_the_first_difference() -> None:
    assert common_length((ONE, TWO), (ONE, OTHER)) == 1
    assert common_length((), (ONE,)) == 0


def test_ballots_are_ordered_by_number_then_by_node() -> None:
    assert Ballot(2, "db-0") > Ballot(1, "db-9")
    assert Ballot(2, "db-1") > Ballot(2, "db-0")
    assert str(Ballot(7, "db-1")) == "7/db-1"


def test_the_latest_epoch_of_no_lineage_is_none() -> None:
    assert latest(()) is None
    assert latest((ONE, TWO)) == TWO.ballot
