"""What `schema check` answers, and with which code it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from galeractl.core.rows import Chunk, Column, OddChunk, OddRow, Sum, Table, Unsettled
from galeractl.core.schema import Key, Kind, Schema, differences
from galeractl.core.trouble import Code
from galeractl.operator import schema_answer
from galeractl.operator.schema_answer import Checked, code_of, tell
from galeractl.operator.schema_rows import TableResult

ID = Column("id", "int")
ITEM = Table("shop", "item", (ID,), (ID,))
T, V = Key(Kind.TABLE, "shop", "t"), Key(Kind.VIEW, "shop", "v")
SAME: dict[str, Schema] = {name: {T: "a"} for name in ("db-0", "db-1", "db-2")}
ODD_ROW = OddRow((7,), {"db-0": 1, "db-1": 2, "db-2": 1})
OTHER_ROW = OddRow((8,), {"db-0": 1, "db-1": 1, "db-2": None})
UNSETTLED = Unsettled(Chunk(None, (9,)), "it was changed at every try")


def checked(
    schemas: dict[str, Schema] | None = None, *findings: Any, missing: dict[str, str] | None = None, **more: Any
) -> Checked:
    found = Checked(schemas or SAME, differences(schemas or SAME), is_settled=True, missing=missing or {})
    if findings or "skipped" in more:
        found.tables = [TableResult(ITEM, 40, 2, 1, list(findings), more.get("skipped", ""))]
    return found


CODES = {
    "equal": (checked(), Code.OK),
    "rows, too": (checked(None, skipped=""), Code.OK),
    "a table that is not read": (checked(None, skipped="Galera does not replicate it"), Code.OK),
    "another definition": (checked(SAME | {"db-1": {T: "b"}}), Code.FAILED),
    "another row": (checked(None, ODD_ROW), Code.FAILED),
    "another chunk": (checked(None, OddChunk(Chunk(), {"db-0": Sum(1, 1, 1), "db-1": Sum(2, 2, 2)})), Code.FAILED),
    "different and not all there": (checked(None, ODD_ROW, missing={"db-2": "gone"}), Code.FAILED),
    "not all there": (checked(missing={"db-2": "gone"}), Code.TIMED_OUT),
    "not settled": (checked(None, UNSETTLED), Code.TIMED_OUT),
    "definitions that are not settled": (Checked(SAME, (), is_settled=False, missing={}), Code.TIMED_OUT),
}


@pytest.mark.parametrize(("found", "code"), CODES.values(), ids=CODES)
def test_the_exit_code(found: Checked, code: Code) -> None:
    assert code_of(found) is code


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[[Checked, str], tuple[dict[str, Any], list[str]]]:
    """What is answered, as JSON and in lines."""
    kept: list[tuple[Any, str]] = []
    monkeypatch.setattr(schema_answer, "answer", lambda data, text: kept.append((data, text)))

    def ask(found: Checked, remedy: str) -> tuple[dict[str, Any], list[str]]:
        tell(found, remedy, lambda text: f"{text} here" if text else "")
        data, text = kept.pop()
        return data, text.splitlines()

    return ask


def test_equal_is_one_line(told: Any) -> None:
    data, (line,) = told(checked(), "")
    assert line.startswith("db-0, db-1, db-2 have the same 1 objects, digest ")
    assert (data["equal"], data["tables"], data["remedy"]) == (True, None, "")
    _data, (alone,) = told(Checked({"db-0": {T: "a"}}, (), is_settled=True, missing={}), "")
    assert alone.startswith("db-0 has 1 objects, digest ")


def test_one_odd_node_comes_with_what_helps(told: Any) -> None:
    data, lines = told(checked(SAME | {"db-1": {T: "b"}}), "copy db-1")
    assert lines == [
        "table shop.t", "  db-1 (+) and db-0, db-2 (-) differ:", "    -a", "    +b",
        "1 objects are not the same on db-0, db-1, db-2",
        "db-1 is the odd one out. To copy everything anew there: copy db-1 here",
    ]  # fmt: skip
    assert (data["odd"], data["remedy"], data["different"]) == (["db-1"], "copy db-1", True)


def test_two_odd_nodes_go_together_because_one_may_copy_from_the_other(told: Any) -> None:
    _data, lines = told(checked(None, ODD_ROW, OTHER_ROW), "copy both")
    assert lines[-1].startswith("db-1, db-2 are the odd ones out. To copy everything anew, together, ")
    assert lines[-1].endswith(": copy both here")


ALL_ODD = (ODD_ROW, OTHER_ROW, OddRow((9,), {"db-0": 5, "db-1": 6, "db-2": 6}))


@pytest.mark.parametrize(
    "found", [checked(None, *ALL_ODD), checked({"db-0": {T: "a"}, "db-1": {T: "b"}})], ids=["all odd", "two nodes"]
)
def test_where_no_node_is_known_to_be_right_nothing_is_to_be_copied(told: Any, found: Checked) -> None:
    data, lines = told(found, "copy something")
    assert "which ones to copy anew is yours to decide" in lines[-1]
    assert data["remedy"] == ""


def test_rows_are_told_by_table_and_counted(told: Any) -> None:
    data, lines = told(checked(None, ODD_ROW, UNSETTLED), "copy db-1")
    assert lines[1:4] == [
        "shop.item: row id=7: 00000000 on db-0, db-2; 00000000 on db-1",
        "shop.item: rows with id up to 9: not settled, it was changed at every try; check again",
        "40 rows of 1 tables compared: 1 of them differ; 1 chunks changed while they were read, and were read again",
    ]
    (table,) = data["tables"]
    assert table["findings"][0]["nodes"] == {"db-0": f"{1:016x}", "db-1": f"{2:016x}", "db-2": f"{1:016x}"}
    assert (table["differs"], table["settled"]) == (True, False)


def test_of_many_findings_the_first_are_told_and_all_are_in_json(told: Any) -> None:
    many = [OddRow((number,), {"db-0": 1, "db-1": 2, "db-2": 1}) for number in range(15)]
    data, lines = told(checked(None, *many), "")
    assert "shop.item: and 5 more" in lines
    assert len(data["tables"][0]["findings"]) == 15


def test_what_was_not_compared_is_said(told: Any) -> None:
    _data, lines = told(checked(None, skipped="Galera does not replicate it", missing={"db-2": "no answer"}), "")
    assert "shop.item: Galera does not replicate it" in lines
    assert lines[-1] == "db-2 was not compared, or not to the end: no answer"


def test_servers_of_different_versions_may_tell_the_same_in_other_words(told: Any) -> None:
    found = checked(SAME | {"db-1": {T: "b"}})
    found.versions = frozenset({"10.11.19", "11.8.6"})
    _data, lines = told(found, "")
    assert "the servers are of different versions (10.11.19, 11.8.6), which may tell the same in other words" in lines
