"""How the rows of a table are asked for; tests/integration asks a real server."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from galeractl.adapters.rows import TableRows, table
from galeractl.core.rows import Chunk, Column, Sum, Table
from galeractl.core.sql import CAUSALLY, Rows

TWO = Table("shop", "item", (Column("a", "int"), Column("b", "varchar")), (Column("a", "int"), Column("b", "varchar")))


class Server:
    """Gives prepared rows, and keeps what it was asked."""

    def __init__(self, *answers: Rows) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, Sequence[object] | None]]()

    def rows(self, statement: str, values: Sequence[object] | None = None) -> Rows:
        self.asked.append((statement, values))
        return self.answers.pop(0)


def where(statement: str) -> str:
    return statement.partition(" WHERE ")[2]


def test_a_chunk_of_a_key_of_several_columns_is_a_range_of_its_index() -> None:
    server = Server(((2, 5, 7),))
    found = TableRows(server, server, TWO).checksum(Chunk((1, "x"), (9, "y")))
    ((statement, values),) = server.asked
    assert found == Sum(2, 5, 7)
    assert statement.startswith(CAUSALLY + "SELECT COUNT(*), BIT_XOR(")
    assert where(statement) == "((`a` > %s) OR (`a` = %s AND `b` > %s)) AND ((`a` < %s) OR (`a` = %s AND `b` <= %s))"
    assert values == [1, 1, "x", 9, 9, "y"]


def test_an_empty_chunk_is_zero() -> None:
    server = Server(((0, 0, None),))
    assert TableRows(server, server, TWO).checksum(Chunk()) == Sum(0, 0, 0)
    assert " WHERE " not in server.asked[0][0]


def test_with_a_lock_it_is_not_read_causally_and_not_for_long() -> None:
    server = Server(((1, "x", 5),))
    assert TableRows(server, server, TWO).these([(1, "x")], locked=True) == {(1, "x"): 5}
    ((statement, values),) = server.asked
    assert statement.startswith("SET STATEMENT max_statement_time=2.0 FOR SELECT `a`, `b`, ")
    assert statement.endswith(" WHERE (`a` = %s AND `b` = %s) LOCK IN SHARE MODE")
    assert values == [1, "x"]


def test_the_end_of_a_chunk_is_the_key_of_its_last_row() -> None:
    server = Server(((7, "y"),), ())
    rows = TableRows(server, server, TWO)
    assert rows.bound((1, "x"), 1000) == (7, "y")
    assert rows.bound((7, "y"), 1000) is None
    assert server.asked[0][0].endswith(" ORDER BY `a`, `b` LIMIT 1 OFFSET 999")


def test_without_a_key_there_is_one_chunk() -> None:
    server = Server()
    assert TableRows(server, server, Table("shop", "log", TWO.columns, ())).bound(None, 1000) is None


def test_waiting_is_done_beside_the_session_that_has_the_lock() -> None:
    own, beside = Server((), ()), Server(((1,),))
    rows = TableRows(own, beside, TWO)
    rows.lock()
    rows.catch_up()
    rows.unlock()
    assert [one for one, _values in own.asked] == ["START TRANSACTION", "ROLLBACK"]
    assert beside.asked == [(CAUSALLY + "SELECT 1", None)]


CONTENT = {
    "int": "IFNULL(`c`, '-')", "datetime": "IFNULL(`c`, '-')", "varchar": "IFNULL(MD5(`c`), '-')",
    "longblob": "IFNULL(MD5(`c`), '-')", "uuid": "IFNULL(MD5(`c`), '-')", "enum": "IFNULL(MD5(`c`), '-')",
    "float": "IFNULL(CAST(`c` AS DOUBLE), '-')", "bit": "IFNULL((`c` + 0), '-')",
}  # fmt: skip


@pytest.mark.parametrize(("kind", "words"), CONTENT.items())
def test_what_of_a_column_is_compared(kind: str, words: str) -> None:
    server = Server(((0, 0, 0),))
    TableRows(server, server, Table("d", "t", (Column("c", kind),), ())).checksum(Chunk())
    assert f"MD5(CONCAT_WS(',', {words}))" in server.asked[0][0]


KEYS = {
    "an enum": ("enum", "`k` + 0", "(`k` + 0)"),
    "a bit": ("bit", "`k` + 0", "(`k` + 0)"),
    "a time": ("time", "CAST(`k` AS CHAR)", "`k`"),
    "a uuid": ("uuid", "CAST(`k` AS CHAR)", "`k`"),
    "a number": ("bigint", "`k`", "`k`"),
    "a text": ("varchar", "`k`", "`k`"),
}


@pytest.mark.parametrize(("kind", "given", "taken"), KEYS.values(), ids=KEYS)
def test_how_a_key_is_given_and_taken_again(kind: str, given: str, taken: str) -> None:
    server, column = Server(), Column("k", kind)
    server.answers = [()]
    TableRows(server, server, Table("d", "t", (column,), (column,))).hashes(Chunk((1,), (2,)), 50)
    ((statement, _values),) = server.asked
    assert statement.startswith(f"{CAUSALLY}SELECT {given}, CAST(")
    assert where(statement) == f"({taken} > %s) AND ({taken} <= %s) ORDER BY `k` LIMIT 50"


def test_a_percent_sign_in_a_name_is_no_place_of_a_value() -> None:
    server, odd = Server(((0, 0, 0),)), Column("a%b`c", "int")
    TableRows(server, server, Table("d", "t", (odd,), (odd,))).checksum(Chunk((1,)))
    assert "`a%%b``c` > %s" in server.asked[0][0]


COLUMNS: Rows = (("id", "int"), ("v", b"VARCHAR"), ("w", "int"))
INDEXES: dict[str, tuple[Rows, tuple[str, ...]]] = {
    "the primary key": ((("PRIMARY", "id", "", None), ("u", "v", "", None)), ("id",)),
    "a unique key without NULL": ((("u", "v", "", None), ("u", "w", "", None)), ("v", "w")),
    "one that may be NULL is none": ((("u", "v", "YES", None), ("w", "w", "", None)), ("w",)),
    "one of a prefix is none": ((("u", "v", "", 10),), ()),
    "one of a virtual column is none": ((("u", "virtual", "", None),), ()),
    "nothing": ((), ()),
}


@pytest.mark.parametrize(("found", "key"), INDEXES.values(), ids=INDEXES)
def test_which_key_is_taken(found: Rows, key: tuple[str, ...]) -> None:
    one = table(Server(COLUMNS, found), "shop", "item", "InnoDB", 7)
    assert tuple(column.name for column in one.key) == key
    assert one.columns[1] == Column("v", "varchar")
