"""Which tables are read, which rows are suspects, and how a finding is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from galeractl.core.rows import (
    MOST_WITHOUT_KEY,
    Chunk,
    Column,
    OddChunk,
    OddRow,
    Sum,
    Table,
    Unsettled,
    are_equal,
    chunk_words,
    odd_in,
    odd_rows,
    row_words,
    suspects,
    why_not,
)

ID, NAME = Column("id", "int"), Column("name", "varchar")
TABLE = Table("shop", "item", (ID, NAME), (ID,))
HUGE = replace(TABLE, key=(), rows=MOST_WITHOUT_KEY + 1)
READ = {
    "a table with a key": (TABLE, False, ""),
    "a small one without": (replace(TABLE, key=(), rows=10), False, ""),
    "a large one without": (HUGE, False, "name it with --table"),
    "a large one that was named": (HUGE, True, ""),
    "another engine": (replace(TABLE, engine="Aria"), True, "Galera does not replicate the rows of Aria"),
    "only virtual columns": (replace(TABLE, columns=()), True, "no columns that are stored"),
}


@pytest.mark.parametrize(("table", "is_named", "reason"), READ.values(), ids=READ)
def test_which_tables_are_read(table: Table, is_named: bool, reason: str) -> None:
    found = why_not(table, is_named=is_named)
    assert (reason in found) if reason else found == ""


def test_suspects_are_rows_that_are_not_the_same_everywhere() -> None:
    hashes = {"db-0": {(1,): 5, (2,): 6}, "db-1": {(1,): 5, (2,): 7}, "db-2": {(1,): 5, (2,): 6, (3,): 1}}
    assert suspects(hashes) == ((2,), (3,))
    assert odd_rows(hashes) == (
        OddRow((2,), {"db-0": 6, "db-1": 7, "db-2": 6}), OddRow((3,), {"db-0": None, "db-1": None, "db-2": 1}),
    )  # fmt: skip
    assert suspects({"db-0": {}, "db-1": {}}) == ()


def test_sums_are_equal_or_not() -> None:
    assert are_equal([Sum(1, 2, 3)] * 3)
    assert not are_equal([Sum(1, 2, 3), Sum(1, 2, 4)])


def test_nodes_are_counted_by_how_often_they_are_odd() -> None:
    sums = {"db-0": Sum(1, 1, 1), "db-1": Sum(1, 1, 1), "db-2": Sum(0, 0, 0)}
    findings = [
        OddRow((1,), {"db-0": 1, "db-1": 2, "db-2": 1}), OddRow((2,), {"db-0": 1, "db-1": None, "db-2": 1}),
        OddChunk(Chunk(), sums), Unsettled(Chunk(), "it was changed at every try"),
        OddRow((3,), {"db-0": 1, "db-1": 2, "db-2": 3}),
    ]  # fmt: skip
    assert odd_in(findings) == {"db-1": 2, "db-2": 1}


def test_a_row_is_named_by_its_key_and_where_it_is_what() -> None:
    one = OddRow((7, b"caf\xc3\xa9"), {"db-0": 0xABCDEF0123456789, "db-1": None, "db-2": 0xABCDEF0123456789})
    assert row_words(one, (ID, NAME)) == "row id=7, name=café: abcdef01 on db-0, db-2; not there on db-1"
    assert "name=" + "x" * 37 + "..." in row_words(OddRow((7, "x" * 99), {"db-0": 1, "db-1": 2}), (ID, NAME))


@pytest.mark.parametrize(
    ("chunk", "words"),
    [
        (Chunk(), "all rows"),
        (Chunk(None, (9,)), "rows with id up to 9"),
        (Chunk((4,), (9,)), "rows with id above 4 and up to 9"),
        (Chunk((4,)), "rows with id above 4"),
    ],
)
def test_a_chunk_is_named_by_its_bounds(chunk: Chunk, words: str) -> None:
    assert chunk_words(chunk, (ID,)) == words


def test_a_table_is_called_as_people_do() -> None:
    assert str(TABLE) == "shop.item"
