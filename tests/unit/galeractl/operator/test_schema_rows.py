"""Tables are read one after the other, not faster than allowed, and while no node falls behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import pytest

from galeractl.adapters.sql import Session
from galeractl.adapters.transfer_bar import TransferBar
from galeractl.core.rows import MOST_WITHOUT_KEY
from galeractl.core.sql import Rows, SqlError
from galeractl.core.trouble import Trouble
from galeractl.operator import schema_rows
from galeractl.operator.schema_rows import LAG, RowCheck, TableResult, Wanted

TABLES: Rows = (
    ("galerakit", "writer", "InnoDB", 1), ("mysql", "user", "InnoDB", 9), ("shop", "item", "InnoDB", 30),
    ("shop", "log", "Aria", 5), ("shop", "raw", "InnoDB", MOST_WITHOUT_KEY + 1),
)  # fmt: skip


class Server:
    """A server whose tables have three chunks of ten rows each."""

    def __init__(self, queue: Sequence[int] = (0,), fails: Callable[[str], SqlError | None] = lambda _: None) -> None:
        self.queue, self.fails, self.chunks = list(queue), fails, 0

    def rows(self, statement: str, values: Sequence[object] | None = None) -> Rows:
        if error := self.fails(statement):
            raise error
        if "information_schema.TABLES" in statement:
            return TABLES
        if "information_schema.COLUMNS" in statement:
            return (("id", "int"),)
        if "information_schema.STATISTICS" in statement:
            return () if values == ("shop", "raw") else (("PRIMARY", "id", "", None),)
        if "recv_queue" in statement:
            return (("wsrep_local_recv_queue", self.queue.pop(0) if len(self.queue) > 1 else self.queue[0]),)
        if "OFFSET" in statement:
            after = int(str(values[0])) if values else 0
            return () if after >= 20 else ((after + 10,),)
        self.chunks += 1
        return ((10, 5, 7),)


class Bar(TransferBar):
    """What was shown."""

    def __init__(self) -> None:
        super().__init__(quiet=True)
        self.shown = list[tuple[str, int, int]]()

    def show(self, what: str, done: int, total: int = 0, *, unit: str = "") -> None:
        self.shown.append((what, done, total))


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time; whoever rests makes it go on."""
    now = [1000.0]
    monkeypatch.setattr(schema_rows.time, "monotonic", lambda: now[0])

    def rest(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(schema_rows.time, "sleep", rest)
    return now


def check(*servers: Server, wanted: Wanted = Wanted(), bar: Bar | None = None) -> RowCheck:  # noqa: B008 - it is frozen
    opened = {f"db-{number}": cast("Session", one) for number, one in enumerate(servers)}
    return RowCheck(opened, opened["db-0"], "db-0", wanted, bar or Bar())


def by_name(results: list[TableResult]) -> dict[str, TableResult]:
    return {str(one.table): one for one in results}


def test_all_tables_but_the_servers_own_are_read_in_chunks() -> None:
    bar = Bar()
    found = by_name(list(check(Server(), Server(), bar=bar).results(set())))
    assert set(found) == {"galerakit.writer", "shop.item", "shop.log", "shop.raw"}
    assert (found["shop.item"].rows, found["shop.item"].chunks, found["shop.item"].skipped) == (30, 3, "")
    assert found["shop.log"].skipped == "Galera does not replicate the rows of Aria"
    assert "name it with --table" in found["shop.raw"].skipped
    assert bar.shown[-1] == ("shop.item, 3 tables left", 60, MOST_WITHOUT_KEY + 37)


def test_what_is_not_defined_alike_is_not_compared() -> None:
    found = by_name(list(check(Server(), Server()).results({("shop", "item")})))
    assert (found["shop.item"].skipped, found["shop.item"].chunks) == ("it is not defined alike on all nodes", 0)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Wanted(databases=("galerakit",)), {"galerakit.writer"}),
        (Wanted(tables=("shop.raw",)), {"shop.raw"}),
        (Wanted(databases=("shop",), tables=("shop.item", "galerakit.writer")), {"shop.item"}),
    ],
)
def test_only_what_was_named(wanted: Wanted, names: set[str]) -> None:
    found = by_name(list(check(Server(), Server(), wanted=wanted).results(set())))
    assert set(found) == names
    assert not any(one.skipped for one in found.values())  # who names it has it read


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(Trouble, match=r"there is no table shop\.none"):
        list(check(Server(), wanted=Wanted(tables=("shop.none",))).results(set()))


def test_not_faster_than_allowed(clock: list[float]) -> None:
    list(check(Server(), Server(), wanted=Wanted(tables=("shop.item",), rate=5.0)).results(set()))
    assert clock[0] == 1000.0 + 20 / 5.0  # before the last chunk of ten


def test_who_is_behind_is_waited_for(clock: list[float]) -> None:
    bar = Bar()
    behind = Server(queue=(LAG + 1, LAG + 1, 0))
    found = list(check(Server(), behind, wanted=Wanted(tables=("shop.item",)), bar=bar).results(set()))
    assert found[0].rows == 30
    assert clock[0] == 1002.0
    assert bar.shown[0][0] == f"waiting for db-1, which is behind by {LAG + 1} write sets"


def test_who_stays_behind_ends_it() -> None:
    one = check(Server(), Server(queue=(LAG + 1,)))
    assert list(one.results(set())) == []
    assert one.failed
    assert one.failed.node == "db-1"
    assert one.failed.error.is_late


def failing(word: str, error: SqlError) -> Callable[[str], SqlError | None]:
    return lambda statement: error if word in statement else None


def test_a_table_that_is_changed_meanwhile_is_not_settled_and_the_others_are_read() -> None:
    gone = failing("BIT_XOR", SqlError("Table definition has changed", 1412))
    results = list(check(Server(), Server(fails=gone)).results(set()))
    assert by_name(results)["shop.item"].was_changed
    assert not by_name(results)["shop.item"].is_settled
    assert len(results) == 4


def test_a_node_that_fails_ends_it_and_is_named() -> None:
    one = check(Server(), Server(fails=failing("BIT_XOR", SqlError("the connection has ended", 2013))))
    assert list(one.results(set())) == []
    assert one.failed
    assert (one.failed.node, str(one.failed)) == ("db-1", "the connection has ended")
    reference = check(Server(fails=failing("COLUMNS", SqlError("gone", 2013))), Server())
    assert list(reference.results(set())) == []
    assert reference.failed
    assert reference.failed.node == "db-0"
