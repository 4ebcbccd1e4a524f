"""galeractl topology: the nodes as a tree."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from galeractl.adapters.terminal import Picture, print_topology
from galeractl.core.diagnose import Diagnosis, diagnose
from galeractl.core.topology import line_of
from galeractl.core.trouble import Trouble
from galeractl.operator.cluster import Cluster, selected
from galeractl.operator.selection import answer, answers_json, selection

SHORTEST, LONGEST = 0.5, 60.0  # seconds between two looks: agents look once or four times per second themselves


@click.command("topology")
@click.option("--watch", is_flag=True, help="Draw it again whenever it changes, until interrupted.")
@click.option(
    "--interval", type=click.FloatRange(SHORTEST, LONGEST), default=1.0, show_default=True, metavar="S",
    help="With --watch: seconds between two looks.",
)  # fmt: skip
@answers_json
def command(*, watch: bool, interval: float) -> None:
    """Draw the nodes as a tree, one line each.

    \b
    db-0    [0,Synced,10.11.6,rw,812,writer]
    + db-1  [0,Synced,10.11.6,rw,812,]
    - db-2  [-,unreachable,-,-,-,]  its agent does not run

    In brackets: receive queue, state, version, rw or ro, seqno, flags. `-` in front marks a node that does not take
    part, and its reason follows. `galeractl status` says more.

    With --watch it is drawn in place on a terminal, and elsewhere once for each change; Ctrl-C ends it.

    Exit codes: 0 drawn, 2 there is no such cluster.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    cluster = selected()
    if watch:
        _watch(cluster, interval)
        return
    found = diagnose(cluster.look())
    if selection().json:
        answer(_as_json(found), "")
    else:
        print_topology(found)


def _as_json(found: Diagnosis) -> dict[str, Any]:
    lines = [{"node": node.name, "line": line_of(node, found.writer)} for node in found.nodes]
    return {"cluster": found.cluster, "state": str(found.state), "writer": found.writer, "lines": lines}


def _watch(cluster: Cluster, seconds: float) -> None:
    """Draw until interrupted. Once a first look has succeeded, a look that fails is told and tried again."""
    last: object = None
    try:
        with Picture(quiet=selection().json) as picture:
            while True:
                seen = _look(cluster, again=last is not None)
                if selection().json:
                    told = _trouble(seen) if isinstance(seen, Trouble) else _as_json(seen)
                    if told != last:
                        print(json.dumps(told), flush=True)
                    last = told
                else:
                    picture.show(seen if isinstance(seen, Diagnosis) else f"{seen.seen}\n  to do: {seen.remedy}")
                    last = seen
                time.sleep(seconds)
    except KeyboardInterrupt:
        return


def _look(cluster: Cluster, *, again: bool) -> Diagnosis | Trouble:
    try:
        return diagnose(cluster.look())
    except Trouble as trouble:
        if not again:
            raise
        return trouble


def _trouble(trouble: Trouble) -> dict[str, Any]:
    return {"error": trouble.seen, "remedy": trouble.remedy, "exit_code": int(trouble.code)}
