"""How settings are read and written; that they reach every node is proven on a cluster (tests/integration/cluster)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from peerfinder.adapters.settings_table import TRIES, NoTable, read, write
from peerfinder.core.steering import SettingRow
from peerfinder.core.wsrep import ServerError

ROW = SettingRow("preference/db-1", "prefer")


class Answers:
    """A server whose answers are made before: rows, or errors one after the other."""

    def __init__(self, rows: Sequence[tuple[Any, ...]] = (), errors: Sequence[int] = ()) -> None:
        self._rows, self._errors = rows, list(errors)
        self.written: list[tuple[object, ...]] = []

    def rows(self, query: str, values: tuple[object, ...] = ()) -> Sequence[tuple[Any, ...]]:
        if "SELECT" in query:
            self._fail()
        return tuple(self._rows)

    def change(self, statement: str, values: tuple[object, ...] = ()) -> int:
        self.written.append(values)
        self._fail()
        return 1

    def _fail(self) -> None:
        if self._errors:
            code = self._errors.pop(0)
            raise ServerError(f"error {code}", code)


def test_rows_with_the_time_of_their_change_as_text_or_bytes() -> None:
    found = read(Answers([("mode", b"multi", 1795874510.25), (b"maintenance/db-2", "on", "1795874510")]))
    since = "2026-11-28 14:01:50 UTC"
    assert found == (SettingRow("mode", "multi", since), SettingRow("maintenance/db-2", "on", since))


@pytest.mark.parametrize("code", [1146, 1049, 1142, 1044])
def test_data_without_the_table(code: int) -> None:
    with pytest.raises(NoTable, match="no table"):
        read(Answers(errors=[code]))
    with pytest.raises(NoTable, match="no table"):
        write(Answers(errors=[code]), ROW)


def test_what_may_pass_is_raised() -> None:
    with pytest.raises(ServerError):
        read(Answers(errors=[1205]))
    with pytest.raises(ServerError):
        write(Answers(errors=[1205]), ROW)


@pytest.mark.parametrize("code", [1213, 1020])
def test_a_write_that_was_overtaken_is_made_again(code: int) -> None:
    server = Answers(errors=[code] * (TRIES - 1))
    write(server, ROW)
    assert server.written == [("preference/db-1", "prefer")] * TRIES
    with pytest.raises(ServerError):
        write(Answers(errors=[code] * TRIES), ROW)
