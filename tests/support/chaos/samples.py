"""What every node said of itself all the while, and what may not be seen in it. Pure.

Two Primaries: a sample of one node lies between two of another, all three say Primary, and neither membership has the
other node. A node that was paused and wakes up still names the others in its old view, so it is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from peerfinder.core.position import ZERO_UUID
from tests.support.chaos.findings import Kind, Violation
from tests.support.chaos.history import Operation, Outcome

CLOSE_SECONDS = 1.0  # two samples of a node that are no farther apart stand for the time between them


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer of one node's server."""

    node: str
    asked: float
    answered: float
    status: str  # wsrep_cluster_status
    state: str  # wsrep_local_state_comment
    uuid: str = ""
    members: tuple[str, ...] = ()  # by wsrep_incoming_addresses; lacks those that joined while this node got its state
    size: int = 0
    committed: int = -1

    @property
    def is_primary(self) -> bool:
        """Whether it is in a Primary component."""
        return self.status == "Primary"

    @property
    def is_synced(self) -> bool:
        """Whether it takes part in it."""
        return self.is_primary and self.state == "Synced"

    def is_synced_since(self, moment: float) -> bool:
        """Whether this is an answer of after that moment, of a node that takes part."""
        return self.asked >= moment and self.is_synced


def by_node(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Each node's samples in order."""
    found: dict[str, list[Sample]] = {}
    for sample in sorted(samples, key=lambda one: one.asked):
        found.setdefault(sample.node, []).append(sample)
    return found


def check_samples(samples: Sequence[Sample], uuid: str) -> tuple[Violation, ...]:
    """One history, and at most one Primary at any moment."""
    found = [
        Violation(Kind.UUID, f"{sample.node} is in a Primary of {sample.uuid} instead of {uuid}")
        for sample in samples
        if sample.is_primary and sample.uuid not in (uuid, ZERO_UUID, "")  # zero, empty: not known to it yet
    ]
    sorted_ = by_node(samples)
    for name, mine in sorted_.items():
        for before, after in pairwise(mine):
            if _is_the_same_primary(before, after):
                found += _rivals(name, before, after, sorted_)
    return tuple(dict.fromkeys(found))


def _is_the_same_primary(before: Sample, after: Sample) -> bool:
    together = after.asked - before.answered <= CLOSE_SECONDS
    return together and before.is_primary and after.is_primary and before.members == after.members


def _rivals(name: str, before: Sample, after: Sample, others: Mapping[str, list[Sample]]) -> list[Violation]:
    return [
        Violation(
            Kind.TWO_PRIMARIES, f"{name} with {', '.join(before.members)} and {other} with {', '.join(theirs.members)}"
        )
        for other, samples in others.items()
        for theirs in samples
        if theirs.is_primary
        and before.answered <= theirs.asked
        and theirs.answered <= after.asked
        and other not in before.members
        and name not in theirs.members
    ]


def check_minority(history: Sequence[Operation], samples: Sequence[Sample]) -> tuple[Violation, ...]:
    """No write is acknowledged by a node between two close samples that both say non-Primary."""
    found = []
    for name, mine in by_node(samples).items():
        spans = [
            (before.answered, after.asked)
            for before, after in pairwise(mine)
            if not before.is_primary and not after.is_primary and after.asked - before.answered <= CLOSE_SECONDS
        ]
        writes = [one for one in history if one.node == name and one.outcome is Outcome.OK and one.ended is not None]
        found += [
            Violation(Kind.MINORITY, str(one))
            for one in writes
            for since, until in spans
            if one.ended is not None and since <= one.begun and one.ended <= until
        ]
    return tuple(found)


def first_primary(samples: Iterable[Sample], since: float) -> float | None:
    """Seconds until some node said Primary, None if none did."""
    moments = [one.answered for one in samples if one.is_primary and one.asked >= since]
    return min(moments) - since if moments else None


def are_synced(latest: Mapping[str, Sample], names: Iterable[str], since: float) -> bool:
    """Whether each named node said after `since` that it is Synced in a Primary of as many."""
    wanted = frozenset(names)
    return all(
        name in latest and latest[name].asked >= since and latest[name].is_synced and latest[name].size >= len(wanted)
        for name in wanted
    )
