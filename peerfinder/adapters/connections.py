"""The client connections of the own server: who is there, and closing one.

The list of transactions is a copy that InnoDB renews at most every 0.1 s, and not while others keep reading it (in
MariaDB `trx_i_s_possibly_fetch_data_into_cache`). So the reader has a transaction of its own while it reads, and asks
with a text that is like no other: if that is not in the list, the list is older than the question, and nobody counts as
idle. The process list is read first: who sleeps there and has no transaction afterwards had none in between.

A client may wake up between the look and the end of its connection. So the server itself looks once more: it closes
an idle connection only if that sleeps, has not run another statement since, and sleeps as long as it may. A
connection that is gone meanwhile (1094) or that Galera does not let go yet (1095) is no error: whoever asks looks
again.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from peerfinder.core.drain import Closing, Connection

_BEGIN = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
_PROCESSES = "SELECT ID, USER, HOST, COMMAND, TIME_MS, QUERY_ID FROM information_schema.PROCESSLIST"
_TRANSACTIONS = "SELECT /* {mark} */ trx_mysql_thread_id, trx_query FROM information_schema.INNODB_TRX"
_CLOSE = """BEGIN NOT ATOMIC
  DECLARE CONTINUE HANDLER FOR 1094, 1095 BEGIN END;
  IF EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = {id}{idle}) THEN KILL CONNECTION {id}; END IF;
END"""
_IDLE = " AND COMMAND = 'Sleep' AND QUERY_ID = {query}"
_ASLEEP = " AND TIME_MS BETWEEN {least:.3f} AND {most:.3f}"
_COUNT = "SELECT ID FROM information_schema.PROCESSLIST"


class Asks(Protocol):
    """A connection to the own server; both raise ServerError."""

    def rows(self, query: str, values: tuple[object, ...] = ()) -> Sequence[tuple[Any, ...]]:
        """Give the rows of a question."""

    def change(self, statement: str, values: tuple[object, ...] = ()) -> int:
        """Execute with autocommit, and give the number of rows that changed."""


def read(server: Asks) -> tuple[Connection, ...]:
    """Read who is connected; raises ServerError."""
    ((me,),) = server.rows("SELECT CONNECTION_ID()")
    server.change(_BEGIN)
    processes = server.rows(_PROCESSES)
    mark = secrets.token_hex(8)
    transactions = {int(number): _text(query) for number, query in server.rows(_TRANSACTIONS.format(mark=mark))}
    server.change("COMMIT")
    is_old = mark not in transactions.get(int(me), "")
    return tuple(
        Connection(
            int(number), _text(user), _text(host), _text(command), float(milliseconds) / 1000, int(query),
            in_transaction=is_old or int(number) in transactions,
        )
        for number, user, host, command, milliseconds, query in processes
        if int(number) != int(me)
    )  # fmt: skip


def close(server: Asks, idle: Iterable[Closing], overdue: Iterable[Connection] = ()) -> int:
    """Close idle connections if they still are, and overdue ones in any case; gives how many. Raises ServerError."""
    chosen = {closing.one.id: _condition(closing) for closing in idle} | {one.id: "" for one in overdue}
    if not chosen:
        return 0
    for number, condition in chosen.items():
        server.change(_CLOSE.format(id=number, idle=condition))
    there = {int(one) for (one,) in server.rows(_COUNT)}
    return len(chosen.keys() - there)


def _condition(closing: Closing) -> str:
    sleeps = _IDLE.format(query=closing.one.query)
    if math.isinf(closing.most):
        return sleeps if not closing.least else f"{sleeps} AND TIME_MS >= {1000 * closing.least:.3f}"
    return sleeps + _ASLEEP.format(least=1000 * closing.least, most=1000 * closing.most)


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
