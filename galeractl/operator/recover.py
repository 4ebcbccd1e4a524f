"""galeractl recover: why does nobody start, and what may a person say to end it?"""

from __future__ import annotations

import sys
import time

import click

from galeractl.adapters.terminal import Progress, say
from galeractl.core.diagnose import diagnose
from galeractl.core.nodeline import NodeLine
from galeractl.core.recovery import Explained, Refused, Request, Store, plan_recovery
from galeractl.core.sight import ClusterSight
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.cluster import Cluster, selected
from galeractl.operator.selection import answer, answers_json, selection
from peerfinder.core.names import by_ordinal

POLL_SECONDS = 0.3


@click.command("recover")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--without", multiple=True, metavar="NODE", help="This node is stopped and stays stopped (repeatable).")
@click.option("--bootstrap", default="", metavar="NODE", help="This node is to bootstrap; with --expect-seqno.")
@click.option(
    "--expect-seqno", type=int, metavar="N", help="Where you saw the node of --bootstrap; refused if it moved."
)
@click.option("--discard", default="", metavar="NODE", help="Give up the data of this node, which is there.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--timeout", default=60.0, show_default=True, metavar="S", help="How long to wait for what follows.")
@answers_json
def command(
    *, dry_run: bool, without: tuple[str, ...], bootstrap: str, expect_seqno: int | None, discard: str, yes: bool,
    timeout: float,
) -> None:  # fmt: skip
    """Say why nobody starts, and end a wait that only a person can end.

    Nodes recover by themselves wherever that loses nothing, and otherwise wait and say for what. Without options this
    command repeats it in one place, and changes nothing.

    \b
    galeractl recover                     what does each node wait for, and who would bootstrap?
    galeractl recover --without db-2      db-2 is gone for good (or stays stopped): go on without it.
                                          What only db-2 holds is lost.
    galeractl recover --bootstrap db-0 --expect-seqno 812
                                          the nodes doubt: you have looked, and db-0 is right
    galeractl recover --discard db-1      db-1 holds data that the others do not know: give them up

    What you say is stored in the cluster's memory together with what was seen, and the nodes still vote: it is void as
    soon as a node that you excluded answers, or anything else differs from what was seen.

    Exit codes: 0 explained, or a Primary component has formed; 1 the memory changed meanwhile; 2 usage; 3 stored, and
    nothing came of it in time; 4 refused: it would contradict what is seen.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    request = Request(without, bootstrap, expect_seqno, discard)
    _check_usage(request, dry_run=dry_run, yes=yes)
    cluster = selected()
    sight = cluster.look()
    plan = plan_recovery(sight, request)
    nodes = diagnose(sight).nodes
    if isinstance(plan, Refused):
        raise Trouble(plan.reason, plan.remedy, Code.REFUSED)
    if isinstance(plan, Explained):
        _explain(plan, nodes)
        return
    if dry_run:
        told = {"stored": False, "would": plan.consequence, "node": plan.node, "seqno": plan.position.seqno}
        answer(told, f"would be stored: {plan.consequence}")
        return
    _store(cluster, sight, plan, yes=yes)
    _wait(cluster, plan, request, timeout)


def _check_usage(request: Request, *, dry_run: bool, yes: bool) -> None:
    if bool(request.bootstrap) != (request.expect_seqno is not None):
        raise click.UsageError("--bootstrap and --expect-seqno belong together: name the node and where you saw it")
    if request.discard and (request.without or request.bootstrap):
        raise click.UsageError("--discard goes alone: it is about a node that is there")
    if request.bootstrap in request.without and request.bootstrap:
        raise click.UsageError(f"{request.bootstrap} cannot bootstrap and stay out")
    if not (request.is_question or dry_run or yes or sys.stdin.isatty()):
        raise click.UsageError("nobody can be asked here: look with --dry-run, then say --yes")


def _explain(plan: Explained, nodes: tuple[NodeLine, ...]) -> None:
    lines = [plan.sentence]
    for node in nodes:
        waits = f", waits for {', '.join(node.waiting_for)}" if node.waiting_for else ""
        seqno = f", seqno {node.seqno}" if node.seqno is not None else ""
        lines.append(f"  {node.name}: {node.role}{seqno}{waits}" + (f": {node.reason}" if node.reason else ""))
    if plan.remedy:
        lines.append(f"to do: {selection().address(plan.remedy)}")
    told = {
        "stored": False,
        "would": plan.sentence,
        "node": plan.winner,
        "seqno": plan.seqno,
        "remedy": plan.remedy,
        "waiting": {node.name: list(node.waiting_for) for node in nodes if node.waiting_for},
        "reasons": {node.name: node.reason for node in nodes if node.reason},
    }
    answer(told, "\n".join(lines))


def _store(cluster: Cluster, sight: ClusterSight, plan: Store, *, yes: bool) -> None:
    say(plan.consequence)
    if not yes and not click.confirm("Store this?", err=True):
        raise Trouble("nothing was changed", code=Code.REFUSED)
    if sight.memory is None:  # a plan to store was made of one
        raise AssertionError("no memory")
    try:
        swapped = cluster.swap(sight.memory.version, plan.memory)
    except (OSError, ValueError) as error:
        raise Trouble(f"the cluster memory cannot be written: {error}", "repair it first", Code.REFUSED) from None
    if not swapped:
        raise Trouble("the cluster memory has changed meanwhile; nothing was stored", "look again: galeractl recover")


def _wait(cluster: Cluster, plan: Store, request: Request, seconds: float) -> None:
    """Wait for what the word was given for: a Primary, or the node that gave up its data in it."""
    progress, deadline = Progress(quiet=selection().json), time.monotonic() + seconds
    while True:
        sight = cluster.look()
        members = by_ordinal(tuple(sight.primaries))
        if members and (not request.discard or request.discard in members):
            break
        nodes = diagnose(sight).nodes
        if time.monotonic() > deadline:
            progress.done()
            missing = "\n".join(f"  {node.name} is {node.role}: {node.reason}" for node in nodes if node.reason)
            what = f"{request.discard} is not in it" if request.discard else "no Primary component has formed"
            raise Trouble(f"stored, but after {seconds:.0f} s {what}\n{missing}", "galeractl status", Code.TIMED_OUT)
        progress.show("  ".join(f"{node.name} {node.role}" for node in nodes))
        time.sleep(POLL_SECONDS)
    progress.done()
    told = {"stored": True, "node": plan.node, "seqno": plan.position.seqno, "members": list(members)}
    answer(told, f"a Primary component is there: {', '.join(members)}")
