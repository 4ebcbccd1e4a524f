"""Ballots, epochs and lineages: which Primary wrote which data.

A *ballot* (number, node) names one attempt to bootstrap; a node always takes a number above every one
it has seen. An *epoch* is the ballot of an attempt that formed a Primary. A *lineage* is the list of
epochs a node's data went through, oldest first, each with the history uuid and the seqno at which it
began. Two copies of data whose lineages agree up to some entry share every write set up to the smaller
seqno of the entries after it; what lies beyond was written in a fork.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Ballot:
    """One attempt to bootstrap: ordered by number, then by the name of the node that made it."""

    number: int
    node: str

    def __str__(self) -> str:
        """Give the form of messages: `7/db-1`."""
        return f"{self.number}/{self.node}"


@dataclass(frozen=True, slots=True)
class Epoch:
    """One bootstrap that formed a Primary: its ballot, the history it carried on, the seqno it began at."""

    ballot: Ballot
    uuid: str
    seqno: int


Lineage = tuple[Epoch, ...]
"""The epochs of some data, oldest first; empty for data that no Galera Kit node ever started."""


def common_length(one: Lineage, other: Lineage) -> int:
    """Count the leading epochs that two lineages share."""
    length = 0
    for left, right in zip(one, other, strict=False):
        if left.ballot != right.ballot:
            break
        length += 1
    return length


def is_part_of(lineage: Lineage, uuid: str, seqno: int, target: Lineage) -> bool:
    """Tell whether data of `lineage` that end at `uuid`:`seqno` lie wholly inside the history of `target`.

    Data without a lineage (adopted from elsewhere) are part of it only up to where the target's first
    epoch began: what came later was written under an epoch that those data have never seen.
    """
    if not target:
        return True
    if not lineage:
        return uuid == target[0].uuid and seqno <= target[0].seqno
    shared = common_length(lineage, target)
    if shared == 0:
        return False
    if shared < len(target) and target[shared].uuid != target[shared - 1].uuid:
        return False  # after the common part the target became a new history (a restore)
    cuts = [one[shared].seqno for one in (lineage, target) if shared < len(one)]
    return seqno <= min(cuts) if cuts else True


def have_forked(one: Lineage, other: Lineage) -> bool:
    """Tell whether each of two lineages has an epoch that the other lacks."""
    shared = common_length(one, other)
    return shared < len(one) and shared < len(other)


def latest(lineage: Lineage) -> Ballot | None:
    """Give the epoch the data were last written under, None for data without a lineage."""
    return lineage[-1].ballot if lineage else None
