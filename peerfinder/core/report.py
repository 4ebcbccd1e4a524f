"""What a node tells its peers.

Two programs know a node: the entrypoint knows the volume and the process (NodeFacts, published in the
run directory as node.json with a heart-beat), the sidecar knows the server (ServerFacts). A NodeReport
is both, as served at /v1/node. It is *fresh* while the entrypoint's heart beats; a stale report proves
only that the node is there.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from peerfinder.core.lineage import Lineage
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.position import Position
from peerfinder.core.progress import Progress
from peerfinder.core.record import NodeRecord, formed
from peerfinder.core.wsrep import ServerFacts

FRESH_SECONDS = 3.0
"""A heart-beat older than this is no report (design section 3): six beats missed."""


class Datadir(enum.StrEnum):
    """What the data volume holds."""

    EMPTY = "empty"  # nothing: a new volume
    PRESENT = "present"  # a whole datadir
    INCOMPLETE = "incomplete"  # a first initialisation or state transfer began and did not end
    UNREADABLE = "unreadable"  # cannot be read or its position cannot be recovered


class Phase(enum.StrEnum):
    """What the entrypoint is doing. Only WAITING is *frozen*: the server does not run and will not by itself."""

    OBSERVING = "observing"  # reads the volume, recovers the position
    WAITING = "waiting"  # position final, asks every second what to do
    INITIALISING = "initialising"  # elected, fills an empty volume
    COPYING = "copying"  # takes a copy of another node's data, which becomes its own
    STARTING = "starting"  # published before the server is executed
    RUNNING = "running"  # the server process runs
    STOPPING = "stopping"  # the server process was told to stop


@dataclass(frozen=True, slots=True)
class DecisionSummary:
    """The last decision in words, for people and other nodes; nothing is decided by it."""

    kind: str  # bootstrap | join | wait | refuse
    rule: int
    reason: str
    remedy: str = ""  # the one command that ends a wait or refusal, '' when none is needed
    waiting_for: tuple[str, ...] = ()
    needs_operator: bool = False


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What the entrypoint knows of its own node (node.json)."""

    name: str
    phase: Phase
    datadir: Datadir
    boot_id: str  # of the kernel: the heart-beat's clock is meaningful only within one boot
    start_id: str  # of this entrypoint process
    position: Position | None = None
    position_source: str = ""  # 'grastate.dat' | '--wsrep-recover' | ''
    problem: str = ""  # why the datadir is unreadable
    safe_to_bootstrap: bool | None = None  # shown, never used
    record: NodeRecord | None = None  # None: the volume has none (new, replaced or adopted)
    server_pid: int = 0
    decision: DecisionSummary | None = None
    version: str = ""  # of the server program
    progress: Progress | None = None  # of a server that starts, or that gives its state away
    written_at: float = 0.0  # CLOCK_BOOTTIME seconds of the last heart-beat

    @property
    def is_frozen(self) -> bool:
        """Whether the server does not run and will not start without another decision."""
        return self.phase is Phase.WAITING

    @property
    def holds_data(self) -> bool:
        """Whether the volume has whole data at a known position that cannot move."""
        return self.is_frozen and self.datadir is Datadir.PRESENT and self.position is not None


class Purpose(enum.StrEnum):
    """What a copy of a node's data is made for."""

    BACKUP = "backup"  # to be stored
    SEED = "seed"  # to be the data of a node that joins


@dataclass(frozen=True, slots=True)
class Copying:
    """A copy of the node's data that its agent gives away now (see `copying`)."""

    purpose: Purpose
    sent: int = 0  # bytes of the stream
    total: int = 0  # bytes of the files that are copied, 0 where they are not counted yet; the stream is about as long
    seconds: float = 0.0  # since it began

    @property
    def percent(self) -> int:
        """How much of it is sent."""
        return min(100, 100 * self.sent // self.total) if self.total > 0 else 0


@dataclass(frozen=True, slots=True)
class NodeReport:
    """One node as its agent tells it; `age` is the seconds since the entrypoint's heart-beat."""

    facts: NodeFacts
    server: ServerFacts = field(default_factory=ServerFacts)
    age: float = 0.0
    memory: ClusterMemory | None = None  # the highest memory this node knows
    copying: Copying | None = None  # the copy that its agent gives away now

    @property
    def is_fresh(self) -> bool:
        """Whether the entrypoint's heart beats."""
        return self.age <= FRESH_SECONDS

    @property
    def in_primary(self) -> bool:
        """Whether a running server of this node holds the whole state of a Primary component."""
        return self.facts.phase is Phase.RUNNING and self.server.is_synced


def record_of(report: NodeReport) -> NodeRecord:
    """Give a node's record, an empty one where its volume has none."""
    return report.facts.record or NodeRecord(report.facts.name)


def lineage_of(report: NodeReport) -> Lineage:
    """Give the lineage of a node's data.

    A server that is in a Primary has formed or joined it, even while its record still says "in progress":
    whoever copied the shorter lineage in that moment would lack the newest epoch.
    """
    record = record_of(report)
    if report.in_primary and record.start:
        return formed(record, report.server.uuid).lineage
    return record.lineage
