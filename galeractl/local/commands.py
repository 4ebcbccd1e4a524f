"""galeractl local: a cluster on this machine, without Kubernetes."""

from __future__ import annotations

import signal
import time

import click

from galeractl.adapters import local_dir
from galeractl.adapters.terminal import Progress
from galeractl.core.programs import Kind
from galeractl.core.trouble import Code, Trouble
from galeractl.local import accounts, creation, naming, orders, parting, reading, waiting
from galeractl.local.telling import opened, told
from galeractl.operator.selection import answer, answers_json, selection, takes_directory

START_SECONDS = 180.0  # three nodes of which two get a full copy, on a machine with two cores under load


@click.group("local")
@takes_directory
@answers_json
def command() -> None:
    """Run a cluster on this machine, without Kubernetes.

    Nodes are called db-0, db-1 ... Each has the same two programs as a pod, and an address of its own (127.77.C.10,
    127.77.C.11 ...) on the usual ports. Several clusters can run side by side; each lives in its directory.

    Exit codes: 0 done, 1 failed, 2 usage, 3 timed out, 4 refused.
    """


@command.command("start")
@click.argument("names", nargs=-1, metavar="[NODE]...")
@click.option(
    "--nodes", type=int, metavar="N", help="How many nodes a new cluster has, or an old one grows to.  [default: 3]"
)
@click.option(
    "--mariadb-option",
    "options",
    multiple=True,
    metavar="K=V",
    help="An option of mariadbd on every node (repeatable).",
)
@click.option(
    "--isolated",
    is_flag=True,
    help="Give each node of a new cluster a network namespace, so that `local cut` can part them (as root).",
)
@click.option(
    "--enforce-read-only/--no-enforce-read-only",
    default=None,
    help="Whether every node but the writer is read_only; kept, at first not.",
)
@click.option("--user", default="", help="Who runs mariadbd when root starts the cluster.  [default: mysql]")
@click.option("--no-wait", is_flag=True, help="Return when the programs are started.")
@click.option(
    "--timeout", default=START_SECONDS, show_default=True, metavar="S", help="How long to wait until all are Synced."
)
@takes_directory
@answers_json
def start(
    names: tuple[str, ...],
    *,
    nodes: int | None,
    options: tuple[str, ...],
    isolated: bool,
    enforce_read_only: bool | None,
    user: str,
    no_wait: bool,
    timeout: float,
) -> None:
    """Create a cluster, or start what does not run of it; returns when the nodes are Synced.

    Options for mariadbd are kept, and take effect when a node starts the next time; so is --enforce-read-only.
    """
    begun = time.monotonic()
    place = selection().place
    fresh = not place.exists
    with local_dir.exclusive(creation.reachable(place, user)):
        settings = creation.create_or_open(
            place, nodes, options, user, isolated=isolated, enforce_read_only=enforce_read_only
        )
        wanted = orders.known(settings, names)
        settings = orders.start(place, settings, wanted)
    if no_wait:
        told("created" if fresh else "started", wanted)
        return
    waiting.until_synced(place, settings, wanted, timeout, Progress(quiet=selection().json))
    told("Synced", wanted, seconds=round(time.monotonic() - begun, 1))


@command.command("stop")
@click.argument("names", nargs=-1, metavar="[NODE]...")
@click.option("--timeout", default=60.0, show_default=True, metavar="S", help="How long a server may take to stop.")
@takes_directory
@answers_json
def stop(names: tuple[str, ...], *, timeout: float) -> None:
    """Stop nodes gracefully, all at once; without a name the whole cluster."""
    place, settings = opened()
    wanted = orders.known(settings, names)
    late = orders.stop(place, settings, wanted, timeout)
    if late:
        raise Trouble(
            f"{', '.join(late)} still stops after {timeout:.0f} s",
            f"wait longer, or end it as a power cut would: galeractl local kill {' '.join(late)}",
            Code.TIMED_OUT,
        )
    told("stopped", wanted)


@command.command("kill")
@click.argument("names", nargs=-1, required=True, metavar="NODE...")
@click.option(
    "--what",
    type=click.Choice(["node", "mariadbd"]),
    default="node",
    show_default=True,
    help="Every program of the node, as a power cut does, or its server only.",
)
@click.option("--signal", "number", default="KILL", show_default=True, metavar="NAME", help="Which signal.")
@takes_directory
@answers_json
def kill(names: tuple[str, ...], *, what: str, number: str) -> None:
    """Kill nodes: a power cut. Start them again with `galeractl local start`."""
    place, settings = opened()
    wanted, chosen = orders.known(settings, names), _signal(number)
    if what == "node":
        hit = orders.kill_nodes(place, wanted, chosen)
    else:
        hit = {name: orders.kill_server(place, name, chosen) for name in wanted}
    _told_signalled("killed", hit)


@command.command("pause")
@click.argument("name", metavar="NODE")
@takes_directory
@answers_json
def pause(name: str) -> None:
    """Stop the clock of a node: all its programs stand still and keep their connections."""
    place, settings = opened()
    orders.known(settings, (name,))
    _told_signalled("paused", {name: orders.pause(place, name)})


@command.command("resume")
@click.argument("name", metavar="NODE")
@takes_directory
@answers_json
def resume(name: str) -> None:
    """Let a paused node go on."""
    place, settings = opened()
    orders.known(settings, (name,))
    _told_signalled("resumed", {name: orders.resume(place, name)})


@command.command("wipe")
@click.argument("names", nargs=-1, required=True, metavar="NODE...")
@takes_directory
@answers_json
def wipe(names: tuple[str, ...]) -> None:
    """Remove the volumes of stopped nodes: at their next start they are new."""
    place, settings = opened()
    wanted = orders.known(settings, names)
    with local_dir.exclusive(place):
        orders.wipe(place, wanted)
    told("wiped", wanted)


@command.command("logs")
@click.argument("name", metavar="NODE")
@click.option(
    "--program",
    type=click.Choice([str(kind) for kind in Kind]),
    default=str(Kind.ENTRYPOINT),
    show_default=True,
    help="The entrypoint's log holds the server's too.",
)
@click.option("--follow", "-f", is_flag=True, help="Go on with new lines, until interrupted.")
@click.option("--lines", "-n", default=100, show_default=True, help="How many lines of the past.")
@takes_directory
@answers_json
def logs(name: str, *, program: str, follow: bool, lines: int) -> None:
    """Show what a node's programs said."""
    place, settings = opened()
    orders.known(settings, (name,))
    file = place.node(name).log(program)
    past, offset = reading.tail(file, lines)
    answer({"node": name, "program": program, "lines": past}, "\n".join(past))
    if follow:
        reading.follow(file, offset)


@command.command("status")
@takes_directory
@answers_json
def status() -> None:
    """Say which programs run, and where; `galeractl status` says how the cluster is."""
    place, settings = opened()
    programs = orders.look_at_programs(place, settings.names)
    named = naming.published(place)
    rows = [
        {
            "name": node.name,
            "address": node.address,
            "programs": str(programs[node.name]),
            "in_dns": node.name in named,
            "volume": str(place.node(node.name).volume),
            "pids": {kind: process.pid for kind, process in orders.processes_of(place, node.name).items()},
        }
        for node in settings.addresses
    ]
    data = {"cluster": settings.name, "directory": str(place.root), "dns": naming.is_serving(place), "nodes": rows}
    lines = [f"{settings.name}  in {place.root}, names are {'' if data['dns'] else 'not '}served"]
    for row in rows:
        pids = " ".join(f"{kind}={pid}" for kind, pid in dict(row["pids"]).items())  # type: ignore[call-overload]
        lines.append(f"  {row['name']}  {row['address']:<14}  {row['programs']}  {pids}".rstrip())
    answer(data, "\n".join(lines))


@command.command("dsn")
@click.argument("name", required=False, metavar="[NODE]")
@takes_directory
@answers_json
def dsn(name: str | None) -> None:
    """Say where an application can connect, with its user and password; without NODE to a node that is ready."""
    place, settings = opened()
    if name:
        orders.known(settings, (name,))
    account = accounts.application(place, settings, name)
    answer(account.json, account.url)


def _signal(text: str) -> signal.Signals:
    name = text.upper().removeprefix("SIG")
    try:
        return signal.Signals(int(name)) if name.isdecimal() else signal.Signals[f"SIG{name}"]
    except (KeyError, ValueError):
        raise click.BadParameter(f"{text!r} is no signal: KILL, TERM, ABRT, SEGV ...", param_hint="--signal") from None


def _told_signalled(did: str, hit: dict[str, int]) -> None:
    idle = [name for name, count in hit.items() if not count]
    if idle:
        raise Trouble(f"nothing runs there to be {did}: {', '.join(idle)}", f"galeractl local start {' '.join(idle)}")
    told(did, list(hit), processes=sum(hit.values()))


command.add_command(parting.cut)
command.add_command(parting.mend)
