"""How an order to set something is carried out: checked, sent to a member's agent, and waited for.

Any member can take it, because it is stored in the cluster's data; the next is asked where an agent does not answer.
"""

from __future__ import annotations

import time
from typing import Any

from entrypoint.core.writer_tables import SETTINGS_STATEMENTS
from galeractl.adapters import agent
from galeractl.adapters.terminal import Progress
from galeractl.core.roster import roster
from galeractl.core.sight import ClusterSight
from galeractl.core.trouble import Code, Trouble
from galeractl.core.wishes import members, missing, refusal, speakers, steering_in
from galeractl.operator.cluster import Cluster
from galeractl.operator.selection import selection
from peerfinder.core.health import Answer
from peerfinder.core.steering import Order

PATH = "/v1/settings"
POLL_SECONDS = 0.3
WRITE_SECONDS = 12.0  # above the 10 s that an agent gives its server: a write waits while a member is being missed
NOT_POSSIBLE = 400  # the status of HTTP by which an agent says that an order cannot be


def set_and_wait(cluster: Cluster, order: Order, seconds: float, *, force: bool = False) -> ClusterSight:
    """Carry an order out and give what is seen afterwards; Trouble where it cannot be, or takes too long."""
    sight = cluster.look()
    known = {*roster(sight), *steering_in(sight).preferences, *steering_in(sight).maintenance}
    if order.node and order.node not in known:
        nodes = ", ".join(roster(sight))
        raise Trouble(f"{order.node} is no node of this cluster: {nodes}", "galeractl status", Code.USAGE)
    _check_members(sight)
    why_not = refusal(sight, order)
    if why_not and not force:
        remedy = "wait until another node is ready, or say --force"
        raise Trouble(why_not, remedy, Code.REFUSED)
    _send(cluster, sight, order)
    return _wait(cluster, order, seconds)


def shown(cluster: Cluster, sight: ClusterSight) -> dict[str, Any]:
    """Give what was configured, what is stored, and what counts, as the first member says that answers."""
    _check_members(sight)
    said = ""
    for name in members(sight):
        line, token = cluster.line(sight.nodes[name], agent.TIMEOUT_SECONDS)
        told = agent.fetch(line, token, PATH, dict[str, Any])
        if not isinstance(told, agent.NoAnswer):
            return told
        said = f"{name}: {told.reason}"
    raise Trouble(f"no member says what is set ({said})", "galeractl status")


def _check_members(sight: ClusterSight) -> None:
    if not members(sight):
        raise Trouble("there is no Primary component, so nothing can be read or set", "galeractl status")


def _send(cluster: Cluster, sight: ClusterSight, order: Order) -> None:
    if not any(one.steering.has_table for one in members(sight).values()):
        statements = "; ".join(" ".join(one.split()) for one in SETTINGS_STATEMENTS)
        seen = "the cluster's data have no table galerakit.settings: an earlier version made them"
        raise Trouble(seen, f"run on one node, as root: {statements};")
    said = ""
    for name in speakers(sight, order):
        line, token = cluster.line(sight.nodes[name], WRITE_SECONDS)
        told = agent.order(line, token, PATH, order, Answer)
        if isinstance(told, Answer):
            return
        if told.status == NOT_POSSIBLE:
            raise Trouble(told.said, "galeractl status", Code.USAGE)
        said = f"{name}: {told.said or told.reason}"
    raise Trouble(f"no member took the order ({said})", "galeractl status")


def _wait(cluster: Cluster, order: Order, seconds: float) -> ClusterSight:
    progress, begun = Progress(quiet=selection().json), time.monotonic()
    try:
        while True:
            sight = cluster.look()
            lacks = missing(sight, order)
            if not lacks:
                return sight
            waited = time.monotonic() - begun
            if waited > seconds:
                seen = f"it is stored, and not everything has followed within {seconds:.0f} s: {lacks}"
                raise Trouble(seen, "galeractl status", Code.TIMED_OUT)
            progress.show(lacks, f"{waited:5.1f} s")
            time.sleep(POLL_SECONDS)
    finally:
        progress.done()
