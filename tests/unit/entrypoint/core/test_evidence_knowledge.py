"""Whoever is elected is right in all histories that look the same, and a wait is needed in one of them.

Two nodes, every history (see `evidence_knowledge.py`). HORIZON=n in the environment goes n events further, and looks at
three nodes, too.
"""

from __future__ import annotations

import os

import pytest

from tests.support.evidence_galera import Rules
from tests.support.evidence_knowledge import Knowledge, Known
from tests.support.mutations import EVIDENCE_MUTATIONS

FURTHER = int(os.environ.get("HORIZON", "0"))  # each step takes six times as long


def explored(expected: int, horizon: int, rules: Rules | None = None) -> Knowledge:
    knowledge = Knowledge(expected, expected, horizon, rules or Rules())
    knowledge.explore()
    return knowledge


def wrong(knowledge: Knowledge) -> list[Known]:
    """Elections that lose a write in a history that looks the same."""
    return [one for one in knowledge.known.values() if one.elects and one.loses is not None]


def needless(knowledge: Knowledge, events: int) -> list[Known]:
    """Waits that no history justifies, behind so many events.

    While the API is away all who are expected must report: that is a rule of its own, whatever they would tell.
    """
    return [
        one
        for one in knowledge.known.values()
        if not one.elects and one.loses is None and one.is_found_within(events) and not one.lacks_expected_without_api
    ]


SIZES = [pytest.param(2, 4 + FURTHER, id="two nodes"), pytest.param(3, 2 + FURTHER, id="three nodes")]


@pytest.mark.timeout(0)  # as long as it was asked for
@pytest.mark.parametrize(("nodes", "horizon"), SIZES[: 2 if FURTHER else 1])
def test_an_election_is_right_in_every_history_and_a_wait_is_needed_in_one(nodes: int, horizon: int) -> None:
    knowledge = explored(nodes, horizon)
    assert not wrong(knowledge), "\n\n".join(map(str, wrong(knowledge)[:3]))
    found = needless(knowledge, 2)
    assert not found, "\n\n".join(map(str, found[:3]))


def test_an_election_that_is_wrong_in_some_history_is_noticed() -> None:
    assert wrong(explored(2, 3, EVIDENCE_MUTATIONS["only the newest view counts"]))


@pytest.mark.parametrize("clause", ["nobody is exempted", "no view is ever applied"])
def test_a_wait_that_no_history_needs_is_noticed(clause: str) -> None:
    assert needless(explored(2, 3, EVIDENCE_MUTATIONS[clause]), 2)
