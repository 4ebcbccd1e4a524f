"""galeractl maintenance: take a node out of service and keep it running."""

from __future__ import annotations

import click

from galeractl.core.wishes import members, role_in, steering_in
from galeractl.operator.cluster import selected
from galeractl.operator.selection import answer, answers_json, selection
from galeractl.operator.setting import set_and_wait
from peerfinder.core.steering import ON, Order, What


@click.command("maintenance")
@click.argument("what", metavar="on|off", type=click.Choice([ON, "off"]))
@click.argument("node", metavar="NODE")
@click.option("--force", is_flag=True, help="Even if no other node is ready, so that clients find none.")
@click.option("--timeout", default=60.0, show_default=True, metavar="S", help="How long to wait for what follows.")
@answers_json
def command(*, what: str, node: str, force: bool, timeout: float) -> None:
    """Take a node out of service and keep it running, or put it back.

    \b
    galeractl maintenance on db-2     out of every Service, the writer role given away, desynced; its server runs on
    galeractl maintenance off db-2    it catches up, and is ready again

    It stays so through restarts of the node, until it is switched off. A node that does not run now comes back in
    maintenance. Refused where no other node is ready; --force does it nevertheless, and then the node keeps the writer
    role and stays in flow control until another one is ready.

    Exit codes: 0 it is so; 1 no Primary component, or no agent took it; 2 usage, or no such node; 3 stored, and not
    everything has followed in time; 4 refused: no other node is ready.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    order = Order(What.MAINTENANCE, ON if what == ON else "", node)
    sight = set_and_wait(selected(), order, timeout, force=force)
    own, since = members(sight).get(node), steering_in(sight).maintenance.get(node)
    server = own.own_report.server if own and own.own_report else None
    writer = role_in(sight).node
    found = {
        "node": node,
        "maintenance": since is not None,
        "since": since,
        "ready": bool(own and own.ready),
        "desynced": bool(server and server.desynced),
        "writer": writer or None,
    }
    if since is None:
        sentence = f"{node} is not in maintenance" + ("" if own else "; it is no member of the Primary component now")
    elif own is None:
        sentence = f"{node} is no member of the Primary component now, and comes back in maintenance"
    else:
        desynced = ", desynced" if found["desynced"] else ""
        sentence = f"{node} is in maintenance since {since}: out of Services{desynced}"
    ends = f"\nto end it: {selection().address(f'galeractl maintenance off {node}')}" if since else ""
    answer(found, sentence + (f"; the writer is {writer}" if writer else "") + ends)
