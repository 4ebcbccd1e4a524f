"""Random histories of the evidence rules alone; EVIDENCE=n and SEED=s in the environment for long runs."""

from __future__ import annotations

import os

import pytest

from tests.support.evidence_histories import history
from tests.support.mutations import EVIDENCE_MUTATIONS

FIRST = int(os.environ.get("SEED", "0"))
COUNT = int(os.environ.get("EVIDENCE", "4000"))  # 4 s on one core, three to four elections each
PARTS = 4
MOST = 4000  # histories within which the oracle must notice a broken clause

NOTICED = {
    "only the newest view counts": "E1",
    "possible starts are ignored": "E1",
    "nodes are exempted without a fresh memory": "E1",
    "a view that nobody wrote down had no members of its own": "E1",
    "members without a name are nobody": "E1",
    "who leaves in order has applied its view, whatever it missed": "E1",
    "who was there is forgotten": "E1",
    "nobody is exempted": "E2",
    "no view is ever applied": "E2",
}


@pytest.mark.timeout(0)  # as long as it was asked for
@pytest.mark.parametrize("part", range(PARTS))
def test_no_election_loses_a_write_or_waits_without_need(part: int) -> None:
    for seed in range(FIRST + part, FIRST + COUNT, PARTS):
        played = history(seed)
        if played.violated:
            pytest.fail(str(played))


@pytest.mark.parametrize("clause", NOTICED)
def test_the_oracle_notices_a_broken_clause(clause: str) -> None:
    for seed in range(MOST):
        played = history(seed, EVIDENCE_MUTATIONS[clause])
        if played.violated and played.violated.invariant == NOTICED[clause]:
            return
    pytest.fail(f"{MOST} histories end well although {clause}")


def test_a_seed_gives_always_the_same_history() -> None:
    broken = EVIDENCE_MUTATIONS["only the newest view counts"]
    first = next(seed for seed in range(MOST) if history(seed, broken).violated)
    assert str(history(first, broken)) == str(history(first, broken))
