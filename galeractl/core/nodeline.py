"""One node in the diagnosis: the role it plays, what it waits for, and what a person could do about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from galeractl.core import pods
from galeractl.core.programs import Programs
from galeractl.core.sight import ClusterSight, Sight
from peerfinder.core.names import ordinal_of
from peerfinder.core.read_only import set_by_hand
from peerfinder.core.report import DecisionSummary, NodeReport, Phase
from peerfinder.core.role import Role as WriterRole
from peerfinder.core.standing import Standing, flags_of, reason_of, seqno_of, standing_of


@dataclass(frozen=True, slots=True)
class NodeLine:
    """One entry of `nodes` in `galeractl status --json`; None is "not known"."""

    name: str
    ordinal: int
    address: str
    role: Standing
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
        return _in_its_pod(_silent(seen, report), seen)
    facts, server, decision = report.facts, report.server, report.facts.decision
    frozen_reason = decision if facts.phase in (Phase.WAITING, Phase.OBSERVING) else None
    role = standing_of(report, seen.snapshot.writer.role if seen.snapshot else WriterRole.NONE)
    return NodeLine(
        name=name,
        ordinal=ordinal_of(name),
        address=seen.address,
        role=role,
        ready=bool(seen.snapshot and seen.snapshot.ready),
        phase=str(facts.phase),
        state=str(server.state) or None,
        cluster_status=server.cluster_status or None,
        seqno=seqno_of(report),
        recv_queue=server.recv_queue if server.sql else None,
        version=server.version or facts.version or None,
        read_only=server.read_only if server.sql else None,
        flags=(
            *flags_of(report),
            *(["paused"] if seen.programs is Programs.PAUSED else []),
            *(pods.flags_of(seen.pod) if seen.pod else ()),
        ),
        waiting_for=frozen_reason.waiting_for if frozen_reason else (),
        reason=reason_of(report, role, seen.snapshot.ready_reason if seen.snapshot else ""),
        remedy=_remedy(sight, frozen_reason) if frozen_reason else _end_of_what_was_set(report),
    )


def _end_of_what_was_set(report: NodeReport) -> str:
    name = report.facts.name
    if report.server.maintenance:
        return f"galeractl maintenance off {name}"
    by_hand = set_by_hand(name, report.server)
    return by_hand.remedy if by_hand else ""


def _silent(seen: Sight, report: NodeReport | None) -> NodeLine:
    """A node of which there is no fresh report."""
    reason, remedy = seen.problem, ""
    if seen.snapshot and report is None:
        reason = "its agent answers, its entrypoint has not reported"
    elif report is not None and not seen.is_outdated:
        reason = f"its entrypoint was last heard {report.age:.0f} s ago"
    role = Standing.UNREACHABLE
    if seen.programs is Programs.STOPPED:
        role, reason, remedy = Standing.STOPPED, "its programs do not run", f"galeractl local start {seen.name}"
    elif seen.programs is Programs.PAUSED:
        reason, remedy = "its programs are paused", f"galeractl local resume {seen.name}"
    elif seen.programs in (Programs.AGENT_ONLY, Programs.ENTRYPOINT_ONLY, Programs.LEFTOVERS):
        reason, remedy = f"{reason} (running: {seen.programs})", f"galeractl local start {seen.name}"
    flags = (*(["paused"] if seen.programs is Programs.PAUSED else []), *(["stale"] if report else []))
    return NodeLine(
        seen.name, ordinal_of(seen.name), seen.address, role, ready=False, flags=flags, reason=reason, remedy=remedy
    )


def _in_its_pod(line: NodeLine, seen: Sight) -> NodeLine:
    """The same node, with what Kubernetes tells of its pod: that explains why the node says nothing."""
    if seen.pod is None:
        return line
    line = replace(line, flags=(*line.flags, *pods.flags_of(seen.pod)))
    found = pods.complaint_of(seen.pod)
    if found is None:
        silent = "galera" if seen.snapshot else "peerfinder"  # the container that should have spoken
        return replace(line, remedy=line.remedy or f"kubectl -n {seen.pod.namespace} logs {seen.name} -c {silent}")
    role = Standing.PENDING if found.is_pending else line.role
    return replace(line, role=role, reason=found.reason, remedy=found.remedy)


def _remedy(sight: ClusterSight, decision: DecisionSummary) -> str:
    """The node's own remedy; but a node that is only stopped or paused here is better brought back than left out."""
    absent = {name: sight.nodes[name].programs for name in decision.waiting_for if name in sight.nodes}
    orders = [
        f"galeractl local {order} {' '.join(names)}"
        for order, programs in (("start", Programs.STOPPED), ("resume", Programs.PAUSED))
        if (names := [name for name, state in absent.items() if state is programs])
    ]
    away = [pod.name for name in decision.waiting_for if name in sight.nodes and (pod := sight.nodes[name].pod)
            and pods.complaint_of(pod)]  # fmt: skip
    orders += [f"bring back the pod of {' and '.join(away)}: its own line says what it lacks"] if away else []
    if not orders:
        return decision.remedy
    return "; ".join([*orders, *([f"if that is impossible: {decision.remedy}"] if decision.remedy else [])])
