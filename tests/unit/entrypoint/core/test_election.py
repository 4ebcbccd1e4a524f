"""Who may have gone on without the others: a lost volume, while the memory that would tell of it cannot be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.election import Elected, Undecided, elect
from peerfinder.core.record import Ending
from peerfinder.core.report import NodeReport
from peerfinder.core.view import View
from tests.support.reports import KNOWN, facts, view, waiting, without_data

PAIR, TRIO = view("db-0", "db-1"), view("db-0", "db-1", "db-2")


def ended(name: str, ending: Ending, last: View) -> NodeReport:
    report = waiting(name, 5, last)
    record = report.facts.record
    assert record
    return replace(report, facts=replace(report.facts, record=replace(record, ended=ending)))


LEFT = {
    "the other one left in order": (ended("db-0", Ending.LEFT, PAIR), without_data("db-1")),
    "two of three were lost": (
        ended("db-0", Ending.INSIDE, TRIO), without_data("db-1"), without_data("db-2")),
    "two of three left in order": (
        ended("db-0", Ending.LEFT, TRIO), ended("db-1", Ending.LEFT, TRIO), without_data("db-2")),
}  # fmt: skip
NOT_LEFT = {
    "half of a view cannot go on": (ended("db-0", Ending.INSIDE, PAIR), without_data("db-1")),
    "one of three cannot go on": (
        ended("db-0", Ending.INSIDE, TRIO), ended("db-1", Ending.INSIDE, TRIO), without_data("db-2")),
    "nor can it after one left in order": (
        ended("db-0", Ending.LEFT, TRIO), ended("db-1", Ending.INSIDE, TRIO), without_data("db-2")),
    "it was not in the newest view": (
        ended("db-0", Ending.LEFT, PAIR), ended("db-1", Ending.LEFT, PAIR), without_data("db-2")),
}  # fmt: skip


@pytest.mark.parametrize("reports", LEFT.values(), ids=LEFT)
def test_without_the_memory_a_lost_member_that_may_have_gone_on_is_waited_for(reports: tuple[NodeReport, ...]) -> None:
    waits = elect(facts("db-0", *reports, nodes=len(reports), fresh=False, memory=KNOWN))
    assert isinstance(waits, Undecided)
    lost = [one.facts.name for one in reports if one.facts.record is None]
    assert waits.reason == (
        f"{', '.join(lost)} lost its volume and may have gone on after the others left; "
        "the cluster memory that tells how far is unreadable"
    )
    assert isinstance(elect(facts("db-0", *reports, nodes=len(reports), memory=KNOWN)), Elected)


@pytest.mark.parametrize("reports", NOT_LEFT.values(), ids=NOT_LEFT)
def test_one_that_cannot_have_gone_on_is_not(reports: tuple[NodeReport, ...]) -> None:
    assert isinstance(elect(facts("db-0", *reports, nodes=len(reports))), Elected)
