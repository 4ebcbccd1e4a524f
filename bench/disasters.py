"""What is done to a cluster, and what its clients see of it. The same code for both clusters.

All moments are of the monotonic clock. The writer always writes to the first node; what is hit alone is the last one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.clients import Account, Asker, Health, Line, Writer, writing

POLL_SECONDS = 0.05  # between two looks at the nodes
SYNC_SECONDS = 120.0  # for a cluster to be Synced; longer is a result: it did not come back
CALM_SECONDS = 1.5  # of writing before and after each thing that is done
LOAD_SECONDS = 3.0  # of writing before all nodes are killed
VIEW_SECONDS = 40.0  # for the survivors to go on without a node


class Cluster(Protocol):
    """What a disaster needs; KitCluster and SeedCluster."""

    @property
    def side(self) -> str:
        """Which of the two it is."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its nodes."""

    def start(self, *names: str) -> float:
        """Start nodes without waiting; gives the moment when the last program started."""

    def stop(self, name: str) -> None:
        """Stop a node gracefully."""

    def kill(self, *names: str) -> None:
        """A power cut."""

    def account(self, name: str) -> Account:
        """The application's account on a node."""

    def log(self, name: str) -> str:
        """All that a node has said."""

    def transfer(self, log: str) -> str:
        """How a node got its state."""


class Late(Exception):
    """A cluster was not Synced in time."""


@dataclass(frozen=True, slots=True)
class Return:
    """How nodes came back; seconds since their last program started."""

    first_primary: float
    synced: float


@dataclass(frozen=True, slots=True)
class One:
    """One node went and came back; seconds."""

    gap: float  # longest write gap from when it was hit until the others wrote on without it
    back: float  # from its start until it was Synced
    back_gap: float  # longest write gap meanwhile
    transfer: str


@dataclass(frozen=True, slots=True)
class All:
    """All nodes went and came back."""

    first_primary: float
    synced: float
    acknowledged: int
    lost: dict[str, int]  # node: how many acknowledged rows it does not have
    checksums_equal: bool


def await_synced(cluster: Cluster, started: float, names: Sequence[str] = (), seconds: float = SYNC_SECONDS) -> Return:
    """Wait until nodes are Synced in a Primary that has all of them; Late if they are not."""
    askers = {name: Asker(cluster.account(name)) for name in names or cluster.names}
    first_primary: float | None = None
    try:
        while time.monotonic() < started + seconds:
            seen = {name: asker.ask() for name, asker in askers.items()}
            now = time.monotonic() - started
            if first_primary is None and any(health.primary for health in seen.values()):
                first_primary = now
            if first_primary is not None and all(_is_well(health, len(askers)) for health in seen.values()):
                return Return(first_primary, now)
            time.sleep(POLL_SECONDS)
    finally:
        for asker in askers.values():
            asker.close()
    raise Late(f"not all Synced after {seconds:.0f} s: " + ", ".join(f"{name}: {seen[name]}" for name in seen))


def graceful_stop(cluster: Cluster, table: str) -> One:
    """Stop a node as Kubernetes does, start it again."""
    with writing(_accounts(cluster), table) as writer:
        writer.write_on(CALM_SECONDS)
        begun = time.monotonic()
        cluster.stop(cluster.names[-1])
        return _and_back(cluster, writer, begun)


def kill_one(cluster: Cluster, table: str) -> One:
    """Cut the power of a node; start it again when the others have gone on without it."""
    with writing(_accounts(cluster), table) as writer:
        writer.write_on(CALM_SECONDS)
        begun = time.monotonic()
        cluster.kill(cluster.names[-1])
        return _and_back(cluster, writer, begun)


def kill_all(cluster: Cluster, table: str, between: Callable[[], None] = lambda: None) -> All:
    """Cut the power of all nodes under load, start all, count; `between` is done while none runs."""
    with writing(_accounts(cluster), table) as writer:
        writer.write_on(LOAD_SECONDS)
        cluster.kill(*cluster.names)
        between()
        back = await_synced(cluster, cluster.start(*cluster.names))
        writer.write_on(CALM_SECONDS)
        writer.stop()
        return _count(cluster, writer, back)


def _and_back(cluster: Cluster, writer: Writer, begun: float) -> One:
    victim, rest = cluster.names[-1], cluster.names[:-1]
    asker, deadline = Asker(cluster.account(rest[0])), time.monotonic() + VIEW_SECONDS
    while asker.ask().members != len(rest):
        assert time.monotonic() < deadline, f"{rest[0]} has not noticed within {VIEW_SECONDS:.0f} s that {victim} went"
        time.sleep(POLL_SECONDS)
    asker.close()
    writer.write_on(CALM_SECONDS)
    gone, said = time.monotonic(), len(cluster.log(victim))
    back = await_synced(cluster, cluster.start(victim))
    writer.write_on(CALM_SECONDS)
    return One(
        gap=writer.gap(begun, gone),
        back=back.synced,
        back_gap=writer.gap(gone, time.monotonic()),
        transfer=cluster.transfer(cluster.log(victim)[said:]),
    )


def _count(cluster: Cluster, writer: Writer, back: Return) -> All:
    acknowledged, lost, checksums = writer.acknowledged, {}, set()
    for name in cluster.names:
        line = Line(cluster.account(name))
        line.run("SET SESSION wsrep_sync_wait = 1")
        present = {int(row[0]) for row in line.run(f"SELECT id FROM {writer.table}")}  # noqa: S608 - a constant
        lost[name] = len(acknowledged - present)
        checksums.add(line.run(f"CHECKSUM TABLE {writer.table}")[0][1])
        line.close()
    return All(back.first_primary, back.synced, len(acknowledged), lost, len(checksums) == 1 and None not in checksums)


def _accounts(cluster: Cluster) -> Mapping[str, Account]:
    return {name: cluster.account(name) for name in cluster.names}


def _is_well(health: Health, members: int) -> bool:
    return health.synced and health.members >= members
