"""galeractl preference: which node is to be the writer when the role has to move?"""

from __future__ import annotations

from typing import Any

import click

from galeractl.core.trouble import Code, Trouble
from galeractl.core.wishes import role_in
from galeractl.operator.cluster import selected
from galeractl.operator.selection import answer, answers_json
from galeractl.operator.setting import set_and_wait, shown
from peerfinder.core.names import by_ordinal
from peerfinder.core.role import Preference
from peerfinder.core.steering import Order, What

DEFAULT = "default"


WORDS = [*(one.value for one in Preference), DEFAULT]


@click.command("preference")
@click.argument("node", required=False, metavar="[NODE]")
@click.argument("wanted", required=False, metavar="[prefer|neutral|must-not|default]", type=click.Choice(WORDS))
@click.option("--timeout", default=60.0, show_default=True, metavar="S", help="How long to wait for what follows.")
@answers_json
def command(*, node: str | None, wanted: str | None, timeout: float) -> None:
    """Say which node is to be the writer, or change it.

    \b
    galeractl preference                  of every node
    galeractl preference db-1 prefer      the first to succeed a writer that goes
    galeractl preference db-2 must-not    never while another node is ready; if it is the writer, the role moves now
    galeractl preference db-1 neutral     neither, whatever was configured
    galeractl preference db-1 default     as configured

    It is stored in the cluster's data: no restart, the same on all nodes, and it stays. A preference moves no role that
    is well where it is, but must-not does: galeractl takeover --to NODE moves it by hand.

    Exit codes: 0 it is so; 1 no Primary component, or no agent took it; 2 usage, or no such node; 3 stored, and not
    everything has followed in time.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    cluster = selected()
    if node is not None and wanted is not None:
        sight = set_and_wait(cluster, Order(What.PREFERENCE, "" if wanted == DEFAULT else wanted, node), timeout)
    else:
        sight = cluster.look()
    told = shown(cluster, sight)
    tables = {name: told[name]["preferences"] for name in ("effective", "configured", "stored")}
    names = by_ordinal({*sight.expected, *sight.nodes, *(one for table in tables.values() for one in table)})
    if node is not None:
        if node not in names:
            raise Trouble(f"{node} is no node of this cluster: {', '.join(names)}", "galeractl status", Code.USAGE)
        names = (node,)
    found = {name: _of(name, tables) for name in names}
    writer = role_in(sight).node
    answer({"preferences": found, "writer": writer or None}, "\n".join(_line(name, found[name]) for name in found))


def _of(name: str, tables: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "preference": tables["effective"].get(name, Preference.NEUTRAL.value),
        "configured": tables["configured"].get(name, Preference.NEUTRAL.value),
        "stored": tables["stored"].get(name),
    }


def _line(name: str, found: dict[str, Any]) -> str:
    source = "as configured" if found["stored"] is None else f"set at run time; configured: {found['configured']}"
    return f"{name}  {found['preference']} ({source})"
