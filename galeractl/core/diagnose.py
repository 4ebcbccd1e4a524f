"""What state is the cluster in? Pure: what was seen in, a diagnosis out.

The words, and what each means, are those of `peerfinder.core.state`; here they are found for somebody who sees the
cluster from outside: where no agent answers, the programs of this machine tell OFFLINE from UNKNOWN.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoint.core.facts import epoch_of
from galeractl.core.nodeline import NodeLine, describe_node
from galeractl.core.page import page_of
from galeractl.core.programs import Programs
from galeractl.core.sight import ClusterSight
from peerfinder.core.names import by_ordinal
from peerfinder.core.report import NodeReport
from peerfinder.core.state import State, tolerance, tolerated, with_nodes


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The answer of `galeractl status`; its fields are those of `--json`."""

    cluster: str
    uuid: str | None
    state: State
    tolerates: int  # failures at once
    summary: str
    writer: str | None
    epoch: str | None
    page: str | None  # the status page's address
    nodes: tuple[NodeLine, ...]


def diagnose(sight: ClusterSight) -> Diagnosis:
    """Judge what was seen."""
    names = by_ordinal(tuple({*sight.expected, *sight.nodes}))
    nodes = tuple(describe_node(sight, name) for name in names)
    primaries = sight.primaries
    state = _state(sight, primaries)
    may_fail = tolerated(primaries) if state in (State.ONLINE, State.ONLINE_PARTIAL) else 0
    epochs = [epoch for epoch in map(epoch_of, primaries.values()) if epoch]
    return Diagnosis(
        cluster=sight.cluster,
        uuid=_uuid(sight, primaries),
        state=state,
        tolerates=may_fail,
        summary=_summary(state, may_fail, nodes, sight.nobody),
        writer=_writer(sight, primaries),
        epoch=str(max(epochs)) if epochs else None,
        page=page_of(sight),
        nodes=nodes,
    )


def _state(sight: ClusterSight, primaries: dict[str, NodeReport]) -> State:
    if not primaries and not any(one.snapshot for one in sight.nodes.values()):
        stopped = all(one.programs is Programs.STOPPED for one in sight.nodes.values())
        return State.OFFLINE if stopped and not sight.answering else State.UNKNOWN
    return with_nodes(
        primaries, sight.expected, sight.memory, [one.report for one in sight.nodes.values() if one.report]
    )


def _summary(state: State, may_fail: int, nodes: tuple[NodeLine, ...], nobody: str) -> str:
    members = [node.name for node in nodes if node.role.takes_part]
    outside = [f"{node.name} ({node.role})" for node in nodes if node.name not in members]
    match state:
        case State.ONLINE:
            return f"all {len(nodes)} nodes are in the Primary component; {tolerance(may_fail)}"
        case State.ONLINE_PARTIAL:
            return (
                f"{len(members)} of {len(nodes)} nodes are in the Primary component; {tolerance(may_fail)}; "
                f"not in it: {', '.join(outside)}"
            )
        case State.SPLIT_BRAIN:
            return f"two Primary components answer (members: {', '.join(members)}): stop the one whose writes are to go"
        case State.NO_QUORUM:
            return f"there is no Primary component, nothing can be written: {', '.join(outside)}"
        case State.INITIALIZING:
            return f"the cluster is starting for the first time: {', '.join(outside)}"
        case State.OFFLINE:
            return f"no node runs: {nobody}" if nobody else "no node runs"
        case State.UNKNOWN:
            return "no agent answers, so nothing is known of the servers"


def _writer(sight: ClusterSight, primaries: dict[str, NodeReport]) -> str | None:
    """Name the writer as the member knows it that has seen the role claimed most often."""
    views = [one.snapshot.writer for name, one in sight.nodes.items() if name in primaries and one.snapshot]
    newest = max(views, key=lambda view: view.epoch, default=None)
    return newest.node or None if newest else None


def _uuid(sight: ClusterSight, primaries: dict[str, NodeReport]) -> str | None:
    for report in primaries.values():
        return report.server.uuid
    if sight.memory and sight.memory.uuid:
        return sight.memory.uuid
    held = {report.facts.position.uuid for report in sight.reports.values() if report.facts.position}
    return held.pop() if len(held) == 1 else None
