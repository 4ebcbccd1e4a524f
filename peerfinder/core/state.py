"""The state of the whole cluster in one word, and how many nodes may fail.

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
from collections.abc import Iterable, Mapping

from peerfinder.core.lineage import latest
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import NodeReport, lineage_of, record_of


class State(enum.StrEnum):
    """The state of the whole cluster; see the module for the exact meaning of each."""

    INITIALIZING = "INITIALIZING"
    ONLINE = "ONLINE"
    ONLINE_PARTIAL = "ONLINE_PARTIAL"
    NO_QUORUM = "NO_QUORUM"
    OFFLINE = "OFFLINE"
    SPLIT_BRAIN = "SPLIT_BRAIN"
    UNKNOWN = "UNKNOWN"


def with_nodes(
    primaries: Mapping[str, NodeReport],
    expected: Iterable[str],
    memory: ClusterMemory | None,
    seen: Iterable[NodeReport],
) -> State:
    """Give the state of a cluster of which at least one node answers.

    `primaries` hold the whole state of a Primary component, `seen` are all reports, old ones, too; a `memory` of None
    cannot be read, and is not taken for an empty one.
    """
    if len({(report.server.uuid, latest(lineage_of(report))) for report in primaries.values()}) > 1:
        return State.SPLIT_BRAIN
    if primaries:
        return State.ONLINE if set(expected) <= set(primaries) else State.ONLINE_PARTIAL
    if memory is None or memory.uuid:
        return State.NO_QUORUM
    known = any(record_of(one).lineage or record_of(one).views or one.facts.holds_data for one in seen)
    return State.NO_QUORUM if known else State.INITIALIZING


def tolerated(primaries: Mapping[str, NodeReport]) -> int:
    """Count the nodes that may fail at once."""
    members = max([len(primaries), *(report.server.cluster_size for report in primaries.values())])
    return max(0, min((members - 1) // 2, len(primaries) - 1))


def tolerance(number: int) -> str:
    """Say how many failures are tolerated."""
    if number == 0:
        return "cannot tolerate any failure"
    return f"can tolerate {number} failure{'s' if number > 1 else ''}"
