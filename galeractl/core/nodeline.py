"""One node in the diagnosis: the role it plays, what it waits for, and what a person could do about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from galeractl.core.programs import Programs
from galeractl.core.sight import ClusterSight, Sight
from peerfinder.core.names import ordinal_of
from peerfinder.core.progress import complain, describe
from peerfinder.core.report import Datadir, DecisionSummary, NodeReport, Phase
from peerfinder.core.role import Role as WriterRole
from peerfinder.core.wsrep import WsrepState


class Role(enum.StrEnum):
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
    UNREACHABLE = "unreachable"  # its agent does not answer, or its entrypoint does not report

    @property
    def is_serving(self) -> bool:
        """Whether the node is Synced in a Primary component."""
        return self in (Role.PRIMARY, Role.SECONDARY, Role.MEMBER)

    @property
    def takes_part(self) -> bool:
        """Whether the node holds the whole state of a Primary component."""
        return self.is_serving or self is Role.DONOR


@dataclass(frozen=True, slots=True)
class NodeLine:
    """One entry of `nodes` in `galeractl status --json`; None is "not known"."""

    name: str
    ordinal: int
    address: str
    role: Role
    ready: bool
    phase: str | None = None
    state: str | None = None  # wsrep_local_state_comment
    cluster_status: str | None = None
    seqno: int | None = None
    recv_queue: int | None = None
    version: str | None = None
    read_only: bool | None = None
    flags: tuple[str, ...] = ()
    waiting_for: tuple[str, ...] = ()
    reason: str = ""
    remedy: str = ""


def describe_node(sight: ClusterSight, name: str) -> NodeLine:
    """Say what one node is and does."""
    seen = sight.nodes.get(name) or Sight(name, "", problem="no address of it is known")
    report = seen.report
    if report is None or not report.is_fresh or seen.is_outdated:
        return _silent(seen, report)
    facts, server, decision = report.facts, report.server, report.facts.decision
    frozen_reason = decision if facts.phase in (Phase.WAITING, Phase.OBSERVING) else None
    role = _role(report, seen.snapshot.writer.role if seen.snapshot else WriterRole.NONE)
    return NodeLine(
        name=name,
        ordinal=ordinal_of(name),
        address=seen.address,
        role=role,
        ready=bool(seen.snapshot and seen.snapshot.ready),
        phase=str(facts.phase),
        state=str(server.state) or None,
        cluster_status=server.cluster_status or None,
        seqno=_seqno(report),
        recv_queue=server.recv_queue if server.sql else None,
        version=server.version or facts.version or None,
        read_only=server.read_only if server.sql else None,
        flags=_flags(seen, report),
        waiting_for=frozen_reason.waiting_for if frozen_reason else (),
        reason=_reason(seen, report, role),
        remedy=_remedy(sight, frozen_reason) if frozen_reason else "",
    )


def _silent(seen: Sight, report: NodeReport | None) -> NodeLine:
    """A node of which there is no fresh report."""
    reason, remedy = seen.problem, ""
    if seen.snapshot and report is None:
        reason = "its agent answers, its entrypoint has not reported"
    elif report is not None and not seen.is_outdated:
        reason = f"its entrypoint was last heard {report.age:.0f} s ago"
    role = Role.UNREACHABLE
    if seen.programs is Programs.STOPPED:
        role, reason, remedy = Role.STOPPED, "its programs do not run", f"galeractl local start {seen.name}"
    elif seen.programs is Programs.PAUSED:
        reason, remedy = "its programs are paused", f"galeractl local resume {seen.name}"
    elif seen.programs in (Programs.AGENT_ONLY, Programs.ENTRYPOINT_ONLY, Programs.LEFTOVERS):
        reason, remedy = f"{reason} (running: {seen.programs})", f"galeractl local start {seen.name}"
    flags = (*(["paused"] if seen.programs is Programs.PAUSED else []), *(["stale"] if report else []))
    return NodeLine(
        seen.name, ordinal_of(seen.name), seen.address, role, ready=False, flags=flags, reason=reason, remedy=remedy
    )


_MEMBERS = {
    WriterRole.PRIMARY: Role.PRIMARY,
    WriterRole.SECONDARY: Role.SECONDARY,
    WriterRole.NONE: Role.MEMBER,
}


def _role(report: NodeReport, part: WriterRole) -> Role:
    phase, server, decision = report.facts.phase, report.server, report.facts.decision
    if report.in_primary:
        return Role.DONOR if server.state is WsrepState.DONOR else _MEMBERS[part]
    match phase:
        case Phase.OBSERVING:
            return Role.OBSERVING
        case Phase.WAITING:
            return Role.REFUSING if decision and decision.kind == "refuse" else Role.WAITING
        case Phase.INITIALISING:
            return Role.STARTING
        case Phase.STOPPING:
            return Role.STOPPING
        case Phase.STARTING | Phase.RUNNING:
            if server.sql and server.cluster_status not in ("", "Primary"):
                return Role.NON_PRIMARY
            joins = decision is not None and decision.kind == "join"
            return Role.JOINING if joins or server.sql else Role.STARTING


def _remedy(sight: ClusterSight, decision: DecisionSummary) -> str:
    """The node's own remedy; but a node that is only stopped or paused here is better brought back than left out."""
    absent = {name: sight.nodes[name].programs for name in decision.waiting_for if name in sight.nodes}
    orders = [
        f"galeractl local {order} {' '.join(names)}"
        for order, programs in (("start", Programs.STOPPED), ("resume", Programs.PAUSED))
        if (names := [name for name, state in absent.items() if state is programs])
    ]
    if not orders:
        return decision.remedy
    return "; ".join([*orders, *([f"if that is impossible: {decision.remedy}"] if decision.remedy else [])])


def _seqno(report: NodeReport) -> int | None:
    if report.server.sql and report.server.committed >= 0:
        return report.server.committed
    position = report.facts.position
    return position.seqno if position and not position.is_undefined else None


def _flags(seen: Sight, report: NodeReport) -> tuple[str, ...]:
    server, facts = report.server, report.facts
    progress = facts.progress
    how_far = describe(progress) if progress and server.state is not WsrepState.DONOR else ""
    found = {
        how_far: bool(how_far),
        "stalled": bool(progress and progress.is_stalled),
        "donor": server.state is WsrepState.DONOR,
        "desynced": server.desynced,
        "stuck": bool(server.stuck),
        "stepped-out": server.stepped_out,
        "reject-queries": server.reject_queries,
        str(facts.datadir): facts.datadir is not Datadir.PRESENT and not report.in_primary,
        "needs-operator": bool(facts.decision and facts.decision.needs_operator),
        "paused": seen.programs is Programs.PAUSED,
    }
    return tuple(flag for flag, is_set in found.items() if is_set)


def _reason(seen: Sight, report: NodeReport, role: Role) -> str:
    decision = report.facts.decision
    if report.facts.phase in (Phase.WAITING, Phase.OBSERVING) and decision:
        return decision.reason
    if progress := report.facts.progress:
        stalled = complain(progress)
        if stalled:
            return stalled
    if role is Role.JOINING and report.server.comment:
        done, total = report.server.progress_done, report.server.progress_total
        return report.server.comment + (f", {done} of {total}" if total > 0 else "")
    told = seen.snapshot.ready_reason if seen.snapshot else ""
    unseen = report.server.error if report.facts.phase is Phase.RUNNING and not report.server.sql else ""
    return f"{told}: {unseen}" if told and unseen else told or unseen
