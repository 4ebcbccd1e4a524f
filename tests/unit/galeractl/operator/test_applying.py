"""Statements are done one after the other, and how it ends is told exactly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import cast

import pytest

from galeractl.adapters.sql import Session
from galeractl.adapters.terminal import Progress
from galeractl.core.sql import PARSE_ERROR, Rows, SqlError
from galeractl.core.statement import Statement, statements
from galeractl.operator import applying
from galeractl.operator.applying import Applying, mistakes

FILE = "USE shop; CREATE TABLE a (i INT); DROP TABLE b; CREATE USER c IDENTIFIED BY 'x';"


class Server:
    """Does what it is told, or fails at a word; `slow` is waited for."""

    def __init__(self, fails: dict[str, SqlError] | None = None, slow: Callable[[], object] | None = None) -> None:
        self.fails, self.slow, self.told = fails or {}, slow, list[str]()

    def rows(self, statement: str, values: Sequence[object] | None = None) -> Rows:
        if "CONNECTION_ID" in statement:
            return ((7,),)
        if "PROCESSLIST" in statement:
            return ((1, 2, 50.0),)
        text = f"{statement} {values[0]}" if values else statement
        self.told.append(text)
        for word, error in self.fails.items():
            if word in text:
                raise error
        if self.slow:
            self.slow()
        return ()


def an(server: Server, watching: Server | None = None) -> Applying:
    return Applying(cast("Session", server), cast("Session", watching or Server()), Progress(quiet=True))


def wanted() -> tuple[Statement, ...]:
    return statements(FILE)


def nothing() -> str:
    return ""


def test_all_are_done_in_their_order() -> None:
    server = Server()
    one = an(server)
    assert one.run(wanted(), nothing) is None
    assert server.told == [statement.text for statement in wanted()]
    assert [done.statement.number for done in one.done] == [1, 2, 3, 4]


def test_it_ends_at_the_first_error() -> None:
    server = Server({"DROP": SqlError("Unknown table 'shop.b'", 1051)})
    one = an(server)
    stopped = one.run(wanted(), nothing)
    assert stopped
    assert (stopped.statement.number, stopped.reason) == (3, "Unknown table 'shop.b'")
    assert (stopped.is_begun, stopped.is_unknown) == (True, False)
    assert [done.statement.number for done in one.done] == [1, 2]
    assert len(server.told) == 3


def test_what_became_of_a_statement_without_an_answer_is_not_known() -> None:
    stopped = an(Server({"DROP": SqlError("the connection has ended", 2013, is_cut_off=True)})).run(wanted(), nothing)
    assert stopped
    assert stopped.is_unknown


def test_of_an_account_only_the_number_of_the_error_is_told() -> None:
    stopped = an(Server({"USER": SqlError("near 'IDENTIFIED BY 'x''", 1064)})).run(wanted(), nothing)
    assert stopped
    assert stopped.reason == "error 1064"


def test_before_each_it_is_asked_whether_all_nodes_are_there() -> None:
    asked, server = iter(("", "", "the cluster is ONLINE_PARTIAL")), Server()
    stopped = an(server).run(wanted(), lambda: next(asked))
    assert stopped
    assert (stopped.statement.number, stopped.is_begun) == (3, False)
    assert len(server.told) == 2


def test_what_was_set_for_the_session_is_set_again() -> None:
    server = Server()
    assert an(server).prepare(wanted()[:2]) is None
    assert server.told == ["USE shop"]
    stopped = an(Server({"USE": SqlError("Unknown database", 1049)})).prepare(wanted())
    assert stopped
    assert not stopped.is_begun


def test_a_long_one_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "POLL_SECONDS", 0.01)
    ends, seen = threading.Event(), list[str]()

    class Shown(Progress):
        def show(self, text: str, clock: str = "") -> None:
            seen.append(f"{text}: {clock}")
            if "50 %" in clock:
                ends.set()

    one = Applying(cast("Session", Server(slow=lambda: ends.wait(10))), cast("Session", Server()), Shown())
    assert one.run(wanted()[1:2], nothing) is None
    assert "statement 2 (line 1) CREATE TABLE a of 2: 0 s, stage 1 of 2, 50 %" in seen


def test_whoever_interrupts_does_not_know_what_became_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "POLL_SECONDS", 0.01)
    ends = threading.Event()

    class Interrupted(Progress):
        def show(self, text: str, clock: str = "") -> None:
            raise KeyboardInterrupt

    one = Applying(cast("Session", Server(slow=lambda: ends.wait(10))), cast("Session", Server()), Interrupted())
    stopped = one.run(wanted()[1:], nothing)
    ends.set()
    assert stopped
    assert (stopped.is_unknown, stopped.reason) == (True, "interrupted while it ran")


def test_mistakes_are_found_by_the_server_without_doing_anything() -> None:
    wrong = SqlError("You have an error in your SQL syntax", PARSE_ERROR)
    server = Server({"DROP": wrong, "CREATE USER": wrong, "CREATE TABLE": SqlError("no database", 1046)})
    found = mistakes(cast("Session", server), wanted())
    assert [(one.number, why) for one, why in found] == [
        (3, "You have an error in your SQL syntax"), (4, f"error {PARSE_ERROR}"),
    ]  # fmt: skip
    assert server.told[0] == "USE shop"
    assert all(one.startswith("PREPARE galerakit FROM %s ") for one in server.told[1:])


def test_a_server_that_is_gone_is_no_mistake() -> None:
    with pytest.raises(SqlError, match="ended"):
        mistakes(cast("Session", Server({"DROP": SqlError("it has ended", 2013, is_cut_off=True)})), wanted())
