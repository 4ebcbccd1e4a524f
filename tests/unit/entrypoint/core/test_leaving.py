"""When a node that was told to stop may stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.facts import Facts
from entrypoint.core.leaving import HANDOVER_SECONDS, POLITE_SECONDS, must_stay
from peerfinder.core.report import NodeReport, Phase
from tests.support.reports import facts, running, view, waiting

ALL = view("db-0", "db-1", "db-2", "db-10")


def leaving(name: str, *, primary: bool = True) -> NodeReport:
    report = running(name, ALL, primary=primary)
    return replace(report, facts=replace(report.facts, phase=Phase.STOPPING))


CASES: dict[str, tuple[Facts, float, float, str]] = {
    "it serves on for the drain seconds": (
        facts("db-1", leaving("db-1")), 2.9, 3, "serving on for 3 s, until no Service sends clients here"),
    "then it stops": (facts("db-1", leaving("db-1"), running("db-2", ALL)), 3, 3, ""),
    "without drain seconds it stops at once": (facts("db-1", leaving("db-1"), leaving("db-2")), 0, 0, ""),
    "outside a Primary it serves nobody": (facts("db-1", leaving("db-1", primary=False), leaving("db-2")), 0, 3, ""),
    "higher ordinals go first, counted as numbers": (
        facts("db-2", leaving("db-2"), leaving("db-10")), 4, 3, "db-10 stops first"),
    "lower ones do not": (facts("db-2", leaving("db-2"), leaving("db-1")), 4, 3, ""),
    "a higher one that has left the group is waited for no more": (
        facts("db-1", leaving("db-1"), leaving("db-2", primary=False), waiting("db-10", 5)), 4, 3, ""),
    "nor is one that takes too long": (
        facts("db-1", leaving("db-1"), leaving("db-2")), POLITE_SECONDS, 3, ""),
    "the writer waits until another node has the role": (
        replace(facts("db-1", leaving("db-1"), running("db-2", ALL)), writer="db-1"), 3, 3,
        "the writer role has not been taken over yet"),
    "but not for long": (
        replace(facts("db-1", leaving("db-1"), running("db-2", ALL)), writer="db-1"), 3 + HANDOVER_SECONDS, 3, ""),
    "nor where nobody can take it": (replace(facts("db-1", leaving("db-1"), leaving("db-0")), writer="db-1"), 3, 3, ""),
    "nor when it has been taken": (
        replace(facts("db-1", leaving("db-1"), running("db-2", ALL)), writer="db-2"), 3, 3, ""),
    "nor without drain seconds": (
        replace(facts("db-1", leaving("db-1"), running("db-2", ALL)), writer="db-1"), 0, 0, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it(case: str):
    known, told, drain, why = CASES[case]
    assert must_stay(known, told, drain) == why
