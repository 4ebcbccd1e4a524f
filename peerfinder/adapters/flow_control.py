"""Taking the own server out of Galera's flow control while its appliers stand still, and back in.

`SET GLOBAL wsrep_desync=ON` alone comes too late: the node itself has stopped the group by then, and its request waits
in the same queue as everybody's writes (gcs_sm_enter; measured on 10.11: it answers when the appliers move, and nothing
is written before). So the limit of flow control is lifted first. That is noticed only by an applier that takes the next
write set, and all of them are busy: one more is made, and told to end again. Then the request goes out, the group knows
that the node is out, and the limit can be what it was. The statement itself answers when the appliers come to it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Protocol

from peerfinder.core.wsrep import ServerError

NO_LIMIT = 1 << 30
"""Write sets; more than any gcache holds. Galera reads a signed number of 32 or 64 bits."""

OUT_SECONDS = 10.0
"""For the request to come back from the group, which takes a round trip; more means that it is held up still."""

CONTROL_SECONDS = 10  # for one answer
DESYNC_SECONDS = 86400  # for the one that comes when stuck appliers move again

_POLL_SECONDS = 0.1
_LIMIT = re.compile(r"\bgcs\.fc_limit = (\d+)")


class Asks(Protocol):
    """A connection to the own server; all but `close` raise ServerError."""

    def rows(self, query: str, values: tuple[object, ...] = ()) -> Sequence[tuple[Any, ...]]:
        """Give the rows of a question."""

    def change(self, statement: str, values: tuple[object, ...] = ()) -> int:
        """Execute a statement."""

    def close(self) -> None:
        """Drop the connection."""


VARIABLE = "wsrep_provider_gcs_fc_limit"
"""Servers since 11.4 may have a variable for each option of the provider; then the string is read-only (1238)."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit of flow control, in write sets."""

    write_sets: int
    is_variable: bool


Connect = Callable[[int], Asks]
"""Opens a connection that waits for so many seconds for an answer."""


def step_in(connect: Connect) -> None:
    """Take part in flow control again; raises ServerError."""
    with closing(connect(CONTROL_SECONDS)) as server:
        server.change("SET GLOBAL wsrep_desync=OFF")


def step_out(connect: Connect) -> None:
    """Leave flow control, and wait until the server has answered: until its appliers move. Raises ServerError."""
    with (
        closing(connect(CONTROL_SECONDS)) as control,
        closing(connect(DESYNC_SECONDS)) as waiting,
        ThreadPoolExecutor(1, "desync") as pool,
    ):
        former = _limit(control)
        _set_limit(control, replace(former, write_sets=NO_LIMIT))
        try:
            _have_one_more_look(control)
            answer = pool.submit(waiting.change, "SET GLOBAL wsrep_desync=ON")
            _wait_until_out(control, answer)
        finally:
            _set_limit(control, former)
        answer.result()


def _limit(server: Asks) -> Limit:
    """The limit as it is, and how it is set: a variable of its own where the server has one, else an option."""
    rows = server.rows(f"SHOW GLOBAL VARIABLES LIKE '{VARIABLE}'")
    if rows:
        return Limit(int(rows[0][1]), is_variable=True)
    ((options,),) = server.rows("SELECT @@global.wsrep_provider_options")
    text = options.decode("utf-8", "replace") if isinstance(options, bytes) else str(options)
    found = _LIMIT.search(text)
    if found is None:
        raise ServerError("wsrep_provider_options name no gcs.fc_limit")
    return Limit(int(found[1]), is_variable=False)


def _set_limit(server: Asks, limit: Limit) -> None:
    if limit.is_variable:
        server.change(f"SET GLOBAL {VARIABLE}={limit.write_sets}")
    else:
        server.change(f"SET GLOBAL wsrep_provider_options='gcs.fc_limit={limit.write_sets}'")


def _have_one_more_look(server: Asks) -> None:
    """Have a new applier take a write set, by which flow control is let go; it ends when it has applied it."""
    ((threads,),) = server.rows("SELECT @@global.wsrep_slave_threads")
    server.change(f"SET GLOBAL wsrep_slave_threads={int(threads) + 1}")
    server.change(f"SET GLOBAL wsrep_slave_threads={int(threads)}")


def _wait_until_out(server: Asks, answer: Future[int]) -> None:
    deadline = time.monotonic() + OUT_SECONDS
    while not answer.done() and time.monotonic() < deadline:
        rows = server.rows("SHOW GLOBAL STATUS LIKE 'wsrep_desync_count'")
        if rows and int(rows[0][1]) > 0:
            return
        time.sleep(_POLL_SECONDS)
