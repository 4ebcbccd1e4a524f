"""Which backups stay, and which go?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backup.core.names import BackupName
from backup.core.retention import Candidate, Delete, Keep, Policy, judge
from peerfinder.core.position import Position
from tests.support.mbstreams import UUID

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)  # a Saturday


def at(days: float, seqno: int | None = None, **what: bool) -> Candidate:
    """A backup of so many days ago."""
    position = Position(UUID, int(100000 - 100 * days) if seqno is None else seqno)
    return Candidate(BackupName(NOON - timedelta(days=days), "db-1"), position, **what)


def days(candidates: list[Candidate], policy: Policy) -> list[float]:
    """How old the kept ones are."""
    return [(NOON - one.name.at) / timedelta(days=1) for one in judge(candidates, policy) if isinstance(one, Keep)]


EVERY_DAY = [at(number) for number in range(100)]


def test_the_last_ones():
    assert days(EVERY_DAY, Policy(last=3)) == [0, 1, 2]


def test_days_weeks_and_months():
    kept = days(EVERY_DAY, Policy(last=1, daily=3, weekly=3, monthly=3))
    assert kept == [0, 1, 2, 6, 13, 28, 59]  # yesterday's yesterday; two Sundays; the ends of October and September


def test_of_one_day_the_newest():
    assert days([at(0), at(0.1), at(0.2), at(1), at(1.1)], Policy(last=1, daily=2)) == [0, 1]


def test_what_is_too_old_goes_but_never_the_last_ones():
    assert days(EVERY_DAY, Policy(last=1, daily=7, max_age=timedelta(days=3))) == [0, 1, 2, 3]
    assert days([at(400), at(500)], Policy(last=1, monthly=12, max_age=timedelta(days=3))) == [400]


def test_age_is_counted_from_the_newest_so_that_nothing_goes_where_backups_have_stopped():
    old = [at(400 + number) for number in range(5)]
    assert days(old, Policy(last=1, daily=5, max_age=timedelta(days=30))) == [400, 401, 402, 403, 404]


def test_where_the_clock_went_back_what_reaches_furthest_stays():
    newest_by_clock, made_after_it = at(0, 500), at(1, 600)
    assert days([newest_by_clock, made_after_it, at(2, 400)], Policy(last=1)) == [0, 1]


def test_another_history_does_not_reach_further():
    old = Candidate(BackupName(NOON - timedelta(days=9), "db-1"), Position(UUID.replace("0", "1"), 10**9))
    assert days([at(0, 5), old], Policy(last=1)) == [0]


def test_the_only_one_that_was_verified_stays():
    some = [at(0), at(1), replace(at(5), is_verified=True), replace(at(9), is_verified=True)]
    assert days(some, Policy(last=1)) == [0, 5]
    assert days([replace(some[0], is_verified=True), *some[1:]], Policy(last=1)) == [0]


def test_what_binary_logs_begin_at_stays():
    assert days([at(0), replace(at(50), is_needed=True), at(51)], Policy(last=1)) == [0, 50]


def test_bad_ones_take_nobodys_place_and_go_once_a_newer_one_is_good():
    some = [replace(at(0), is_bad=True), at(1), replace(at(2), is_bad=True), at(3), at(4)]
    fates = judge(some, Policy(last=2))
    assert [type(one) for one in fates] == [Keep, Keep, Delete, Keep, Delete]
    assert fates[0].reason == "it was found to be bad, and there is no newer one that is not"
    assert fates[2].reason == f"it was found to be bad, and {some[1].name} is newer"


def test_a_bad_one_is_never_the_verified_one():
    assert days([at(0), replace(at(5), is_verified=True, is_bad=True)], Policy(last=1)) == [0]


def test_everything_has_its_reason():
    told = {str(one.name.at.date()): one.reason for one in judge(EVERY_DAY[:40], Policy(2, 1, 1, 2, timedelta(30)))}
    assert told["2026-11-28"] == "the newest"
    assert told["2026-11-27"] == "one of the last 2"
    assert told["2026-10-31"] == "the newest of its month (2026-10)"
    assert told["2026-11-20"] == "newer ones are kept in its place"
    assert told["2026-10-20"] == "39 days older than the newest"


@given(
    st.lists(st.tuples(st.floats(0, 900), st.booleans(), st.booleans(), st.booleans()), max_size=40),
    st.builds(Policy, st.integers(1, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5),
              st.one_of(st.none(), st.timedeltas(timedelta(seconds=1), timedelta(days=500)))),
)  # fmt: skip
def test_nothing_that_matters_is_ever_lost(given_ones, policy):
    some = list({one.name: one for one in (
        replace(at(age), is_verified=verified, is_bad=bad, is_needed=needed)
        for age, verified, bad, needed in given_ones)}.values())  # fmt: skip
    fates = judge(some, policy)
    kept = {one.name for one in fates if isinstance(one, Keep)}
    assert {one.name for one in fates} == {one.name for one in some}
    good = sorted((one for one in some if not one.is_bad), key=lambda one: one.name, reverse=True)
    assert {one.name for one in good[: policy.last]} <= kept
    assert {one.name for one in good if one.is_needed} <= kept
    if any(one.is_verified for one in good):
        assert any(one.is_verified and one.name in kept for one in good)
    if some:
        assert kept


@pytest.mark.parametrize(
    "wrong", [{"last": 0}, {"daily": -1}, {"weekly": -1}, {"monthly": -1}, {"max_age": timedelta(0)}]
)
def test_a_policy_that_keeps_nothing_is_none(wrong):
    with pytest.raises(ValueError, match="has to be"):
        Policy(**wrong)
