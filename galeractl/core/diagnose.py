"""What state is the cluster in? Pure: what was seen in, a diagnosis out.

    SPLIT_BRAIN     two Primary components answer whose histories or epochs differ
    ONLINE          one Primary component, and every expected node holds its whole state
    ONLINE_PARTIAL  one Primary component; some expected node is not (or not yet) in it
    INITIALIZING    no Primary yet, and nothing seen knows of a history: the first start of the cluster
    NO_QUORUM       nodes answer, a history is known, and no Primary component is there: nothing can be written
    OFFLINE         no agent answers, and no program of any node runs
    UNKNOWN         no agent answers, and that is all that is known

The number of failures that the cluster tolerates counts nodes that fail at once: Galera keeps a Primary with more than
half of its members, and at least one of the survivors must hold data.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from entrypoint.core.facts import epoch_of
from galeractl.core.nodeline import NodeLine, describe_node
from galeractl.core.programs import Programs
from galeractl.core.sight import ClusterSight
from peerfinder.core.names import by_ordinal
from peerfinder.core.report import NodeReport, record_of


class State(enum.StrEnum):
    """The state of the whole cluster; see the module for the exact meaning of each."""

    INITIALIZING = "INITIALIZING"
    ONLINE = "ONLINE"
    ONLINE_PARTIAL = "ONLINE_PARTIAL"
    NO_QUORUM = "NO_QUORUM"
    OFFLINE = "OFFLINE"
    SPLIT_BRAIN = "SPLIT_BRAIN"
    UNKNOWN = "UNKNOWN"


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
    page: str | None  # the status page's address, once the agents serve one
    nodes: tuple[NodeLine, ...]


def diagnose(sight: ClusterSight) -> Diagnosis:
    """Judge what was seen."""
    names = by_ordinal(tuple({*sight.expected, *sight.nodes}))
    nodes = tuple(describe_node(sight, name) for name in names)
    primaries = sight.primaries
    state = _state(sight, primaries)
    tolerated = _tolerates(primaries) if state in (State.ONLINE, State.ONLINE_PARTIAL) else 0
    epochs = [epoch for epoch in map(epoch_of, primaries.values()) if epoch]
    return Diagnosis(
        cluster=sight.cluster,
        uuid=_uuid(sight, primaries),
        state=state,
        tolerates=tolerated,
        summary=_summary(state, tolerated, nodes),
        writer=_writer(sight, primaries),
        epoch=str(max(epochs)) if epochs else None,
        page=None,
        nodes=nodes,
    )


def _state(sight: ClusterSight, primaries: dict[str, NodeReport]) -> State:
    if len({(report.server.uuid, epoch_of(report)) for report in primaries.values()}) > 1:
        return State.SPLIT_BRAIN
    if primaries:
        return State.ONLINE if set(sight.expected) <= set(primaries) else State.ONLINE_PARTIAL
    if not any(one.snapshot for one in sight.nodes.values()):
        stopped = all(one.programs is Programs.STOPPED for one in sight.nodes.values())
        return State.OFFLINE if stopped and not sight.answering else State.UNKNOWN
    return State.NO_QUORUM if _knows_history(sight) else State.INITIALIZING


def _knows_history(sight: ClusterSight) -> bool:
    if sight.memory is None or sight.memory.uuid:
        return True  # an unreadable memory is not an empty one
    reports = [one.report for one in sight.nodes.values() if one.report]
    return any(record_of(one).lineage or record_of(one).views or one.facts.holds_data for one in reports)


def _tolerates(primaries: dict[str, NodeReport]) -> int:
    members = max([len(primaries), *(report.server.cluster_size for report in primaries.values())])
    return max(0, min((members - 1) // 2, len(primaries) - 1))


def tolerance(number: int) -> str:
    """Say how many failures are tolerated."""
    if number == 0:
        return "cannot tolerate any failure"
    return f"can tolerate {number} failure{'s' if number > 1 else ''}"


def _summary(state: State, tolerated: int, nodes: tuple[NodeLine, ...]) -> str:
    members = [node.name for node in nodes if node.role.takes_part]
    outside = [f"{node.name} ({node.role})" for node in nodes if node.name not in members]
    match state:
        case State.ONLINE:
            return f"all {len(nodes)} nodes are in the Primary component; {tolerance(tolerated)}"
        case State.ONLINE_PARTIAL:
            return (
                f"{len(members)} of {len(nodes)} nodes are in the Primary component; {tolerance(tolerated)}; "
                f"not in it: {', '.join(outside)}"
            )
        case State.SPLIT_BRAIN:
            return f"two Primary components answer (members: {', '.join(members)}): stop the one whose writes are to go"
        case State.NO_QUORUM:
            return f"there is no Primary component, nothing can be written: {', '.join(outside)}"
        case State.INITIALIZING:
            return f"the cluster is starting for the first time: {', '.join(outside)}"
        case State.OFFLINE:
            return "no node runs"
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
