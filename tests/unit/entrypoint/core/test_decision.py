"""Each rule by its examples, with the sentence that people read and the remedy, word by word."""

from __future__ import annotations

import pytest

from entrypoint.core.decision import Refuse, Wait, decide, summarise
from peerfinder.core.memory import ClusterMemory
from tests.support.examples.decision import EXAMPLES
from tests.support.examples.example import Example
from tests.support.reports import facts, view, waiting


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_decides(example: Example) -> None:
    decision = decide(example.facts)
    remedy = decision.remedy if isinstance(decision, (Wait, Refuse)) else ""
    assert (type(decision), decision.reason, remedy) == (example.kind, example.reason, example.remedy)
    assert decision.rule == (example.decided_by or example.rule)


def test_a_lost_memory_exempts_nobody() -> None:
    seen = facts("db-0", waiting("db-0", 5, view("db-0", "db-1")), waiting("db-1", 5), memory=ClusterMemory())
    assert isinstance(decide(seen), Wait)


def test_a_refusal_needs_an_operator() -> None:
    summary = summarise(Refuse(1, "why", "what to do"))
    assert (summary.kind, summary.needs_operator, summary.remedy) == ("refuse", True, "what to do")


def test_a_wait_needs_one_only_after_a_while() -> None:
    waits = Wait(("db-2",), 5, "why", "what ends it")
    assert [summarise(waits, needs_operator=stuck).needs_operator for stuck in (False, True)] == [False, True]
    assert summarise(waits).waiting_for == ("db-2",)
