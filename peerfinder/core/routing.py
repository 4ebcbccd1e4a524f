"""Which clients may be sent to this node? The writer role and readiness together, for proxies and for Services.

    /primary     the writer, while it is ready
    /secondary   every other ready node; the writer too, when no other node is ready

Proxies ask by HTTP, and may ask which of two refusals it is: nobody new here, or nobody at all. Those who are connected
stay connected while the server answers in a Primary component, whatever else it is not: a writer that handed its role
over, a node that was told to stop, a donor.

Services select the labels of pods, and Kubernetes itself leaves out the pods that are not ready, so labels tell the
role alone: `galerakit/role`, and `galerakit/reads` on the pods that take reads.

A node that is in no Primary component has neither label: when it comes back as a member, it must not come back as the
primary that it was. But only what is *known* changes a label; a sidecar that was just started, or whose server does
not answer, leaves them as they are, else its restart would take the writer away from its clients.

A node that its sidecar has made read-only (`core.read_only`) is no place for writes before that has ended.

No two pods are to be called the writer, so a new one first sees to it that nobody else is.
"""

from __future__ import annotations

from peerfinder.core.health import Answer, is_ready
from peerfinder.core.heartbeat import has_server
from peerfinder.core.read_only import is_shut
from peerfinder.core.report import NodeReport
from peerfinder.core.role import Mode, Role, WriterRow, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.writer import Claim, Decision, Follow, Hold, NoRole

ROLE_LABEL = "galerakit/role"
READS_LABEL = "galerakit/reads"


def view_of(decision: Decision, row: WriterRow | str, mode: Mode, *, is_member: bool) -> WriterView:
    """Say what a decision means; `is_member`: this node is in a Primary component."""
    known = row if isinstance(row, WriterRow) and is_member and mode is Mode.SINGLE else WriterRow()
    match decision:
        case Hold(reason):
            role = Role.PRIMARY
        case Follow(_, reason) | Claim(_, reason):
            role = Role.SECONDARY
        case NoRole(reason):
            role = Role.PRIMARY if mode is Mode.MULTI and is_member else Role.NONE
    return WriterView(mode, known.node, known.epoch, role, reason)


def takes_writes(snapshot: ClusterSnapshot) -> Answer:
    """Tell whether writes may be sent to this node."""
    writer = snapshot.writer
    if not snapshot.ready:
        return Answer(ok=False, reason=snapshot.ready_reason)
    if writer.role is Role.PRIMARY and _is_shut(snapshot):
        return Answer(ok=False, reason="it is to take writes, and its read_only is not OFF yet")
    match writer.role:
        case Role.PRIMARY if writer.mode is Mode.MULTI:
            return Answer(ok=True, reason=writer.reason)
        case Role.PRIMARY:
            return Answer(ok=True, reason=f"the writer since epoch {writer.epoch}")
        case Role.SECONDARY:
            return Answer(ok=False, reason=f"the writer is {writer.node}" if writer.node else "there is no writer yet")
        case Role.NONE:
            return Answer(ok=False, reason=f"no writer role: {writer.reason}")


def takes_reads(snapshot: ClusterSnapshot) -> Answer:
    """Tell whether reads may be sent to this node."""
    if not snapshot.ready:
        return Answer(ok=False, reason=snapshot.ready_reason)
    if not _is_single_primary(snapshot):
        return Answer(ok=True, reason=snapshot.ready_reason)
    if ready := others_ready(snapshot):
        return Answer(ok=False, reason=f"the writer, while {', '.join(ready)} can take reads")
    return Answer(ok=True, reason="the writer, and the only ready node")


HUNG_SECONDS = 1.5
"""Without an answer of a server that others have given up: Galera itself waits for two."""


def keeps_clients(snapshot: ClusterSnapshot, *, writers: bool) -> bool:
    """Tell whether those who are connected may go on, even where nobody new is to be sent; `writers`: they write.

    Those do not at a server that hangs while another node is the writer already: they wait for nothing.
    """
    mine = snapshot.own_report
    if mine is None or not mine.server.sql or not mine.server.is_primary:
        return False
    is_given_up = writers and snapshot.writer.role is Role.SECONDARY and mine.server.silent_seconds >= HUNG_SECONDS
    return not is_given_up


def others_ready(snapshot: ClusterSnapshot) -> tuple[str, ...]:
    """Name the other nodes that are ready, as far as their reports tell."""
    reports = snapshot.reports
    return tuple(
        name
        for name, report in reports.items()
        if name != snapshot.me
        and report.is_fresh
        and is_ready(report, tuple(one for other, one in reports.items() if other != name)).ok
    )


def pod_labels(snapshot: ClusterSnapshot) -> dict[str, str | None] | None:
    """Give the labels of the own pod, None for a label that must not be there; None for all: leave them as they are."""
    mine, role = snapshot.own_report, snapshot.writer.role
    if (
        mine is None
        or (has_server(mine.facts) and not mine.server.sql)
        or (role is Role.PRIMARY and is_shut(mine.server))
    ):
        return None
    if not mine.server.is_primary:
        return {ROLE_LABEL: None, READS_LABEL: None}
    reads = not _is_single_primary(snapshot) or not others_ready(snapshot)
    return {ROLE_LABEL: role.value or None, READS_LABEL: "true" if reads else None}


def labels_of_others(snapshot: ClusterSnapshot) -> dict[str, dict[str, str | None]]:
    """Give what other pods get in place of the label of the writer, if they still have it, before this one takes it.

    Their own sidecars say the same sooner or later; one that hangs, or whose machine is gone, does not.
    """
    if not _is_single_primary(snapshot):
        return {}
    names = {*(snapshot.expected or ()), *snapshot.addresses, *snapshot.reports} - {snapshot.me}
    return {name: _in_place(snapshot.reports.get(name)) for name in sorted(names)}


def _in_place(report: NodeReport | None) -> dict[str, str | None]:
    if report is not None and report.is_fresh and report.server.is_primary:
        return {ROLE_LABEL: Role.SECONDARY.value, READS_LABEL: "true"}
    return {ROLE_LABEL: None, READS_LABEL: None}


def holds_role(snapshot: ClusterSnapshot | None) -> bool:
    """Tell whether this node is the one writer."""
    return snapshot is not None and _is_single_primary(snapshot)


def _is_shut(snapshot: ClusterSnapshot) -> bool:
    return snapshot.own_report is not None and is_shut(snapshot.own_report.server)


def _is_single_primary(snapshot: ClusterSnapshot) -> bool:
    return snapshot.writer.role is Role.PRIMARY and snapshot.writer.mode is Mode.SINGLE
