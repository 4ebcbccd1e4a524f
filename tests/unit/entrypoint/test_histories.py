"""Random histories of whole clusters around the real rules; HISTORIES=n and SEED=s in the environment for long runs."""

from __future__ import annotations

import os

import pytest

from tests.support.histories import history
from tests.support.mutations import MUTATIONS

FIRST = int(os.environ.get("SEED", "0"))
COUNT = int(os.environ.get("HISTORIES", "5000"))  # 30 s on one core
PARTS = 10
MOST = 2000  # histories within which the oracle must notice a broken clause

NOTICED = {
    "seqnos are not compared": {"I1", "I6"},
    "views are lost at a restart": {"I1", "I4"},
    "a view counts as applied at once": {"I1"},
    "lineages are ignored": {"I1", "I3", "I4"},
    "promises are lost at a restart": {"I4"},
    "nobody looks twice": {"I1", "I2", "I3"},
    "a server that runs outside of a Primary votes": {"I1", "I2", "I6"},
    "servers outside of a Primary are never stopped": {"I4"},
}


@pytest.mark.timeout(0)  # as long as it was asked for
@pytest.mark.parametrize("part", range(PARTS))
def test_no_history_loses_a_write_or_starts_two_primaries_or_waits_without_need(part: int) -> None:
    for seed in range(FIRST + part, FIRST + COUNT, PARTS):
        outcome = history(seed)
        if outcome.violated:
            pytest.fail(str(outcome))


@pytest.mark.parametrize("clause", NOTICED)
def test_the_oracle_notices_a_broken_clause(clause: str) -> None:
    core = MUTATIONS[clause]
    for seed in range(MOST):
        outcome = history(seed, core)
        if outcome.violated and outcome.violated.invariant in NOTICED[clause]:
            return
    pytest.fail(f"{MOST} histories end well although {clause}")


def test_a_seed_gives_always_the_same_history() -> None:
    assert history(12) == history(12)
