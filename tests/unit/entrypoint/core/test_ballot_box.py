"""A vote, answer by answer; over a bad network: test_vote_protocol.py."""

from __future__ import annotations

import pytest

from entrypoint.core.ballot_box import consider, last_look, refusals
from entrypoint.core.facts import Facts
from peerfinder.core.record import NodeRecord
from tests.support.examples.example import Count, LastLook, Vote
from tests.support.examples.vote import COUNTS, LAST_LOOKS, VOTES


def own_record(facts: Facts) -> NodeRecord:
    """A node's own record, which its report shows."""
    assert facts.mine.record is not None
    return facts.mine.record


@pytest.mark.parametrize("vote", VOTES, ids=str)
def test_a_voter_answers(vote: Vote) -> None:
    reply = consider(vote.facts, own_record(vote.facts), vote.request)
    assert (reply.voter, reply.granted, reply.reason) == ("db-1", vote.granted, vote.reason)


@pytest.mark.parametrize("count", COUNTS, ids=str)
def test_a_candidate_counts(count: Count) -> None:
    assert "; ".join(refusals(count.attempt, count.replies)) == count.reason


def test_a_candidate_tells_of_everybody_who_did_not_grant() -> None:
    assert refusals(COUNTS[0].attempt, {}) == ("db-1 did not answer", "db-2 did not answer")


@pytest.mark.parametrize("look", LAST_LOOKS, ids=str)
def test_a_candidate_looks_once_more(look: LastLook) -> None:
    assert last_look(look.attempt, look.facts, own_record(look.facts)) == look.reason
