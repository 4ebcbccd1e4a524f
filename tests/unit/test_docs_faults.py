"""The catalogue of faults has its rows, and every test and kind of chaos that a row names is there."""

from __future__ import annotations

import re

import pytest

from tests.support.chaos.faults import What
from tests.support.pages import DOCS, ROOT

FAULTS = (DOCS / "faults.md").read_text()
COUNT = 43
COLUMNS = 4  # behind the number: the fault, what a user feels, what plays it, the outcome
TESTS = ROOT / "tests"
ROWS = [(int(number), rest.split(" | ")) for number, rest in re.findall(r"^\| (\d+) \| (.*) \|$", FAULTS, re.MULTILINE)]
NAMED = sorted(set(re.findall(r"`([\w./]+\.py)::(\w+)`", FAULTS)))
KINDS = sorted(
    {kind for names in re.findall(r"chaos((?:,? `[^`]+`)+)", FAULTS) for kind in re.findall(r"`(.+?)`", names)}
)
OWN = sorted((TESTS / "chaos").glob("test_faults_*.py"))


def test_every_fault_has_one_row_in_order() -> None:
    assert [number for number, _cells in ROWS] == list(range(1, COUNT + 1))


@pytest.mark.parametrize(("number", "cells"), ROWS, ids=lambda value: str(value) if isinstance(value, int) else "")
def test_a_row_names_what_plays_it_and_what_came_of_it(number: int, cells: list[str]) -> None:
    assert len(cells) == COLUMNS, number
    assert all(cell.strip() for cell in cells)
    played, outcome = cells[2], cells[3]
    assert re.search(r"\.py::\w+|chaos `", played) or played.startswith("not here: ")
    assert re.search(r"\d", outcome), "no figure"


@pytest.mark.parametrize(("path", "function"), NAMED)
def test_a_test_that_is_named_is_there(path: str, function: str) -> None:
    assert re.search(rf"^(?:def {function}\(|{function} = )", (TESTS / path).read_text(), re.MULTILINE)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_chaos_that_is_named_is_played(kind: str) -> None:
    assert kind in list(What)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_every_test_of_a_fault_is_named(path) -> None:
    functions = re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE)
    where = path.relative_to(TESTS).as_posix()
    assert functions
    assert [one for one in functions if f"`{where}::{one}`" not in FAULTS] == []
