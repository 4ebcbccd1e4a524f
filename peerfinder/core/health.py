"""Is this node ready, alive, started? Pure answers with the sentence that explains them.

Ready = a client gets correct answers here: Primary and Synced. A donor lags and is not ready, unless it is the only
member left that could serve (then refusing it would turn a copy into an outage), or has been one for a moment only: an
incremental transfer lasts a second or two, and whoever takes its donor out of service while the joiner is not ready yet
leaves a cluster of three with a single node that serves. A node whose appliers are stuck (see `wedge`) shows old data,
whatever Galera calls it, and is not ready as long as another one is. A node in maintenance is not ready, whoever else
is: a person has said so, and only a person ends it.
Live = the process is there and not wedged. Never quorum, never a state transfer, never the API:
killing a node that waits for its peers makes every one of those worse.
"""

from __future__ import annotations

from dataclasses import dataclass

from peerfinder.core.progress import complain
from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.wsrep import WsrepState

WEDGED_SECONDS = 30.0
"""An entrypoint whose heart has not beaten for ten times the freshness limit does nothing any more."""

DONOR_SECONDS = 5.0
"""A donor longer than this sends its whole state (mariadb-backup alone waits 10 s), and lags behind while it does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one probe, with its reason."""

    ok: bool
    reason: str


def is_ready(mine: NodeReport | None, others: tuple[NodeReport, ...] = (), *, donor_ready: bool = False) -> Answer:
    """Tell whether clients may be sent here."""
    if mine is None:
        return Answer(ok=False, reason="the entrypoint has not reported yet")
    server, phase = mine.server, mine.facts.phase
    if phase is not Phase.RUNNING:
        decision = mine.facts.decision
        return Answer(ok=False, reason=f"{phase}: {decision.reason}" if decision else f"the server is {phase}")
    if not server.sql:
        stalled = complain(mine.facts.progress) if mine.facts.progress else ""
        why = stalled or server.comment or server.error or server.state or "starting"
        return Answer(ok=False, reason=why if why.startswith("no SQL") else f"no SQL yet ({why})")
    if not server.is_primary:
        return Answer(ok=False, reason=f"not in a Primary component ({server.cluster_status or 'unknown'})")
    if server.maintenance:
        ends = f"galeractl maintenance off {mine.facts.name} ends it"
        return Answer(ok=False, reason=f"in maintenance since {server.maintenance}; {ends}")
    if server.reject_queries:
        return Answer(ok=False, reason="wsrep_reject_queries is set")
    alone = not any(_serves(other) for other in others)
    if server.stuck and not alone:
        return Answer(ok=False, reason=server.stuck)
    if server.state is WsrepState.SYNCED:
        return Answer(ok=True, reason=f"{server.stuck}; the only one serving" if server.stuck else "Primary and Synced")
    if server.state is WsrepState.DONOR:
        if donor_ready or alone:
            return Answer(ok=True, reason="Donor/Desynced, " + ("allowed" if donor_ready else "the only one serving"))
        if server.donor_seconds < DONOR_SECONDS and not server.desynced:
            return Answer(ok=True, reason="Donor/Desynced, for a moment only")
        return Answer(ok=False, reason="Donor/Desynced while others are Synced")
    return Answer(ok=False, reason=f"{server.state}, not Synced")


def _serves(report: NodeReport) -> bool:
    """Whether another node can be left to serve alone."""
    server = report.server
    return report.in_primary and server.state is WsrepState.SYNCED and not (server.stuck or server.maintenance)


def is_live(mine: NodeReport | None) -> Answer:
    """Tell whether the node's first process does its work; waiting and refusing are work."""
    if mine is None:
        return Answer(ok=True, reason="the entrypoint has not reported yet")
    if mine.age > WEDGED_SECONDS:
        return Answer(ok=False, reason=f"the entrypoint's heart stopped {mine.age:.0f} s ago")
    return Answer(ok=True, reason=f"the entrypoint is {mine.facts.phase}")


def is_started(mine: NodeReport | None) -> Answer:
    """Tell whether the node's first process has begun its work (Kubernetes asks nothing else before)."""
    if mine is None or not mine.is_fresh:
        return Answer(ok=False, reason="the entrypoint has not reported yet")
    return Answer(ok=True, reason=f"the entrypoint is {mine.facts.phase}")
