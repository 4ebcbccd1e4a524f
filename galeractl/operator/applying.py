"""Statements of a file, executed one after the other on one node, with a word of how far each is.

A statement that runs is watched by a second session. Whoever interrupts leaves it running: a DDL statement that the
group has begun cannot be taken back.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from galeractl.adapters.sql import Session
from galeractl.adapters.terminal import Progress
from galeractl.core.changing import progress_words
from galeractl.core.sql import PARSE_ERROR, SqlError
from galeractl.core.statement import Kind, Statement

POLL_SECONDS = 0.5
_NAME = "galerakit"  # of the prepared statement
_STAGE = "SELECT STAGE, MAX_STAGE, PROGRESS FROM information_schema.PROCESSLIST WHERE ID = %s"


@dataclass(frozen=True, slots=True)
class Done:
    """A statement that was executed, and its seconds."""

    statement: Statement
    seconds: float


@dataclass(frozen=True, slots=True)
class Stopped:
    """The statement at which it ended; `is_unknown`: it may have been done all the same."""

    statement: Statement
    reason: str
    is_unknown: bool = False
    is_begun: bool = True


def mistakes(session: Session, statements: Iterable[Statement]) -> list[tuple[Statement, str]]:
    """Have the server read statements without doing them; gives those that it does not understand.

    What only the statements before it would make (a table, a database) it cannot miss here, so nothing else is told.
    """
    found = []
    for one in statements:
        try:
            if one.kind is Kind.SESSION:
                session.rows(one.text)
            else:
                session.rows(f"PREPARE {_NAME} FROM %s", (one.text,))
                session.rows(f"DEALLOCATE PREPARE {_NAME}")
        except SqlError as error:
            if error.code == PARSE_ERROR:
                found.append((one, said(one, error)))
            elif error.is_cut_off or error.is_late:
                raise
    return found


def said(statement: Statement, error: SqlError) -> str:
    """Give the server's words, but for a statement that may hold a password: it repeats what it did not understand."""
    return f"error {error.code}" if statement.kind is Kind.ACCOUNT else str(error)


class Applying:
    """One session that changes, and one that watches."""

    def __init__(self, session: Session, watching: Session, progress: Progress) -> None:
        self._session, self._watching, self._progress = session, watching, progress
        ((self._id,),) = session.rows("SELECT CONNECTION_ID()")
        self.done: list[Done] = []

    def prepare(self, statements: Iterable[Statement]) -> Stopped | None:
        """Say again what the statements before the first one have set for the session."""
        for one in statements:
            if one.kind is Kind.SESSION:
                try:
                    self._session.rows(one.text)
                except SqlError as error:
                    return Stopped(one, str(error), is_begun=False)
        return None

    def run(self, statements: tuple[Statement, ...], hindrance: Callable[[], str]) -> Stopped | None:
        """Execute them; gives where it ended early. `hindrance` is asked before each."""
        total = statements[-1].number if statements else 0
        for one in statements:
            if why := hindrance():
                return Stopped(one, why, is_begun=False)
            begun = time.monotonic()
            try:
                self._execute(one, f"statement {one} of {total}", begun)
            except SqlError as error:
                return Stopped(one, said(one, error), is_unknown=error.is_cut_off)
            except KeyboardInterrupt:
                return Stopped(one, "interrupted while it ran", is_unknown=True)
            self.done.append(Done(one, round(time.monotonic() - begun, 3)))
        return None

    def _execute(self, one: Statement, what: str, begun: float) -> None:
        answers: queue.SimpleQueue[SqlError | None] = queue.SimpleQueue()

        def execute() -> None:
            try:
                self._session.rows(one.text)
            except SqlError as error:
                answers.put(error)
            else:
                answers.put(None)

        threading.Thread(target=execute, daemon=True).start()  # whoever interrupts does not wait for it
        while True:
            try:
                answer = answers.get(timeout=POLL_SECONDS)
            except queue.Empty:
                self._progress.show(what, f"{time.monotonic() - begun:.0f} s{self._stage()}")
                continue
            if answer is not None:
                raise answer
            self._progress.show(what, f"{time.monotonic() - begun:.1f} s")
            return

    def _stage(self) -> str:
        with suppress(SqlError):
            for stage, last, progress in self._watching.rows(_STAGE, (self._id,)):
                told = {"stage": float(stage), "max_stage": float(last), "progress": float(progress)}
                return progress_words(told)
        return ""
