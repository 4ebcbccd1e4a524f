"""Short builders of reports and facts for tests of the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from entrypoint.core.facts import Facts
from peerfinder.core.lineage import Ballot, Epoch, Lineage
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord, Start, StartKind
from peerfinder.core.report import Datadir, NodeFacts, NodeReport, Phase
from peerfinder.core.view import Member, View
from peerfinder.core.wsrep import ServerFacts, WsrepState

OURS = "0000aaaa-0000-11f0-8000-000000000000"
FOREIGN = "0000ffff-0000-11f0-8000-000000000000"
FIRST = Ballot(1, "db-0")
LINEAGE: Lineage = (Epoch(FIRST, OURS, 0),)


def view(*names: str, seq: int = 3, start: int | None = 2, epoch: Ballot = FIRST) -> View:
    """A view of named members."""
    return View(epoch, seq, tuple(Member(process(name), name) for name in names), start)


def process(name: str) -> str:
    """The Galera id of the process of a node."""
    return f"{int(name[3:]):08x}-bbbb-11f0-8000-000000000000"


def record(name: str, *views: View, lineage: Lineage = LINEAGE, promise: Ballot | None = FIRST) -> NodeRecord:
    """A record with its views."""
    return NodeRecord(name, promise, lineage, views, gcomm_uuid=process(name))


def waiting(name: str, seqno: int, *views: View, uuid: str = OURS, **more: Any) -> NodeReport:
    """A node whose server does not run and whose data reach `seqno`."""
    kept = record(name, *views, **more)
    where = Position(uuid, seqno)
    facts = NodeFacts(name, Phase.WAITING, Datadir.PRESENT, "", "", where, "--wsrep-recover", record=kept)
    return NodeReport(facts)


def without_data(
    name: str, datadir: Datadir = Datadir.EMPTY, kept: NodeRecord | None = None, problem: str = ""
) -> NodeReport:
    """A node whose volume has no whole data."""
    return NodeReport(NodeFacts(name, Phase.WAITING, datadir, "", "", problem=problem, record=kept))


def unreadable(name: str, problem: str) -> NodeReport:
    """A node that cannot use its volume, and says why."""
    return without_data(name, Datadir.UNREADABLE, problem=problem)


def running(
    name: str, *views: View, primary: bool = True, uuid: str = OURS, lineage: Lineage = LINEAGE, seqno: int = 5
) -> NodeReport:
    """A node whose server runs, in a Primary or outside."""
    where = Position(uuid, seqno)
    kept = NodeRecord(
        name, FIRST, lineage, views, start=Start(StartKind.JOIN, lineage, where), gcomm_uuid=process(name)
    )
    state = WsrepState.SYNCED if primary else WsrepState.CONNECTED
    status = "Primary" if primary else "non-Primary"
    server = ServerFacts(
        sql=True, state=state, cluster_status=status, ready=primary, uuid=uuid, gcomm_uuid=process(name)
    )
    return NodeReport(NodeFacts(name, Phase.RUNNING, Datadir.PRESENT, "", "", where, record=kept), server)


def facts(
    me: str,
    *reports: NodeReport,
    memory: ClusterMemory | None = None,
    fresh: bool = True,
    nodes: int | None = 3,
    silent: Mapping[str, str] | None = None,
    answers: Iterable[str] = (),
) -> Facts:
    """What `me` knows of a cluster of `nodes`; the agents of those that report answer, and of those that `answers`."""
    by_name = {report.facts.name: report for report in reports}
    expected = None if nodes is None else frozenset(f"db-{ordinal}" for ordinal in range(nodes))
    return Facts(
        me, by_name, expected, memory, fresh and memory is not None, silent or {}, frozenset({*by_name, *answers})
    )


KNOWN = ClusterMemory(uuid=OURS, ballot=FIRST, lineage=LINEAGE)
