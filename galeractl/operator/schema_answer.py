"""What `galeractl schema check` answers: as sentences, as JSON, and as an exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from galeractl.core.rows import Finding, OddChunk, OddRow, chunk_words, odd_in, row_words
from galeractl.core.schema import Difference, Schema, described, digest
from galeractl.core.trouble import Code
from galeractl.operator.schema_rows import TableResult
from galeractl.operator.selection import answer
from peerfinder.core.names import by_ordinal

SHOWN = 10  # findings of one table in sentences; JSON has all
SHORT = 16  # digits of a digest in a sentence


@dataclass(slots=True)
class Checked:
    """Everything that was found; `missing` are nodes that were not compared (to the end), and why."""

    schemas: Mapping[str, Schema]
    different: tuple[Difference, ...]
    is_settled: bool
    missing: dict[str, str]
    versions: frozenset[str] = frozenset()  # of the servers
    tables: list[TableResult] | None = None  # None: rows were not asked for
    digests: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.digests = {name: digest(schema) for name, schema in self.schemas.items()}

    @property
    def is_different(self) -> bool:
        """Whether a difference is certain."""
        return bool(self.different) or any(one.differs for one in self.tables or ())

    @property
    def is_certain(self) -> bool:
        """Whether all was found out that was asked for."""
        return self.is_settled and not self.missing and all(one.is_settled for one in self.tables or ())

    @property
    def odd(self) -> tuple[str, ...]:
        """The nodes that are the odd ones somewhere."""
        found = {name for one in self.different for name in one.odd}
        return by_ordinal(found | {name for one in self.tables or () for name in odd_in(one.findings)})

    @property
    def has_good(self) -> bool:
        """Whether a node is left that is odd in nothing, and from which the odd ones could copy."""
        return bool(self.odd) and bool(self.schemas.keys() - {*self.odd})


def code_of(checked: Checked) -> Code:
    """Give the exit code."""
    if checked.is_different:
        return Code.FAILED
    return Code.OK if checked.is_certain else Code.TIMED_OUT


def tell(checked: Checked, remedy: str, address: Callable[[str], str]) -> None:
    """Print the answer; `remedy` has the odd nodes copy everything anew, and `address` makes it fit this cluster."""
    remedy = remedy if checked.has_good else ""
    answer(_json(checked, remedy), "\n".join(_lines(checked, address(remedy))))


def _lines(checked: Checked, remedy: str) -> Iterator[str]:
    for one in checked.different:
        yield from described(one)
    yield _of_schemas(checked)
    for table in checked.tables or ():
        yield from _of_table(table)
    if checked.tables is not None:
        yield _of_tables(checked.tables)
    if checked.different and len(checked.versions) > 1:
        versions = ", ".join(sorted(checked.versions))
        yield f"the servers are of different versions ({versions}), which may tell the same in other words"
    for name, why in checked.missing.items():
        yield f"{name} was not compared, or not to the end: {why}"
    if remedy:
        yield _of_odd(checked.odd, remedy)
    elif checked.is_different:
        yield "no node says in everything what more than half of them say: which ones to copy anew is yours to decide"


def _of_odd(odd: tuple[str, ...], remedy: str) -> str:
    if len(odd) == 1:
        return f"{odd[0]} is the odd one out. To copy everything anew there: {remedy}"
    how = "To copy everything anew, together, as one may copy from another"
    return f"{', '.join(odd)} are the odd ones out. {how}: {remedy}"


def _of_schemas(checked: Checked) -> str:
    names, count = ", ".join(checked.schemas), len(next(iter(checked.schemas.values()), {}))
    if checked.different:
        return f"{len(checked.different)} objects are not the same on {names}"
    if not checked.is_settled:
        return f"not settled: definitions were changed all the time on {names}; check again when that has ended"
    words = "has" if len(checked.schemas) == 1 else "have the same"
    return f"{names} {words} {count} objects, digest {next(iter(checked.digests.values()), '')[:SHORT]}"


def _of_table(one: TableResult) -> Iterator[str]:
    if one.skipped:
        yield f"{one.table}: {one.skipped}"
    for finding in one.findings[:SHOWN]:
        yield f"{one.table}: {_words(one, finding)}"
    if len(one.findings) > SHOWN:
        yield f"{one.table}: and {len(one.findings) - SHOWN} more"


def _words(one: TableResult, finding: Finding) -> str:
    key = one.table.key
    if isinstance(finding, OddRow):
        return row_words(finding, key)
    if isinstance(finding, OddChunk):
        counts = ", ".join(f"{sums.rows} on {name}" for name, sums in finding.sums.items())
        return f"{chunk_words(finding.chunk, key)} differ ({counts})"
    return f"{chunk_words(finding.chunk, key)}: not settled, {finding.reason}; check again"


def _of_tables(tables: list[TableResult]) -> str:
    read = [one for one in tables if one.chunks]
    rows, again = sum(one.rows for one in read), sum(one.read_again for one in read)
    odd = sum(one.differs for one in read)
    moved = f"; {again} chunks changed while they were read, and were read again" if again else ""
    found = f"{odd} of them differ" if odd else "no difference"
    return f"{rows} rows of {len(read)} tables compared: {found}{moved}"


def _json(checked: Checked, remedy: str) -> dict[str, Any]:
    return {
        "equal": checked.is_certain and not checked.is_different,
        "different": checked.is_different,
        "digests": checked.digests,
        "objects": {name: len(schema) for name, schema in checked.schemas.items()},
        "differences": [
            {"kind": one.key.kind.value, "database": one.key.database, "name": one.key.name, "odd": list(one.odd),
             "texts": dict(one.texts)}
            for one in checked.different
        ],
        "tables": None if checked.tables is None else [_table_json(one) for one in checked.tables],
        "missing": checked.missing,
        "odd": list(checked.odd),
        "remedy": remedy,
    }  # fmt: skip


def _table_json(one: TableResult) -> dict[str, Any]:
    return {
        "database": one.table.database, "table": one.table.name, "rows": one.rows, "chunks": one.chunks,
        "read_again": one.read_again, "differs": one.differs, "settled": one.is_settled, "skipped": one.skipped,
        "findings": [_finding_json(one, finding) for finding in one.findings],
    }  # fmt: skip


def _finding_json(result: TableResult, finding: Finding) -> dict[str, Any]:
    words = {"words": _words(result, finding)}
    if isinstance(finding, OddRow):
        key = {column.name: str(value) for column, value in zip(result.table.key, finding.key, strict=True)}
        found = {name: None if content is None else f"{content:016x}" for name, content in finding.hashes.items()}
        return words | {"key": key, "nodes": found}
    if isinstance(finding, OddChunk):
        return words | {"rows": {name: sums.rows for name, sums in finding.sums.items()}}
    return words | {"reason": finding.reason}
