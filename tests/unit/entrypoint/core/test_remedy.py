"""The command that ends a wait, example by example; that it is accepted shows galeractl/core/test_roster.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.facts import Facts
from entrypoint.core.remedy import ending_of_wait
from peerfinder.core.memory import Override
from peerfinder.core.position import Position
from peerfinder.core.report import NodeReport
from peerfinder.core.view import Member
from tests.support.reports import FIRST, KNOWN, OURS, facts, process, running, view, waiting, without_data

ALL = view("db-0", "db-1", "db-2")
WITHOUT_1 = Override(("db-1",), "db-0", Position(OURS, 5), tip=FIRST, promise=FIRST, ballot=FIRST)


def nameless() -> NodeReport:
    """A node that was in a view with a member whose name nobody knows."""
    return waiting("db-0", 5, replace(ALL, members=(Member(process("db-0"), "db-0"), Member(process("db-4")))))


def answers(seen: Facts, name: str) -> Facts:
    return replace(seen, answering=seen.answering | {name})


TWO_OF_THREE = facts("db-0", waiting("db-0", 5, ALL), waiting("db-1", 5, ALL), memory=KNOWN)
CASES = {
    "a node that is gone": (TWO_OF_THREE, "galeractl recover --without db-2"),
    "nodes that were scaled away": (
        facts("db-0", waiting("db-0", 5, ALL), memory=KNOWN, nodes=1),
        "galeractl recover --without db-1 --without db-2",
    ),
    "a node that an order before has left out stays out": (
        facts("db-0", waiting("db-0", 5, ALL), memory=replace(KNOWN, override=WITHOUT_1)),
        "galeractl recover --without db-1 --without db-2",
    ),
    "a member that nobody can name may be somebody else": (
        facts("db-0", nameless(), memory=KNOWN, nodes=2),
        f"galeractl recover --without db-1 --without unnamed:{process('db-4')[:8]}",
    ),
    "a node whose agent answers": (
        answers(TWO_OF_THREE, "db-2"),
        "stop db-2 for good, then galeractl recover --without db-2",
    ),
    "beside a server that runs outside of a Primary": (
        facts("db-0", waiting("db-0", 5, ALL), running("db-1", ALL, primary=False), memory=KNOWN),
        "restart db-1, then galeractl recover --without db-2",
    ),
    "nobody with data": (facts("db-0", without_data("db-0"), memory=KNOWN), ""),
    "nobody knows how many there are": (facts("db-0", waiting("db-0", 5, ALL), nodes=None), ""),
    "nobody is waited for": (facts("db-0", waiting("db-0", 5, view("db-0")), nodes=1, memory=KNOWN), ""),
}


@pytest.mark.parametrize(("seen", "remedy"), CASES.values(), ids=CASES)
def test_the_remedy_is(seen: Facts, remedy: str) -> None:
    assert ending_of_wait(seen) == remedy
