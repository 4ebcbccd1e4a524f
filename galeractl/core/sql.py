"""What a server answers, and how names are written for it."""

from __future__ import annotations

from typing import Any

Rows = tuple[tuple[Any, ...], ...]

CAUSALLY = "SET STATEMENT wsrep_sync_wait=1 FOR "
"""Before a SELECT: it waits, up to 30 s, until the server has applied all that the group had ordered by now."""

CAUGHT_UP = CAUSALLY + "SELECT 1"
"""Waits and reads nothing: whatever the session reads afterwards is as new as that."""

PARSE_ERROR = 1064
NOT_READY = 1047  # ER_UNKNOWN_COM_ERROR: WSREP has not yet prepared node for application use
NO_TABLE = 1146  # ER_NO_SUCH_TABLE
ABORTED = (1213, 1020)  # ER_LOCK_DEADLOCK, ER_CHECKREAD: a write set, or another transaction, came in between
LATE = (1205, 1969, 1317)  # ER_LOCK_WAIT_TIMEOUT: a lock, or a causal read; ER_STATEMENT_TIMEOUT; ER_QUERY_INTERRUPTED


class SqlError(Exception):
    """The server said no, or nothing.

    `code` is its own or the client's; `is_late`: it may only be slow; `is_cut_off`: what became of the statement is not
    known.
    """

    def __init__(self, reason: str, code: int = 0, *, is_late: bool = False, is_cut_off: bool = False) -> None:
        super().__init__(reason)
        self.code, self.is_late, self.is_cut_off = code, is_late, is_cut_off


def quoted(*names: str) -> str:
    """Quote a name, behind the one that it is in."""
    return ".".join(f"`{name.replace('`', '``')}`" for name in names)


def text_of(value: object) -> str:
    """Give a value as text, '' for NULL."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else "" if value is None else str(value)
