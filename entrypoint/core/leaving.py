"""A node that was told to stop, and still serves: may its server go now?

Kubernetes takes a deleted pod out of its Services in the same moment in which it signals it, but the nodes' packet
filters learn of it a second later: who stops at once refuses the connections of that second. So the node says that
it is stopping, serves on for the drain seconds, and then stops.

When several nodes are told to stop at once (a scale-in, all pods deleted), the highest ordinal goes first and the
lowest last, one after another: two servers that leave in the same moment make the others form their view twice, and
the last one to leave is then the one that comes back first.

The writer role is handed over before the server stops: whoever sees that the writer is stopping claims it, which takes
a look or two. Only if that takes longer than the drain does a node wait for it, and not for long: the role also moves
when the server has gone.
"""

from __future__ import annotations

from entrypoint.core.facts import Facts
from peerfinder.core.names import ordinal_of
from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.wsrep import WsrepState

POLITE_SECONDS = 60.0
"""How long a node lets the higher ones go first: a tenth of the pod's grace period, whatever keeps them."""

HANDOVER_SECONDS = 5.0
"""How long the writer waits for its successor beyond its drain: several looks of everybody and a claim."""


def must_stay(facts: Facts, told: float, drain: float) -> str:
    """Why the server must serve on, as a sentence; '' when it may stop.

    `told`: seconds since the order to stop. `drain`: seconds to serve on; 0 stops at once and waits for nobody.
    """
    if drain <= 0 or not facts.reports[facts.me].server.is_primary:
        return ""
    if told < drain:
        return f"serving on for {drain:g} s, until no Service sends clients here"
    if facts.writer == facts.me and told < drain + HANDOVER_SECONDS and any(map(_could_take_over, facts.others)):
        return "the writer role has not been taken over yet"
    ahead = [name for name, report in facts.reports.items() if _goes_first(facts.me, report)]
    if ahead and told < POLITE_SECONDS:
        return f"{', '.join(sorted(ahead))} stops first"
    return ""


def _goes_first(me: str, other: NodeReport) -> bool:
    """Whether a node of a higher ordinal is on its way out too, and still in the group."""
    higher = ordinal_of(other.facts.name) > ordinal_of(me)
    return higher and other.facts.phase is Phase.STOPPING and other.server.is_primary


def _could_take_over(other: NodeReport) -> bool:
    return other.in_primary and other.server.state is WsrepState.SYNCED and not other.server.maintenance
