"""The cluster memory: the few facts that outlive every volume.

In Kubernetes a ConfigMap, on one machine a file under a lock. It is written by compare-and-swap: by the
candidate before a bootstrap, by the Primary's lowest member when it differs, by an operator's override.
It may only raise doubt (the mark), make a wait end (exemption, override) where every node agrees, or
tell that a history once existed. Unreadable is not empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from peerfinder.core.lineage import Ballot, Lineage
from peerfinder.core.position import Position


@dataclass(frozen=True, slots=True)
class Mark:
    """The high-water mark: a seqno known to be committed in an epoch; at most stale, never too high."""

    epoch: Ballot
    seqno: int


@dataclass(frozen=True, slots=True)
class Superseded:
    """A history that a restore replaced: data of it up to `seqno` may be discarded, beyond it not."""

    uuid: str
    seqno: int


@dataclass(frozen=True, slots=True)
class Override:
    """An operator's word that nodes are stopped and stay stopped, with what was seen when it was given.

    `node` and `seqno` are the node that is to bootstrap and its position; `named` tells whether the
    operator named it. `tip` is the newest epoch seen in any lineage, `promise` the highest ballot seen
    in any promise, `ballot` the memory's own. It fits once: any newer epoch makes it void.
    """

    without: tuple[str, ...]
    node: str
    position: Position
    named: bool = False
    tip: Ballot | None = None
    promise: Ballot | None = None
    ballot: Ballot | None = None


@dataclass(frozen=True, slots=True)
class Discard:
    """An operator's word that the data of `node`, exactly at `position`, may be given up."""

    node: str
    position: Position


@dataclass(frozen=True, slots=True)
class ClusterMemory:
    """What the cluster remembers; `version` counts swaps and is what compare-and-swap compares."""

    uuid: str = ""  # the history, '' before the first Primary formed
    ballot: Ballot | None = None  # of the last permitted bootstrap
    lineage: Lineage = ()  # as of that bootstrap
    mark: Mark | None = None
    superseded: tuple[Superseded, ...] = ()
    replicas: int | None = None
    override: Override | None = None
    discards: tuple[Discard, ...] = ()
    version: int = 0

    @property
    def knows_history(self) -> bool:
        """Whether a cluster has existed here (or may have: a ballot was permitted)."""
        return bool(self.uuid) or self.ballot is not None

    def supersedes(self, position: Position) -> bool:
        """Whether data at `position` are covered by a restore and may be discarded."""
        return any(one.uuid == position.uuid and position.seqno <= one.seqno for one in self.superseded)

    def allows_discard(self, node: str, position: Position) -> bool:
        """Whether an operator gave up exactly these data of this node."""
        return any(one.node == node and same_place(one.position, position) for one in self.discards)


def same_place(one: Position, other: Position) -> bool:
    """Whether two positions name the same write set (the GTID suffix says nothing more)."""
    return (one.uuid, one.seqno) == (other.uuid, other.seqno)
