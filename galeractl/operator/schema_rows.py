"""The rows of all tables, compared on all nodes: one table after the other, a chunk at a time, not faster than allowed.

A chunk costs each node one read of some thousand rows along its key; nothing is kept of it but three numbers. Where a
node falls behind with applying, reading stops until it has caught up.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from galeractl.adapters import definitions
from galeractl.adapters.rows import TableRows, names, table
from galeractl.adapters.sql import Session
from galeractl.adapters.transfer_bar import TransferBar
from galeractl.core.rows import Chunk, Finding, Table, Unsettled, Values, why_not
from galeractl.core.sql import NO_TABLE, SqlError
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.proving import Comparison, NodeFailed

CHUNK_ROWS = 1000
LAG = 64  # write sets in a receive queue, from which on it is waited
LAG_SECONDS = 60.0  # for which
LOOK_SECONDS = 1.0  # between two looks at the queues
MOST_FINDINGS = 100  # of one table: then the rest of it is not read
CHANGED = (NO_TABLE, 1054, 1412)  # ER_BAD_FIELD_ERROR, ER_TABLE_DEF_CHANGED: a DDL statement came in between


@dataclass(slots=True)
class TableResult:
    """What came of one table; `skipped` says why it was not read, or not to its end."""

    table: Table
    rows: int = 0
    chunks: int = 0
    read_again: int = 0
    findings: list[Finding] = field(default_factory=list)
    skipped: str = ""
    was_changed: bool = False  # by a DDL statement, while it was read

    @property
    def differs(self) -> bool:
        """Whether a difference is proven."""
        return any(not isinstance(one, Unsettled) for one in self.findings)

    @property
    def is_settled(self) -> bool:
        """Whether all of it was found out."""
        return not self.was_changed and not any(isinstance(one, Unsettled) for one in self.findings)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read: all, or some databases and tables; `rate` in rows a second, 0 as fast as it goes."""

    databases: Collection[str] = ()
    tables: Collection[str] = ()
    rate: float = 0.0

    def __contains__(self, name: tuple[str, str]) -> bool:
        """Whether a table is meant."""
        return (not self.databases or name[0] in self.databases) and (not self.tables or ".".join(name) in self.tables)


class RowCheck:
    """Sessions of all nodes, and one beside that of the reference."""

    def __init__(
        self, opened: Mapping[str, Session], beside: Session, reference: str, wanted: Wanted, bar: TransferBar
    ) -> None:
        self._opened, self._beside, self._reference = opened, beside, reference
        self._wanted, self._bar = wanted, bar
        self._begun, self._read = time.monotonic(), 0
        self._looked_at, self._rows = 0.0, 0  # all rows of the tables that are read, as their engines estimate
        self.failed: NodeFailed | None = None  # the node that ended it

    def results(self, different: Collection[tuple[str, str]]) -> Iterator[TableResult]:
        """Compare one table after the other; `different` are those that are not defined alike on all nodes."""
        session = self._opened[self._reference]
        there = names(session, definitions.OWN)
        self._check_names({(one[0], one[1]) for one in there})
        found = [one for one in there if (one[0], one[1]) in self._wanted]
        self._rows = sum(rows for _database, _name, _engine, rows in found)
        for number, (database, name, engine, rows) in enumerate(found):
            left = len(found) - number
            try:
                one = table(session, database, name, engine, rows)
                if (database, name) in different:
                    yield TableResult(one, skipped="it is not defined alike on all nodes")
                    continue
                if why := why_not(one, is_named=str(one) in self._wanted.tables):
                    yield TableResult(one, skipped=why)
                    continue
                yield self._compare(one, left)
            except SqlError as error:
                self.failed = NodeFailed(self._reference, error)
            except NodeFailed as failed:
                self.failed = failed
            if self.failed is not None:
                return

    def _check_names(self, there: Collection[tuple[str, str]]) -> None:
        tables = {".".join(name) for name in there}
        lacks = sorted({*self._wanted.tables} - tables)
        if lacks:
            raise Trouble(f"there is no table {', '.join(lacks)}", "--table DATABASE.TABLE", Code.USAGE)

    def _compare(self, one: Table, left: int) -> TableResult:
        result = TableResult(one)
        nodes = {name: TableRows(session, self._beside, one) for name, session in self._opened.items()}
        comparison = Comparison(nodes, self._reference, has_key=bool(one.key))
        reference = nodes[self._reference]
        size = max(1, min(CHUNK_ROWS, int(self._wanted.rate) or CHUNK_ROWS))
        after: Values | None = None
        try:
            while True:
                self._wait_for_those_behind()
                upto = reference.bound(after, size)
                rows, findings = comparison.chunk(Chunk(after, upto))
                result.rows += rows
                self._read += rows
                result.chunks += 1
                result.read_again = comparison.read_again
                result.findings += findings
                self._show(f"{one}, {left} tables left")
                if upto is None or upto == after:
                    return result
                if len(result.findings) >= MOST_FINDINGS:
                    result.skipped = f"the rest of it was not read, after {MOST_FINDINGS} findings"
                    return result
                after = upto
                self._pace()
        except (SqlError, NodeFailed) as error:
            reason = error.error if isinstance(error, NodeFailed) else error
            if reason.code not in CHANGED:
                raise
            result.was_changed = True
            result.skipped = "not settled, a DDL statement changed it while it was read; check again"
            return result

    def _show(self, what: str) -> None:
        self._bar.show(what, self._read, max(self._rows, self._read), unit="rows")

    def _pace(self) -> None:
        """Rest until no more was read than is allowed."""
        if self._wanted.rate:
            time.sleep(max(0.0, self._begun + self._read / self._wanted.rate - time.monotonic()))

    def _wait_for_those_behind(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        while behind := self._behind():
            if time.monotonic() - now > LAG_SECONDS:
                why = f"it has been behind by {behind[1]} write sets for {LAG_SECONDS:.0f} s"
                raise NodeFailed(behind[0], SqlError(why, is_late=True))
            self._show(f"waiting for {behind[0]}, which is behind by {behind[1]} write sets")
            time.sleep(LOOK_SECONDS)

    def _behind(self) -> tuple[str, int] | None:
        for name, session in self._opened.items():
            try:
                ((_, queue),) = session.rows("SHOW GLOBAL STATUS LIKE 'wsrep_local_recv_queue'")
            except SqlError as error:
                raise NodeFailed(name, error) from None
            if int(queue) > LAG:
                return name, int(queue)
        return None
