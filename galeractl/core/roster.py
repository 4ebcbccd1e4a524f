"""Which names are nodes of this cluster, for a person who speaks of one?

Not only those that are expected and those that were seen: a node that was scaled away is neither, and may hold the
newest write all the same. So whoever the nodes wait for is one, too, whoever was in a Primary view that any record
keeps, and whoever may have started a Primary.
"""

from __future__ import annotations

from collections.abc import Iterator

from entrypoint.core.facts import ballots_seen
from entrypoint.core.remedy import left_out
from galeractl.core.sight import ClusterSight, facts_of
from peerfinder.core.names import by_ordinal
from peerfinder.core.report import record_of


def roster(sight: ClusterSight) -> tuple[str, ...]:
    """List every node that anything seen speaks of, by ordinal."""
    return by_ordinal({*sight.expected, *sight.nodes, *_spoken_of(sight)} - {""})


def _spoken_of(sight: ClusterSight) -> Iterator[str]:
    facts = facts_of(sight)
    for report in facts.reports.values():
        for view in record_of(report).views:
            yield from view.names
        if report.facts.decision:
            yield from report.facts.decision.waiting_for
        if report.memory and report.memory.ballot:  # a copy, where the memory itself cannot be read
            yield report.memory.ballot.node
    for ballot in ballots_seen(facts):
        yield ballot.node
    yield from left_out(facts)
