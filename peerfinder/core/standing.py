"""What is a node in the cluster now? One word for it, the flags beside it, and the sentence that explains it.

One judgement for everybody who shows nodes to people: `galeractl status` and the status page say the same.
"""

from __future__ import annotations

import enum

from peerfinder.core.copying import describe as describe_copy
from peerfinder.core.progress import complain, describe
from peerfinder.core.read_only import set_by_hand
from peerfinder.core.report import Datadir, NodeReport, Phase
from peerfinder.core.role import Role as WriterRole
from peerfinder.core.wsrep import WsrepState


class Standing(enum.StrEnum):
    """What a node is in the cluster now."""

    PRIMARY = "primary"  # a member, Synced, that takes writes
    SECONDARY = "secondary"  # a member, Synced, that takes reads while another is the writer
    MEMBER = "member"  # holds the whole state of the Primary component; the cluster has no writer role
    DONOR = "donor"  # a member that lags on purpose: it feeds a joiner, or was desynced
    JOINING = "joining"  # its server is on its way into a Primary component
    NON_PRIMARY = "non-primary"  # its server runs and has lost the majority
    OBSERVING = "observing"  # reads its volume, recovers its position
    WAITING = "waiting"  # its server does not run; it waits for what `waiting_for` and `reason` say
    REFUSING = "refusing"  # starting could lose data: a person has to look
    STARTING = "starting"  # its server, or first initialisation, has begun
    STOPPING = "stopping"  # its server was told to stop
    STOPPED = "stopped"  # none of its programs runs
    PENDING = "pending"  # Kubernetes has not started its programs: no pod, no machine, no image, no volume
    UNREACHABLE = "unreachable"  # its agent does not answer, or its entrypoint does not report

    @property
    def is_serving(self) -> bool:
        """Whether the node is Synced in a Primary component."""
        return self in (Standing.PRIMARY, Standing.SECONDARY, Standing.MEMBER)

    @property
    def takes_part(self) -> bool:
        """Whether the node holds the whole state of a Primary component."""
        return self.is_serving or self is Standing.DONOR


_MEMBERS = {
    WriterRole.PRIMARY: Standing.PRIMARY,
    WriterRole.SECONDARY: Standing.SECONDARY,
    WriterRole.NONE: Standing.MEMBER,
}


def standing_of(report: NodeReport, part: WriterRole) -> Standing:
    """Say what a node is, from its fresh report; `part` is what clients may use it for."""
    phase, server, decision = report.facts.phase, report.server, report.facts.decision
    if report.in_primary:
        return Standing.DONOR if server.state is WsrepState.DONOR else _MEMBERS[part]
    match phase:
        case Phase.OBSERVING:
            return Standing.OBSERVING
        case Phase.WAITING:
            return Standing.REFUSING if decision and decision.kind == "refuse" else Standing.WAITING
        case Phase.INITIALISING:
            return Standing.STARTING
        case Phase.COPYING:
            return Standing.JOINING
        case Phase.STOPPING:
            return Standing.STOPPING
        case Phase.STARTING | Phase.RUNNING:
            if server.sql and server.cluster_status not in ("", "Primary"):
                return Standing.NON_PRIMARY
            joins = decision is not None and decision.kind == "join"
            return Standing.JOINING if joins or server.sql else Standing.STARTING


def seqno_of(report: NodeReport) -> int | None:
    """Give the seqno that a node has committed, or that its volume holds; None where it is not known."""
    if report.server.sql and report.server.committed >= 0:
        return report.server.committed
    position = report.facts.position
    return position.seqno if position and not position.is_undefined else None


def flags_of(report: NodeReport) -> tuple[str, ...]:
    """Say in single words what is unusual about a node."""
    server, facts = report.server, report.facts
    progress = facts.progress
    how_far = describe(progress) if progress and server.state is not WsrepState.DONOR else ""
    found = {
        how_far: bool(how_far),
        describe_copy(report.copying) if report.copying else "": report.copying is not None,
        "stalled": bool(progress and progress.is_stalled),
        "donor": server.state is WsrepState.DONOR,
        "desynced": server.desynced,
        "maintenance": bool(server.maintenance),
        "stuck": bool(server.stuck),
        "stepped-out": server.stepped_out,
        "reject-queries": server.reject_queries,
        "read-only-by-hand": set_by_hand(facts.name, server) is not None,
        str(facts.datadir): facts.datadir is not Datadir.PRESENT and not report.in_primary,
        "needs-operator": bool(facts.decision and facts.decision.needs_operator),
    }
    return tuple(flag for flag, is_set in found.items() if is_set)


def reason_of(report: NodeReport, standing: Standing, told: str) -> str:
    """Say why a node is what it is; `told` is its sentence about its readiness."""
    decision = report.facts.decision
    if report.facts.phase in (Phase.WAITING, Phase.OBSERVING) and decision:
        return decision.reason
    if progress := report.facts.progress:
        stalled = complain(progress)
        if stalled:
            return stalled
    if standing is Standing.JOINING and report.server.comment:
        done, total = report.server.progress_done, report.server.progress_total
        return report.server.comment + (f", {done} of {total}" if total > 0 else "")
    if by_hand := set_by_hand(report.facts.name, report.server):
        return f"{told}; {by_hand.reason}" if told else by_hand.reason
    unseen = report.server.error if report.facts.phase is Phase.RUNNING and not report.server.sql else ""
    return f"{told}: {unseen}" if told and unseen else told or unseen
