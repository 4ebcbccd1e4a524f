"""The sidecar's view of the whole cluster at one moment (cluster.json)."""

from __future__ import annotations

from dataclasses import dataclass, field

from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import NodeReport
from peerfinder.core.role import WriterView
from peerfinder.core.steering import Steering
from peerfinder.core.view import Member


@dataclass(frozen=True, slots=True)
class AppliedView:
    """A Primary view that SQL has shown, matched to the gvwstate.dat of the same moment."""

    seq: int  # Galera's sequence number of the view
    members: tuple[Member, ...]
    start: int  # the seqno at which it began (mysql.wsrep_cluster.view_seqno)


@dataclass(frozen=True, slots=True)
class ClusterSnapshot:
    """Everything the sidecar knows; written_at is CLOCK_BOOTTIME seconds, ages are seconds at that moment."""

    me: str
    written_at: float
    boot_id: str
    expected: tuple[str, ...] | None = None  # None: unknown, so nobody may decide by it
    reports: dict[str, NodeReport] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)  # as the DNS shows them, or where a peer was asked
    answering: tuple[str, ...] = ()  # nodes whose agent answers in any form, with or without a report
    silent: dict[str, str] = field(default_factory=dict)  # nodes whose agent gave no report: why
    names: dict[str, Member] = field(default_factory=dict)  # member identity -> member, all ever seen
    applied: AppliedView | None = None
    memory: ClusterMemory | None = None  # None: unreadable
    memory_fresh: bool = False  # read from its source within this look
    memory_problem: str = ""
    dns: str = ""  # why the DNS gave no answer, '' when it did
    ready: bool = False
    ready_reason: str = ""
    writer: WriterView = field(default_factory=WriterView)
    steering: Steering = field(default_factory=Steering)  # what people have set, as last read

    @property
    def own_report(self) -> NodeReport | None:
        """This node's own report, as peers get it."""
        return self.reports.get(self.me)
