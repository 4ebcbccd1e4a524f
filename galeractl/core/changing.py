"""May the schema be changed now, on which node, and by these statements? Pure: what was seen in, sentences out.

A DDL statement is done by all nodes at one point of their history, and everybody waits for it (TOI). On a node that
lags on purpose, that a person works on, or that is not there it would come later; and where it fails on one node alone,
that node leaves. So all nodes have to be there, whole and alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from galeractl.core.diagnose import diagnose
from galeractl.core.schema import Key, Schema
from galeractl.core.sight import ClusterSight
from galeractl.core.statement import Kind, Statement
from galeractl.core.wishes import role_in
from peerfinder.core.names import by_ordinal
from peerfinder.core.report import NodeReport
from peerfinder.core.role import Mode
from peerfinder.core.state import State
from peerfinder.core.wsrep import WsrepState


@dataclass(frozen=True, slots=True)
class Change:
    """One object that is not what it was; a text is None where it is not there."""

    key: Key
    before: str | None
    after: str | None

    @property
    def what(self) -> str:
        """The change in one word."""
        return "made" if self.before is None else "dropped" if self.after is None else "changed"


def hindrance(sight: ClusterSight) -> str:
    """Why the schema should not be changed now, '' where nothing is in the way."""
    found = diagnose(sight)
    if found.state is not State.ONLINE:
        return f"the cluster is {found.state}: {found.summary}"
    reasons = [f"{name} {why}" for name, one in sight.primaries.items() if (why := _not_now(one))]
    if not reasons and not node_for(sight):
        return "no node is known to take the writes"
    return "; ".join(reasons)


def node_for(sight: ClusterSight) -> str:
    """Name the node on which to change it: the writer, in mode multi the first; '' where there is none."""
    role = role_in(sight)
    modes = {one.snapshot.writer.mode for one in sight.nodes.values() if one.snapshot}
    if modes == {Mode.MULTI}:
        return next(iter(by_ordinal(tuple(sight.primaries))), "")
    return role.node if role.node in sight.primaries else ""


def unwanted(statements: Iterable[Statement], *, allow_dml: bool) -> str:
    """Why a file is refused, '' where it is not."""
    refused = [one for one in statements if one.kind is Kind.REFUSED]
    if refused:
        return "; ".join(f"statement {one}: {one.why}" for one in refused[:SHOWN]) + _more(refused)
    rows = [one for one in statements if one.kind is Kind.DML]
    if rows and not allow_dml:
        return f"no definitions, but rows: statement {', '.join(str(one) for one in rows[:SHOWN])}{_more(rows)}"
    return ""


SHOWN = 5  # statements in a sentence


def databases(statements: Iterable[Statement], first: str) -> Iterator[str]:
    """Give for each statement the database that a name without one is of ('': none); `first` is that at the start."""
    now = first
    for one in statements:
        if one.verb == "USE":
            now = one.text.split(None, 1)[-1].strip().strip("`")
        yield now


def changes(before: Schema, after: Schema) -> tuple[Change, ...]:
    """List what is different afterwards."""
    keys = sorted({*before, *after})
    found = (Change(key, before.get(key), after.get(key)) for key in keys)
    return tuple(one for one in found if one.before != one.after)


def progress_words(rows: Mapping[str, float]) -> str:
    """How far a statement is, from the server's process list: stage, of how many, percent of it."""
    if not rows.get("max_stage"):
        return ""
    return f", stage {rows['stage']:.0f} of {rows['max_stage']:.0f}, {rows['progress']:.0f} %"


def _not_now(one: NodeReport) -> str:
    server = one.server
    if server.maintenance:
        return f"is in maintenance since {server.maintenance}"
    if server.state is not WsrepState.SYNCED or server.desynced:
        return f"is {server.state if server.state is not WsrepState.SYNCED else 'desynced'}, not Synced"
    return f"is stuck: {server.stuck}" if server.stuck else ""


def _more(found: list[Statement]) -> str:
    return f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
