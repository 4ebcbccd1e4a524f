"""galeractl local cut and mend: nodes that do not hear each other any more."""

from __future__ import annotations

import click

from galeractl.local import isolation, orders
from galeractl.local.telling import opened, told
from galeractl.operator.selection import answers_json, takes_directory


@click.command("cut")
@click.argument("names", nargs=-1, required=True, metavar="NODE...")
@click.option("--from", "others", multiple=True, metavar="NODE", help="From whom (repeatable).  [default: all others]")
@click.option(
    "--traffic",
    type=click.Choice(isolation.TRAFFIC),
    default="all",
    show_default=True,
    help="What the servers say to each other, what the sidecars do, or everything.",
)
@click.option("--one-way", is_flag=True, help="Only what NODE sends is lost; it still hears the others.")
@takes_directory
@answers_json
def cut(names: tuple[str, ...], *, others: tuple[str, ...], traffic: str, one_way: bool) -> None:
    """Cut nodes off from others: packets between them vanish, as on a broken network.

    For clusters that were started with --isolated, as root. Nodes that are named together go on hearing each other.
    This machine reaches all of them, so clients on it do, too. `galeractl local mend` ends it, and so does stopping
    the whole cluster.
    """
    _place, settings = opened()
    mine = orders.known(settings, names)
    theirs = orders.known(settings, others) if others else tuple(name for name in settings.names if name not in mine)
    pairs = isolation.cut(settings, mine, theirs, traffic, one_way=one_way)
    told("cut off", mine, traffic=traffic, lost=[f"{source} to {target}" for source, target in pairs])


@click.command("mend")
@click.argument("names", nargs=-1, metavar="[NODE]...")
@takes_directory
@answers_json
def mend(names: tuple[str, ...]) -> None:
    """End every cut of these nodes, of all when none is named."""
    _place, settings = opened()
    wanted = orders.known(settings, names)
    isolation.mend(settings, wanted)
    told("mended", wanted)
