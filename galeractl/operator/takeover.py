"""galeractl takeover: another node is to take the writes."""

from __future__ import annotations

from dataclasses import asdict

import click

from galeractl.adapters import agent
from galeractl.core.diagnose import diagnose
from galeractl.core.sight import ClusterSight
from galeractl.core.takeover import Already, Go, Refused, candidates, plan_takeover, role_seen
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.cluster import Cluster, selected
from galeractl.operator.selection import answer, answers_json
from peerfinder.core.takeover import MOST_DRAIN_SECONDS, Takeover, TakeoverOrder

REFUSED, LATE = 409, 504  # the statuses of HTTP by which an agent says no, and that its claim is still on its way


@click.command("takeover")
@click.option("--to", default="", metavar="NODE", help="The node that is to be the writer; else the best successor.")
@click.option("--force", is_flag=True, help="Even if the present writer does not answer and cannot drain.")
@click.option(
    "--drain", type=click.FloatRange(0, MOST_DRAIN_SECONDS), metavar="SECONDS",
    help="For its open transactions; else as its sidecar was told (5).",
)  # fmt: skip
@click.option("--timeout", default=15.0, show_default=True, metavar="S", help="How long to wait for the answer.")
@answers_json
def command(*, to: str, force: bool, drain: float | None, timeout: float) -> None:
    """Have another node take the writes.

    The target claims the role and takes writes at once. The former writer goes on with the transactions that are open,
    for the drain seconds, and closes connections as they fall idle, so that pools connect to the new writer; what is
    open after that is closed, too.

    \b
    galeractl takeover                    the best successor
    galeractl takeover --to db-2          this node
    galeractl takeover --to db-2 --force  the present writer hangs: do not wait for it

    A node that is not Primary and Synced never becomes the writer, forced or not.

    Exit codes: 0 the node is the writer (perhaps it was already); 1 failed; 2 usage, or no such node; 3 no answer in
    time, and it may still happen; 4 refused.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    cluster = selected()
    sight = cluster.look()
    if to and to not in sight.nodes:
        raise Trouble(f"there is no node {to}; the nodes are {', '.join(sight.nodes)}", code=Code.USAGE)
    plan = plan_takeover(sight, to, force=force)
    if isinstance(plan, Refused):
        raise _refused(sight, plan.reason)
    if isinstance(plan, Already):
        _tell(Takeover(plan.writer, plan.epoch, changed=False, reason="it was the writer already"), drain)
        return
    _tell(_order(cluster, sight, plan, TakeoverOrder(force, drain, plan.epoch), timeout), drain)


def _order(cluster: Cluster, sight: ClusterSight, plan: Go, order: TakeoverOrder, seconds: float) -> Takeover:
    said = ""
    for name in plan.targets:
        line, token = cluster.line(sight.nodes[name], seconds)
        told = agent.order(line, token, "/v1/takeover", order, Takeover)
        if isinstance(told, Takeover):
            return told
        if told.status == LATE or not told.answered:
            return _found_out(cluster, name, plan, told)
        if told.status != REFUSED:
            raise Trouble(f"{name}: {told.reason}", "is its sidecar of the same version? galeractl status")
        said = told.said
        sight = cluster.look()
        if role_seen(sight).epoch != plan.epoch:  # whoever comes next would say the same
            break
    raise _refused(sight, said)


def _found_out(cluster: Cluster, target: str, plan: Go, told: agent.NoAnswer) -> Takeover:
    """No answer is no refusal: the claim may have succeeded all the same."""
    role = role_seen(cluster.look())
    if role.node == target and role.epoch > plan.epoch:
        return Takeover(target, role.epoch, plan.writer, reason="its answer was lost")
    late = told.said if told.answered else told.reason
    raise Trouble(f"{target} was told to take over, and did not answer in time: {late}", "galeractl status",
                  Code.TIMED_OUT)  # fmt: skip


def _refused(sight: ClusterSight, reason: str) -> Trouble:
    lines = candidates(diagnose(sight))
    remedy = "galeractl takeover --to NODE, a node that is Synced; for a writer that hangs with --force"
    return Trouble(f"{reason}\n{lines}", remedy, Code.REFUSED)


def _tell(done: Takeover, drain: float | None) -> None:
    if not done.changed:
        text = f"{done.node} is the writer already (epoch {done.epoch})"
    else:
        gap = f", {done.gap:.3f} s without a writer" if done.gap is not None else ""
        text = f"{done.node} is the writer (epoch {done.epoch}), after {done.former or 'nobody'}{gap}"
        if done.former and not done.informed:
            text += f"\n{done.former} has not heard of it: it drains when its sidecar answers again"
    answer(asdict(done) | {"drain": drain}, text)
