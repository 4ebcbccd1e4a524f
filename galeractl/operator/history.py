"""galeractl history: who was the writer, when, and why."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from galeractl.adapters import agent
from galeractl.core.trouble import Trouble
from galeractl.operator.cluster import selected
from galeractl.operator.selection import answer, answers_json
from peerfinder.core.codec import to_json
from peerfinder.core.history import Change, History
from peerfinder.core.names import by_ordinal

SECONDS = 5.0  # for the answer of one agent, which asks its server


@click.command("history")
@click.option("-n", "number", default=20, show_default=True, type=click.IntRange(1), help="How many changes.")
@answers_json
def command(*, number: int) -> None:
    """Say who was the writer, when, and why it changed.

    The newest change comes first; the cluster keeps the last 200. The gap is the time without a writer, as the node saw
    it that took the role.

    Exit codes: 0 told, 1 no member of a Primary component could be asked, 2 there is no such cluster.
    """
    cluster = selected()
    sight = cluster.look()
    why = "there is no Primary component that any agent knows"
    for name in by_ordinal(tuple(sight.primaries)):
        line, token = cluster.line(sight.nodes[name], SECONDS)
        told = agent.fetch(line, token, "/v1/history", History)
        if isinstance(told, History):
            _tell(told, number)
            return
        why = f"{name}: {told.said or told.reason}"
    raise Trouble(f"the history cannot be read: {why}", "galeractl status")


def _tell(history: History, number: int) -> None:
    changes = history.changes[:number]
    lines = [f"{'when':<25}  {'from':<12} {'to':<12} {'gap':>8}  why", *map(_line, changes)]
    if history.lacks_gap:
        lines.append("the table has no column for the gap; docs/operations.md says how it gets one (The writer)")
    if not changes:
        lines = ["the role has not been claimed yet"]
    answer({"history": to_json(changes), "lacks_gap": history.lacks_gap}, "\n".join(lines))


def _line(change: Change) -> str:
    when = datetime.fromtimestamp(change.at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"
    gap = "-" if change.gap is None else f"{change.gap:.3f} s"
    return f"{when:<25}  {change.former or '-':<12} {change.node:<12} {gap:>8}  {change.reason}"
