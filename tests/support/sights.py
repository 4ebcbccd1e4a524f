"""Builders of what galeractl sees: reports, snapshots, whole clusters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from entrypoint.core.facts import Facts
from galeractl.core.pods import PodFacts
from galeractl.core.programs import Programs
from galeractl.core.sight import ClusterSight, Sight
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import Datadir, DecisionSummary, NodeFacts, NodeReport, Phase
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.view import Member, View
from peerfinder.core.wsrep import ServerFacts, WsrepState

HISTORY = "6f0e2a34-0000-11f1-8000-00000000000a"
OTHER_HISTORY = "6f0e2a34-0000-11f1-8000-00000000000b"
FIRST_EPOCH = Ballot(1, "db-0")
NAMES = ("db-0", "db-1", "db-2")
A_MEMORY = ClusterMemory(HISTORY)


def a_record(name: str, *, epoch: Ballot = FIRST_EPOCH, members: Iterable[str] = NAMES, start: int = 0) -> NodeRecord:
    """A node that was in the Primary of `epoch` with `members`."""
    view = View(epoch, 3, tuple(Member(a_uuid(member), member) for member in members), start)
    return NodeRecord(name, promise=epoch, lineage=(Epoch(epoch, HISTORY, 0),), views=(view,))


def a_uuid(name: str) -> str:
    """Galera's id of a node's server."""
    return f"6f0e2a34-0000-11f1-9000-{int(name.rpartition('-')[2]):012x}"


def a_member(name: str, *, seqno: int = 812, epoch: Ballot = FIRST_EPOCH, uuid: str = HISTORY, size: int = 3,
             state: WsrepState = WsrepState.SYNCED) -> NodeReport:  # fmt: skip
    """A node whose server is in a Primary component."""
    server = ServerFacts(
        sql=True, state=state, cluster_status="Primary", ready=True, cluster_size=size, uuid=uuid, committed=seqno,
        version="10.11.6-MariaDB",
    )  # fmt: skip
    record = replace(a_record(name, epoch=epoch), lineage=(Epoch(epoch, uuid, 0),))
    return NodeReport(_facts(name, Phase.RUNNING, Datadir.PRESENT, record=record), server)


def a_waiting_node(name: str, *, seqno: int | None = 812, record: NodeRecord | None = None,
                   decision: DecisionSummary | None = None, uuid: str = HISTORY) -> NodeReport:  # fmt: skip
    """A node whose server does not run, its position final; without a seqno its volume is empty."""
    if seqno is None:
        return NodeReport(_facts(name, Phase.WAITING, Datadir.EMPTY, decision=decision))
    position = Position(uuid, seqno)
    known = record or a_record(name)
    return NodeReport(_facts(name, Phase.WAITING, Datadir.PRESENT, position, record=known, decision=decision))


def a_lone_server(name: str) -> NodeReport:
    """A node whose server runs and has lost the majority."""
    server = ServerFacts(sql=True, state=WsrepState.CONNECTED, cluster_status="non-Primary", cluster_size=1)
    return NodeReport(_facts(name, Phase.RUNNING, Datadir.PRESENT, record=a_record(name)), server)


def with_writer(sight: ClusterSight, writer: str, epoch: int = 4) -> ClusterSight:
    """The same cluster, all of whose nodes that are seen know the writer."""
    nodes = {}
    for name, one in sight.nodes.items():
        view = WriterView(Mode.SINGLE, writer, epoch, Role.PRIMARY if name == writer else Role.SECONDARY)
        nodes[name] = replace(one, snapshot=replace(one.snapshot, writer=view) if one.snapshot else None)
    return replace(sight, nodes=nodes)


def a_cluster(*reports: NodeReport, memory: ClusterMemory | None = A_MEMORY,
              expected: tuple[str, ...] = NAMES, **silent: Programs) -> ClusterSight:  # fmt: skip
    """A cluster as seen: nodes that report, and by keyword (`db_2=Programs.STOPPED`) those that do not answer."""
    seen = {report.facts.name: _sight(report) for report in reports}
    for keyword, programs in silent.items():
        name = keyword.replace("_", "-")
        seen[name] = Sight(name, _address(name), None, "its agent does not run", False, programs)
    return ClusterSight("local-1", expected, seen, memory, "" if memory else "no such file", 8008)


def _sight(report: NodeReport) -> Sight:
    name = report.facts.name
    ready = report.in_primary
    why = "Primary and Synced" if ready else "not in a Primary component"
    snapshot = ClusterSnapshot(name, 100.0, "boot", NAMES, {name: report}, ready=ready, ready_reason=why)
    return Sight(name, _address(name), snapshot, "", True, Programs.RUNNING)


def _address(name: str) -> str:
    return f"127.77.7.{10 + int(name.rpartition('-')[2])}"


def _facts(name: str, phase: Phase, datadir: Datadir, position: Position | None = None, *,
           record: NodeRecord | None = None, decision: DecisionSummary | None = None) -> NodeFacts:  # fmt: skip
    return NodeFacts(
        name, phase, datadir, "boot", "start", position, "grastate.dat", record=record, decision=decision,
        version="10.11.6-MariaDB",
    )  # fmt: skip


def as_galeractl_sees(facts: Facts) -> ClusterSight:
    """The same moment that a node decided on, as an operator's look in a pod finds it."""
    copy = None if facts.memory_fresh else facts.memory
    seen = {name: _sight(replace(report, memory=copy)) for name, report in facts.reports.items()}
    for name in {*facts.silent, *(facts.expected or ())} - {"", *seen}:
        seen[name] = Sight(name, "", None, "no answer", name in facts.answering)
    memory = facts.memory if facts.memory_fresh else None
    return ClusterSight("db", tuple(sorted(facts.expected or ())), seen, memory, "" if memory else "unreadable", 8008)


def in_pods(sight: ClusterSight, *pods: PodFacts) -> ClusterSight:
    """The same cluster, as it is seen with what Kubernetes tells of some of its pods."""
    nodes = dict(sight.nodes) | {pod.name: replace(sight.nodes[pod.name], pod=pod) for pod in pods}
    return replace(sight, nodes=nodes)
