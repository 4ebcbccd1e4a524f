"""How often to look: every second while all is well, four times as often while anything moves.

*Settled* = every expected node reports, the own server is Synced, and nothing that a decision could depend on
has changed for a while. Numbers that always move (seqno, queue, the mark) are no change.
"""

from __future__ import annotations

from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.wsrep import WsrepState

SETTLED_PERIOD = 1.0  # seconds between looks at rest; a third of what makes a report stale
BUSY_PERIOD = 0.25  # seconds; an election asks everybody several times, and each look is part of the outage
QUIET_SECONDS = 5.0  # without change before a cluster counts as settled

Fingerprint = tuple[object, ...]


def fingerprint(snapshot: ClusterSnapshot) -> Fingerprint:
    """Give what must stay the same for the cluster to be called settled."""
    nodes = tuple(
        (
            name,
            report.facts.phase,
            report.facts.datadir,
            report.facts.start_id,
            report.server.sql,
            report.server.state,
            report.server.cluster_status,
            report.facts.record.promise if report.facts.record else None,
            report.facts.decision.kind if report.facts.decision else "",
        )
        for name, report in sorted(snapshot.reports.items())
    )
    memory = snapshot.memory
    known = (memory.ballot, memory.override, memory.discards, memory.replicas) if memory else None
    applied = (snapshot.applied.seq, snapshot.applied.start) if snapshot.applied else None
    return (
        nodes,
        known,
        applied,
        snapshot.expected,
        tuple(sorted(snapshot.silent)),
        tuple(sorted(snapshot.addresses.items())),
        snapshot.answering,
        bool(snapshot.dns),
        snapshot.memory_fresh,
        (snapshot.writer.node, snapshot.writer.epoch, snapshot.writer.role),
        snapshot.steering,
    )


def is_settled(snapshot: ClusterSnapshot, quiet: float) -> bool:
    """Tell whether a look per second is enough; `quiet` is the seconds since the fingerprint last changed."""
    mine = snapshot.own_report
    if mine is None or not mine.in_primary:
        return False
    if mine.server.state is not WsrepState.SYNCED and not mine.server.maintenance:
        return False
    if snapshot.expected is None or not set(snapshot.expected) <= set(snapshot.reports):
        return False
    return quiet >= QUIET_SECONDS


def period(snapshot: ClusterSnapshot, quiet: float) -> float:
    """Give the seconds from the start of one look to the start of the next."""
    return SETTLED_PERIOD if is_settled(snapshot, quiet) else BUSY_PERIOD
