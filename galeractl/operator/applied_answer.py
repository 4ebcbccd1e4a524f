"""What `galeractl schema apply` answers: what would be done, what was, what has become different, and how to go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from galeractl.core.changing import Change, changes
from galeractl.core.schema import Schema, changed_lines, described, digest
from galeractl.core.statement import Statement
from galeractl.core.trouble import Code
from galeractl.operator.applying import Done, Stopped
from galeractl.operator.schema_check import Compared
from galeractl.operator.selection import answer, selection
from peerfinder.core.progress import amount

SHORT = 16  # digits of a digest in a sentence


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a statement would be done to; None where it is about no table that is there now."""

    statement: Statement
    rows: int | None
    size: int | None  # bytes, indexes included


@dataclass(frozen=True, slots=True)
class Applied:
    """How far a file came; `wanted` are the statements from the first one that was asked for."""

    wanted: tuple[Statement, ...]
    done: tuple[Done, ...]
    stopped: Stopped | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it; `missing` are nodes that could not be compared afterwards, and why."""

    applied: Applied
    before: Mapping[str, Schema]
    after: Compared
    missing: Mapping[str, str]

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is not as it was, by the first node that was seen before and after."""
        for name, schema in self.before.items():
            if name in self.after.schemas:
                return changes(schema, self.after.schemas[name])
        return ()


def code_of(outcome: Outcome) -> Code:
    """Give the exit code."""
    if outcome.applied.stopped or outcome.after.different:
        return Code.FAILED
    return Code.OK if outcome.after.is_settled and not outcome.missing else Code.TIMED_OUT


def foretell(found: tuple[Foreseen, ...]) -> None:
    """Answer a dry run."""
    data = {
        "dry_run": True,
        "statements": [_statement(one.statement) | {"rows": one.rows, "bytes": one.size} for one in found],
    }
    lines = [f"{one.statement}{_size(one)}" for one in found]
    lines.append("nothing was changed; the server understands them, and whether they succeed is seen when they run")
    if any(one.rows for one in found):
        lines.append("while a table is rewritten, nobody writes in the whole cluster: ALGORITHM=INSTANT refuses to")
    answer(data, "\n".join(lines))


def tell(outcome: Outcome, again: str) -> None:
    """Answer what was done; `again` is the command, to which `--from N` can be added."""
    answer(_json(outcome, again), "\n".join(_lines(outcome, selection().address(again))))


def _lines(outcome: Outcome, again: str) -> Iterator[str]:
    applied, stopped = outcome.applied, outcome.applied.stopped
    yield from (f"done  {one.statement}, {one.seconds:.1f} s" for one in applied.done)
    if stopped:
        yield _of_stop(stopped)
        yield f"done: {_numbers(applied.done)}; to go on: {again} --from {stopped.statement.number}"
    for one in outcome.changes:
        yield f"{one.what} {one.key}"
        yield from (f"    {line}" for line in changed_lines(one.before or "", one.after or "") if one.what == "changed")
    for difference in outcome.after.different:
        yield from described(difference)
    yield _of_nodes(outcome)
    yield from (f"{name} was not compared afterwards: {why}" for name, why in outcome.missing.items())


def _of_stop(stopped: Stopped) -> str:
    if not stopped.is_begun:
        return f"not begun: statement {stopped.statement}: {stopped.reason}"
    if stopped.is_unknown:
        return (
            f"unknown: statement {stopped.statement}: {stopped.reason}. It may be done all the same: see what changed"
        )
    return f"failed: statement {stopped.statement}: {stopped.reason}"


def _numbers(done: Iterable[Done]) -> str:
    numbers = [one.statement.number for one in done]
    if not numbers:
        return "none"
    return f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else str(numbers[0])


def _of_nodes(outcome: Outcome) -> str:
    after = outcome.after
    names = ", ".join(after.schemas)
    if after.different:
        return f"{len(after.different)} objects are not the same on {names}: galeractl schema check"
    if not after.is_settled:
        return f"not settled: definitions change all the time on {names}; galeractl schema check tells later"
    found = digest(next(iter(after.schemas.values()), {}))[:SHORT]
    return f"{names} have the same schema, digest {found}; {len(outcome.changes)} objects have changed"


def _size(one: Foreseen) -> str:
    return "" if one.rows is None or one.size is None else f", about {one.rows} rows, {amount(one.size)}"


def _statement(one: Statement) -> dict[str, Any]:
    return {"number": one.number, "line": one.line, "verb": one.verb, "about": one.about, "kind": one.kind.value}


def _json(outcome: Outcome, again: str) -> dict[str, Any]:
    applied, stopped = outcome.applied, outcome.applied.stopped
    done = {one.statement.number: one.seconds for one in applied.done}
    return {
        "done": stopped is None,
        "statements": [
            _statement(one) | {"done": one.number in done, "seconds": done.get(one.number)} for one in applied.wanted
        ],
        "stopped": None if stopped is None else {
            "number": stopped.statement.number, "reason": stopped.reason, "begun": stopped.is_begun,
            "unknown": stopped.is_unknown, "again": f"{again} --from {stopped.statement.number}",
        },
        "changes": [
            {"what": one.what, "kind": one.key.kind.value, "database": one.key.database, "name": one.key.name,
             "before": one.before, "after": one.after}
            for one in outcome.changes
        ],
        "equal": not outcome.after.different and outcome.after.is_settled and not outcome.missing,
        "digests": {name: digest(schema) for name, schema in outcome.after.schemas.items()},
        "missing": dict(outcome.missing),
    }  # fmt: skip
