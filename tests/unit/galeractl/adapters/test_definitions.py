"""What is read of a server, and what of it is left out; tests/integration reads a real one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from galeractl.adapters import definitions
from galeractl.core.schema import Key, Kind
from galeractl.core.sql import Rows, SqlError

ROUTINE = (
    "root@%",
    b"IN x INT",
    b"",
    "SQL",
    "CONTAINS_SQL",
    "NO",
    "DEFINER",
    "NONE",
    "",
    "",
    "utf8",
    "c",
    "d",
    b"SELECT 1",
)


class Server:
    """A server with these tables and views; `told` is what SHOW CREATE gives, or an error."""

    def __init__(self, tables: Rows = (), told: Iterable[Rows | SqlError] = (), routines: Rows = ()) -> None:
        self.tables, self.told, self.routines = tables, list(told), routines
        self.asked: list[str] = []

    def rows(self, statement: str) -> Rows:
        self.asked.append(statement)
        answers: dict[str, Rows] = {
            "information_schema.SCHEMATA": (("shop", "utf8mb4", "utf8mb4_bin", ""), ("mysql", "utf8", "x", "")),
            "information_schema.TABLES": self.tables,
            "mysql.proc": self.routines,
        }
        return next((rows for name, rows in answers.items() if statement.endswith(name)), ())

    def each(self, statements: Iterable[str]) -> list[Rows | SqlError]:
        self.asked += statements
        return self.told


def shown(text: str) -> Rows:
    return (("name", text, "utf8"),)


def test_tables_views_and_sequences_are_as_they_would_be_made() -> None:
    server = Server(
        (("shop", "t", "BASE TABLE"), ("shop", "v", "VIEW"), ("shop", "s`q", "SEQUENCE"), ("mysql", "user", "VIEW"),
         ("shop", "h", "SYSTEM VERSIONED"), ("shop", "x", "SYSTEM VIEW")),
        [shown("CREATE TABLE t (\n) ENGINE=InnoDB AUTO_INCREMENT=7"), shown("CREATE VIEW v"), shown("CREATE SEQUENCE"),
         shown("CREATE TABLE h")],
    )  # fmt: skip
    found = definitions.read(server)
    assert found == {
        Key(Kind.DATABASE, "shop"): "character set utf8mb4 collate utf8mb4_bin comment ''",
        Key(Kind.TABLE, "shop", "t"): "CREATE TABLE t (\n) ENGINE=InnoDB",
        Key(Kind.VIEW, "shop", "v"): "CREATE VIEW v",
        Key(Kind.SEQUENCE, "shop", "s`q"): "CREATE SEQUENCE",
        Key(Kind.TABLE, "shop", "h"): "CREATE TABLE h",
    }
    assert "SHOW CREATE SEQUENCE `shop`.`s``q`" in server.asked
    assert "wsrep_sync_wait=1" in server.asked[0]  # all behind what the group has ordered


def test_routines_have_everything_but_their_times() -> None:
    server = Server(routines=(("shop", b"p", "PROCEDURE", *ROUTINE), ("shop", "k", "PACKAGE BODY", *ROUTINE)))
    found = definitions.read(server)
    text = found[Key(Kind.PROCEDURE, "shop", "p")]
    assert text.startswith("definer: root@%\nparameters: IN x INT\n")
    assert text.endswith("body: SELECT 1")
    assert Key(Kind.PACKAGE_BODY, "shop", "k") in found
    (asked,) = [one for one in server.asked if one.endswith("mysql.proc")]
    assert "created" not in asked
    assert "modified" not in asked


def test_events_are_the_same_whether_they_are_enabled_here() -> None:
    server = Server()
    definitions.read(server)
    (asked,) = [one for one in server.asked if one.endswith("mysql.event")]
    assert "status" not in asked
    assert "originator" not in asked


BROKEN = SqlError("View 'shop.v' references invalid table(s)", 1356)
FAILED: dict[str, tuple[SqlError, dict[Any, str]]] = {
    "what cannot be shown is its error": (BROKEN, {Key(Kind.VIEW, "shop", "v"): f"cannot be shown: {BROKEN}"}),
    "what is gone meanwhile is not there": (SqlError("no such table", 1146), {}),
}


@pytest.mark.parametrize(("error", "found"), FAILED.values(), ids=FAILED)
def test_an_object_that_cannot_be_shown(error: SqlError, found: dict[Any, str]) -> None:
    server = Server((("shop", "v", "VIEW"),), [error])
    assert definitions.read(server).items() - {Key(Kind.DATABASE, "shop"): ""}.items() >= found.items()
    assert len(definitions.read(server)) == len(found) + 1


def test_no_answer_in_time_is_no_definition() -> None:
    with pytest.raises(SqlError, match="no answer"):
        definitions.read(Server((("shop", "v", "VIEW"),), [SqlError("no answer in time", 1205, is_late=True)]))


def test_of_one_database_only_what_is_in_it() -> None:
    assert definitions.read(Server(), ("other",)) == {}
