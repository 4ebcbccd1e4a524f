"""galeractl topology: the nodes as a tree."""

from __future__ import annotations

import sys
import time

import click

from galeractl.core.topology import line_of, render_topology
from galeractl.operator.selection import answer, answers_json, selection
from galeractl.operator.status import diagnosis
from peerfinder.core.codec import to_json

WATCH_SECONDS = 1.0  # the agents look once per second: more often shows nothing new


@click.command("topology")
@click.option("--watch", is_flag=True, help="Draw it again whenever it changes, until interrupted.")
@answers_json
def command(*, watch: bool) -> None:
    """Draw the nodes as a tree, one line each.

    \b
    db-0    [0,Synced,10.11.6,rw,812,writer]
    + db-1  [0,Synced,10.11.6,rw,812,]
    - db-2  [-,unreachable,-,-,-,]  its agent does not run

    In brackets: receive queue, state, version, rw or ro, seqno, flags. `-` in front marks a node that does not take
    part, and its reason follows. `galeractl status` says more.

    Exit codes: 0 drawn, 2 there is no such cluster.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    if not watch:
        found = diagnosis()
        lines = [{"node": node.name, "line": line_of(node, found.writer)} for node in found.nodes]
        answer(
            {"cluster": found.cluster, "state": str(found.state), "writer": found.writer, "lines": lines},
            render_topology(found),
        )
        return
    _watch()


def _watch() -> None:
    """Draw in place on a terminal; elsewhere one drawing after the other, each when something changed."""
    last = ""
    while True:
        found = diagnosis()
        text = render_topology(found)
        if selection().json:
            answer(to_json(found), "")
        elif sys.stdout.isatty():
            print(f"\x1b[H\x1b[2J{text}", flush=True)
        elif text != last:
            print(text, flush=True)
        last = text
        try:
            time.sleep(WATCH_SECONDS)
        except KeyboardInterrupt:
            return
