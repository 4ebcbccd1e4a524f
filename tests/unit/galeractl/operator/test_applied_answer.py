"""What `schema apply` answers, and with which code it ends."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from galeractl.core.schema import Key, Kind, differences
from galeractl.core.statement import statements
from galeractl.core.trouble import Code
from galeractl.operator import applied_answer
from galeractl.operator.applied_answer import Applied, Foreseen, Outcome, code_of, foretell, tell
from galeractl.operator.applying import Done, Stopped
from galeractl.operator.schema_check import Compared

ONE, TWO = statements("CREATE TABLE shop.a (i INT);\nALTER TABLE shop.b ADD c INT")
A, B = Key(Kind.TABLE, "shop", "a"), Key(Kind.TABLE, "shop", "b")
BEFORE = {B: "(\n  `x` int\n)"}
AFTER = {A: "(\n  `i` int\n)", B: "(\n  `x` int\n  `c` int\n)"}
FAILED = Stopped(TWO, "Duplicate column name 'c'")


def outcome(*done: Done, stopped: Stopped | None = None, odd: bool = False, **more: Any) -> Outcome:
    schemas = {"db-0": AFTER, "db-1": AFTER, "db-2": BEFORE if odd else AFTER}
    after = Compared(schemas, differences(schemas), more.get("is_settled", True), {})
    applied = Applied((ONE, TWO), done, stopped)
    return Outcome(applied, {"gone": {}, "db-0": BEFORE}, after, more.get("missing", {}))


BOTH = (Done(ONE, 0.01), Done(TWO, 2.5))
CODES = {
    "done": (outcome(*BOTH), Code.OK),
    "an error": (outcome(BOTH[0], stopped=FAILED), Code.FAILED),
    "the nodes differ": (outcome(*BOTH, odd=True), Code.FAILED),
    "a node did not answer": (outcome(*BOTH, missing={"db-3": "no answer"}), Code.TIMED_OUT),
    "definitions go on changing": (outcome(*BOTH, is_settled=False), Code.TIMED_OUT),
}


@pytest.mark.parametrize(("found", "code"), CODES.values(), ids=CODES)
def test_the_exit_code(found: Outcome, code: Code) -> None:
    assert code_of(found) is code


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, list[str]]]:
    """What was answered, as JSON and in lines."""
    found: list[tuple[Any, list[str]]] = []
    monkeypatch.setattr(applied_answer, "answer", lambda data, text: found.append((data, text.splitlines())))
    monkeypatch.setattr(applied_answer, "selection", lambda: SimpleNamespace(address=lambda text: f"here {text}"))
    return found


@pytest.fixture
def told(kept: list[tuple[Any, list[str]]]) -> Callable[[Outcome], tuple[Any, list[str]]]:
    def ask(found: Outcome) -> tuple[Any, list[str]]:
        tell(found, "galeractl schema apply x.sql")
        return kept.pop()

    return ask


def test_what_was_done_and_what_has_become_different(told: Any) -> None:
    data, lines = told(outcome(*BOTH))
    assert lines[:5] == [
        "done  1 (line 1) CREATE TABLE shop.a, 0.0 s", "done  2 (line 2) ALTER TABLE shop.b, 2.5 s",
        "made table shop.a", "changed table shop.b", "    +  `c` int",
    ]  # fmt: skip
    assert lines[5].startswith("db-0, db-1, db-2 have the same schema, digest ")
    assert lines[5].endswith("; 2 objects have changed")
    assert (data["done"], data["equal"], data["stopped"]) == (True, True, None)
    assert [one["seconds"] for one in data["statements"]] == [0.01, 2.5]


ENDS = {
    "an error": (FAILED, "failed: statement 2 (line 2) ALTER TABLE shop.b: Duplicate column name 'c'"),
    "not begun": (
        Stopped(TWO, "db-1 is gone", is_begun=False),
        "not begun: statement 2 (line 2) ALTER TABLE shop.b: db-1",
    ),
    "unknown": (
        Stopped(TWO, "no answer", is_unknown=True),
        "unknown: statement 2 (line 2) ALTER TABLE shop.b: no answer. It",
    ),
}


@pytest.mark.parametrize(("stopped", "words"), ENDS.values(), ids=ENDS)
def test_how_it_ended_and_how_to_go_on(told: Any, stopped: Stopped, words: str) -> None:
    data, lines = told(outcome(BOTH[0], stopped=stopped))
    assert lines[1].startswith(words)
    assert lines[2] == "done: 1; to go on: here galeractl schema apply x.sql --from 2"
    assert data["stopped"]["again"] == "galeractl schema apply x.sql --from 2"
    assert [one["done"] for one in data["statements"]] == [True, False]


def test_where_nothing_was_done_it_says_so(told: Any) -> None:
    _data, lines = told(outcome(stopped=FAILED))
    assert "done: none; to go on: here galeractl schema apply x.sql --from 2" in lines


def test_nodes_that_differ_afterwards_are_told(told: Any) -> None:
    _data, lines = told(outcome(*BOTH, odd=True))
    assert "table shop.a" in lines
    assert lines[-1] == "2 objects are not the same on db-0, db-1, db-2: galeractl schema check"


def test_nodes_that_were_not_compared_are_told(told: Any) -> None:
    _data, lines = told(outcome(*BOTH, missing={"db-3": "no answer"}, is_settled=False))
    assert lines[-2].startswith("not settled: definitions change all the time")
    assert lines[-1] == "db-3 was not compared afterwards: no answer"


def test_a_dry_run_tells_what_each_is_about_and_how_large_that_is(kept: list[tuple[Any, list[str]]]) -> None:
    foretell((Foreseen(ONE, None, None), Foreseen(TWO, 30000, 5 << 20)))
    ((data, lines),) = kept
    assert lines[:2] == ["1 (line 1) CREATE TABLE shop.a", "2 (line 2) ALTER TABLE shop.b, about 30000 rows, 5.0 MiB"]
    assert "nobody writes in the whole cluster" in lines[-1]
    assert data["statements"][1] == {
        "number": 2, "line": 2, "verb": "ALTER TABLE", "about": "shop.b", "kind": "ddl", "rows": 30000,
        "bytes": 5 << 20,
    }  # fmt: skip
