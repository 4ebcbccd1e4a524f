"""What counts as a definition, as a difference, and as the odd one out."""

from __future__ import annotations

import itertools

import pytest

from galeractl.core.schema import (
    LINES,
    Difference,
    Key,
    Kind,
    described,
    differences,
    digest,
    lasting,
    odd_ones,
    table_text,
)

T, V = Key(Kind.TABLE, "shop", "t"), Key(Kind.VIEW, "shop", "v")

SHOWN = {
    "a counter": (
        "CREATE TABLE `t` (\n  `id` int\n) ENGINE=InnoDB AUTO_INCREMENT=21 DEFAULT CHARSET=utf8mb4",
        "CREATE TABLE `t` (\n  `id` int\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    ),
    "a comment of the same words": (
        "CREATE TABLE `t` (\n  `id` int COMMENT ') ENGINE=InnoDB AUTO_INCREMENT=2'\n) ENGINE=InnoDB",
        "CREATE TABLE `t` (\n  `id` int COMMENT ') ENGINE=InnoDB AUTO_INCREMENT=2'\n) ENGINE=InnoDB",
    ),
}


@pytest.mark.parametrize(("shown", "kept"), SHOWN.values(), ids=SHOWN)
def test_what_counts_up_by_itself_is_no_part_of_it(shown: str, kept: str) -> None:
    assert table_text(shown) == kept


def test_a_digest_depends_on_what_is_defined_and_not_on_the_order_in_which_it_was_read() -> None:
    assert digest({T: "a", V: "b"}) == digest({V: "b", T: "a"})
    others = [{T: "a"}, {T: "a", V: "c"}, {T: "b", V: "a"}, {T: "a", Key(Kind.TABLE, "shop", "v"): "b"}, {}]
    assert len({digest(one) for one in [{T: "a", V: "b"}, *others]}) == len(others) + 1


def test_differences_are_of_texts_and_of_what_is_not_there() -> None:
    found = differences({"db-0": {T: "a", V: "v"}, "db-1": {T: "a"}, "db-2": {T: "b", V: "v"}})
    assert [(one.key, one.texts) for one in found] == [
        (T, {"db-0": "a", "db-1": "a", "db-2": "b"}), (V, {"db-0": "v", "db-1": None, "db-2": "v"}),
    ]  # fmt: skip
    assert differences({"db-0": {T: "a"}}) == differences({}) == ()


def test_only_what_was_just_the_same_before_lasts() -> None:
    was = Difference(T, {"db-0": "a", "db-1": "b"})
    assert lasting((was,), (was, Difference(V, {"db-0": "v", "db-1": None}))) == (was,)
    assert lasting((was,), (Difference(T, {"db-0": "b", "db-1": "a"}),)) == ()
    assert lasting((), (was,)) == ()


@pytest.mark.parametrize("values", list(itertools.product("abc", repeat=4)))
def test_odd_is_who_differs_from_more_than_half(values: tuple[str, ...]) -> None:
    named = {f"db-{number}": value for number, value in enumerate(values)}
    common = [value for value in "abc" if values.count(value) > 2]
    assert odd_ones(named) == tuple(name for name, value in named.items() if common and value != common[0])


def test_of_two_nobody_is_odd() -> None:
    assert odd_ones({"db-0": "a", "db-1": "b"}) == ()


def test_a_difference_is_told_in_lines() -> None:
    one = Difference(T, {"db-0": "(\n a\n b\n)", "db-1": "(\n a\n c\n)", "db-2": "(\n a\n b\n)", "db-3": None})
    assert described(one) == (
        "table shop.t", "  db-3: not there", "  db-1 (+) and db-0, db-2 (-) differ:", "    - b", "    + c",
    )  # fmt: skip
    assert described(Difference(V, {"db-0": "v", "db-1": None})) == (
        "view shop.v", "  db-1: not there", "  db-0: there",
    )  # fmt: skip


def test_a_long_difference_is_cut() -> None:
    texts = {"db-0": "\n".join("a" * 40), "db-1": "\n".join("b" * 40)}
    told = described(Difference(Key(Kind.DATABASE, "shop"), texts))
    assert (told[0], len(told), told[-1]) == ("database shop", LINES + 3, f"    ... and {80 - LINES} more lines")
