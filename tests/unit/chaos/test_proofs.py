"""Each proof breaks one thing, and plays what shows it."""

from __future__ import annotations

import pytest

from tests.support.chaos.faults import How, What, Whom, gaps
from tests.support.chaos.findings import Kind
from tests.support.chaos.proofs import LAGGING_SECONDS, PROOFS


@pytest.mark.parametrize(
    ("name", "what", "how", "expected"),
    [
        ("loss", What.KILL, How.AT_ONCE, Kind.LOST),
        ("vote", What.PARTITION, How.REPEATED, Kind.TWO_PRIMARIES),
        ("election", What.KILL, How.STAGGERED, Kind.LOST),
    ],
)
def test_the_proof_of(name, what, how, expected):
    proof = PROOFS[name]
    fault = proof.schedule(3).faults[-1]
    assert (fault.what, fault.whom, fault.how, proof.expected) == (what, Whom.ALL, how, expected)
    assert bool(proof.broken) != bool(proof.options)


def test_in_the_proof_of_the_election_the_first_victim_lags_behind():
    for seed in range(5):
        (fault,) = PROOFS["election"].schedule(seed).faults
        assert gaps(fault, 3)[1] > LAGGING_SECONDS
