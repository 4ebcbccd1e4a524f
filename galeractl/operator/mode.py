"""galeractl mode: does one node take the writes, or every ready one?"""

from __future__ import annotations

import click

from galeractl.core.wishes import role_in
from galeractl.operator.cluster import selected
from galeractl.operator.selection import answer, answers_json
from galeractl.operator.setting import set_and_wait, shown
from peerfinder.core.role import Mode
from peerfinder.core.steering import Order, What

DEFAULT = "default"


@click.command("mode")
@click.argument(
    "wanted",
    required=False,
    metavar="[single|multi|default]",
    type=click.Choice([*(one.value for one in Mode), DEFAULT]),
)
@click.option("--timeout", default=60.0, show_default=True, metavar="S", help="How long to wait for what follows.")
@answers_json
def command(*, wanted: str | None, timeout: float) -> None:
    """Say whether one node takes writes or every ready one, or change it.

    \b
    galeractl mode            what counts, and what was configured
    galeractl mode multi      every ready node takes writes
    galeractl mode single     one node does; whoever held the role holds it again
    galeractl mode default    as configured

    It is stored in the cluster's data: no restart, the same on all nodes, and it stays. With several writers,
    transactions that meet on two nodes are refused at commit, or may overwrite each other unseen.

    Exit codes: 0 it is so; 1 no Primary component, or no agent took it; 2 usage; 3 stored, and not every node acts by
    it in time.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    cluster = selected()
    if wanted is not None:
        sight = set_and_wait(cluster, Order(What.MODE, "" if wanted == DEFAULT else wanted), timeout)
    else:
        sight = cluster.look()
    told = shown(cluster, sight)
    mode, configured, stored = told["effective"]["mode"], told["configured"]["mode"], told["stored"]["mode"]
    writer = role_in(sight).node
    source = "as configured" if stored is None else f"set at run time; configured: {configured}"
    one = f"one node takes writes: {writer}" if writer else "one node takes writes; there is none now"
    sentence = one if mode == Mode.SINGLE else "every ready node takes writes"
    answer(
        {"mode": mode, "configured": configured, "stored": stored, "writer": writer or None},
        f"{mode} ({source}); {sentence}",
    )
