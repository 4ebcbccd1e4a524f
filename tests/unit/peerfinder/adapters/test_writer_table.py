"""What a claim's answer means; the real exclusiveness is proven on a cluster (tests/integration/cluster)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from peerfinder.adapters.writer_table import KEPT, REASON_LENGTH, Lost, NoTable, claim, history, members, note, read
from peerfinder.core.history import Change, History
from peerfinder.core.naming import MemberRow
from peerfinder.core.role import WriterRow
from peerfinder.core.wsrep import ServerError

OLD = WriterRow("db-0", 4)
NEW = WriterRow("db-1", 5)


class Answers:
    """A server that answers each statement by a part of its text; an exception is raised."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers
        self.asked: list[tuple[str, tuple[object, ...]]] = []

    def rows(self, query: str, values: tuple[object, ...] = ()) -> Sequence[tuple[Any, ...]]:
        return tuple(self._answer(query, values, ()))

    def change(self, statement: str, values: tuple[object, ...] = ()) -> int:
        return int(self._answer(statement, values, 1))

    def _answer(self, text: str, values: tuple[object, ...], default: Any) -> Any:
        self.asked.append((text, values))
        for part, answer in self._answers.items():
            if part in text:
                if isinstance(answer, Exception):
                    raise answer
                return answer
        return default


def no(code: int) -> ServerError:
    return ServerError(f"error {code}", code)


@pytest.mark.parametrize(
    ("answer", "found"),
    [((("db-0", 4),), OLD), (((b"db-0", 4),), OLD), ((), WriterRow())],
    ids=["a row", "as bytes", "nobody yet"],
)
def test_the_row(answer: tuple[tuple[Any, ...], ...], found: WriterRow) -> None:
    assert read(Answers(SELECT=answer)) == found


@pytest.mark.parametrize("code", [1146, 1049, 1142, 1044])
def test_data_without_the_table_have_no_role(code: int) -> None:
    assert isinstance(read(Answers(SELECT=no(code))), NoTable)


def test_what_may_pass_is_raised() -> None:
    with pytest.raises(ServerError):
        read(Answers(SELECT=no(1205)))


def test_the_members() -> None:
    assert members(Answers(SELECT=((b"uuid", "db-0", "10.0.0.1:0"),))) == (MemberRow("uuid", "db-0", "10.0.0.1:0"),)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (1, NEW),
        (0, Lost()),
        (no(1213), Lost()),
        (no(1020), Lost()),
        (no(1062), Lost()),
        (no(1047), Lost("error 1047")),
        (no(1205), Lost("error 1205")),
    ],
    ids=["one row: won", "no row", "deadlock", "record changed", "duplicate", "no Primary", "locked"],
)
def test_a_claim(answer: Any, outcome: object) -> None:
    assert claim(Answers(UPDATE=answer), OLD, "db-1", "because") == outcome


def test_the_first_claim_inserts_and_a_later_one_names_the_epoch() -> None:
    first, later = Answers(), Answers()
    assert claim(first, WriterRow(), "db-1", "because") == WriterRow("db-1", 1)
    claim(later, OLD, "db-1", "because")
    assert first.asked[-1][0].startswith("INSERT INTO galerakit.writer ")
    assert later.asked[-1][0].endswith("WHERE id=1 AND epoch=%s")
    assert later.asked[-1][1] == ("db-1", 5, "because", 4)


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ((("db-1", 5),), NEW),
        ((("db-0", 4),), Lost("error 2013")),
        ((("db-2", 5),), Lost("error 2013")),
        (no(2013), Lost("error 2013")),
    ],
    ids=["it was done", "it was not", "another was first", "the server is gone"],
)
def test_a_lost_connection_is_found_out_behind_all_write_sets(found: Any, outcome: object) -> None:
    server = Answers(UPDATE=no(2013), SELECT=found)
    assert claim(server, OLD, "db-1", "because") == outcome
    asked = [text for text, _values in server.asked]
    assert asked.index("SET SESSION wsrep_sync_wait=1, SESSION wsrep_dirty_reads=OFF") == len(asked) - 2


def test_the_history_takes_the_place_of_its_oldest_row_or_a_new_one() -> None:
    full, young = Answers(UPDATE=1), Answers(UPDATE=0)
    note(full, OLD, WriterRow("db-1", 900), "because", 0.25)
    note(young, OLD, NEW, "because")
    assert [values for _text, values in full.asked] == [(900, "db-1", "db-0", "because", 0.25, 900 - KEPT)]
    assert young.asked[-1] == (young.asked[-1][0], (5, "db-1", "db-0", "because", None))
    assert young.asked[-1][0].startswith("INSERT INTO galerakit.writer_history")


def test_a_table_without_the_gap_is_written_and_read_without_it() -> None:
    older = Answers(gap=no(1054), UPDATE=0, SELECT=((5, 1764338400.25, b"db-1", b"db-0", b"because"),))
    note(older, OLD, NEW, "because", 0.25)
    assert older.asked[-1][1] == (5, "db-1", "db-0", "because")
    assert history(older) == History((Change(5, 1764338400.25, "db-1", "db-0", "because"),), lacks_gap=True)


def test_the_history_is_read_with_its_gaps_where_they_are_known() -> None:
    rows = ((6, 2.0, "db-0", "db-1", "so"), (5, 1.5, "db-1", "", "first"))
    full = Answers(SELECT=((*rows[0], 0.004), (*rows[1], None)))
    assert history(full) == History((Change(6, 2.0, "db-0", "db-1", "so", 0.004), Change(5, 1.5, "db-1", "", "first")))


@pytest.mark.parametrize("code", [1146, 1049, 1142, 1044])
def test_data_without_the_history_have_none(code: int) -> None:
    assert isinstance(history(Answers(SELECT=no(code))), NoTable)


def test_a_long_reason_is_cut_to_its_column() -> None:
    server = Answers()
    claim(server, OLD, "db-1", "x" * 999)
    assert server.asked[-1][1][2] == "x" * REASON_LENGTH
