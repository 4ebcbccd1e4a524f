"""Rules for a node whose server runs (`rules.VIGIL`): when must it be stopped?

A server that is non-Primary keeps its position moving and could re-form its old Primary beside a new
one, so it is stopped ("frozen") once it cannot help any more. A Primary that meets a formed Primary of
a higher epoch that went another way has lost: it stops and refuses. `pc.bootstrap` is never used.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoint.core.evidence import gather_evidence
from entrypoint.core.facts import Facts, epoch_of, started_epoch_of
from entrypoint.core.override import fitting_override
from peerfinder.core.lineage import common_length
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.names import by_ordinal
from peerfinder.core.report import NodeReport, Phase, lineage_of
from peerfinder.core.wsrep import ServerFacts

REMERGE_SECONDS = 20.0
"""Galera re-merges components that see each other again within this time (pc.linger, measured 1-8 s)."""

JOINING_SECONDS = 3.0
"""A joiner brings no quorum to a merger: waiting helps nobody. By then a view change of its Primary is over."""

EXPELLED_SECONDS = 3.0
"""A server whose provider is disconnected for this long has left (an inconsistency vote, an IST that failed); a flap
reconnects in one."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The server must be stopped.

    `refuse` tells that a person has to look before it may start again; `expelled` that the group may have voted
    against this node's data, so that they must not be built upon if Galera has marked them (grastate.dat with uuid 0).
    """

    reason: str
    refuse: bool = False
    expelled: bool = False


def must_stop(facts: Facts, non_primary_for: float) -> Stop | None:
    """Decide whether the running server has to go; `non_primary_for` is 0 while it is in a Primary."""
    mine = facts.reports[facts.me]
    if mine.in_primary:
        return _overtaken(facts, mine)
    if non_primary_for <= 0:
        return None
    return _frozen(facts, mine, non_primary_for)


def _overtaken(facts: Facts, mine: NodeReport) -> Stop | None:
    own, epoch = lineage_of(mine), epoch_of(mine)
    if epoch is None:
        return None
    for report in facts.others:
        other = epoch_of(report)
        if report.in_primary and other and other > epoch and common_length(own, lineage_of(report)) < len(own):
            return Stop(
                f"{report.facts.name} is in a Primary of epoch {other}, which went another way than this "
                f"node's epoch {epoch}",
                refuse=True,
            )
    if facts.memory and facts.memory_fresh and _formed_elsewhere(facts.memory, facts) and facts.memory.ballot:
        lineage = facts.memory.lineage
        if facts.memory.ballot > epoch and common_length(own, lineage) < len(own):
            return Stop(
                f"the memory knows a Primary of epoch {facts.memory.ballot}, which went another way", refuse=True
            )
    return None


def _formed_elsewhere(memory: ClusterMemory, facts: Facts) -> bool:
    """Whether the memory's last ballot became a Primary: that Primary writes a mark of its own epoch."""
    return (
        memory.ballot is not None
        and memory.mark is not None
        and memory.mark.epoch == memory.ballot
        and (memory.ballot.node != facts.me)
    )


def _has_left(server: ServerFacts) -> bool:
    """Whether the provider has closed its connection to the group, which it opens again only at a start.

    After an IST that failed the server goes on calling itself connected and non-Primary; but there is no id of its
    connection any more (`wsrep_gcomm_uuid`; seen with 26.4.23).
    """
    return server.cluster_status == "Disconnected" or (server.sql and not server.gcomm_uuid)


def _frozen(facts: Facts, mine: NodeReport, non_primary_for: float) -> Stop | None:
    primaries = [report for report in facts.others if report.in_primary]
    if primaries:
        if epoch_of(primaries[0]) != started_epoch_of(mine):
            return Stop(f"{primaries[0].facts.name} is in a Primary of another epoch; deciding anew")
        if _has_left(mine.server) and non_primary_for > EXPELLED_SECONDS:
            return Stop("the server has left the group and does not come back by itself", expelled=True)
        return None  # Galera merges by itself: same epoch, and they answer
    if facts.expected is None:
        return None
    override = fitting_override(facts)
    excluded = frozenset(override.without) if override else frozenset()
    evidence = gather_evidence(facts, facts.expected, excluded)
    absent = evidence.missing - frozenset(facts.reports)
    if absent:
        return None  # whoever is missing may come back with a Primary: nothing to be gained by stopping
    companions = [
        report.facts.name
        for report in facts.others
        if report.facts.phase in (Phase.RUNNING, Phase.STARTING, Phase.STOPPING)
    ]
    if not companions and not mine.server.sql:
        return Stop("the Primary that it was joining is gone, and no other server runs: its position is made final")
    if not companions:
        return Stop("non-Primary, and no other server runs that it could re-merge with: its position is made final")
    names = ", ".join(by_ordinal(tuple(companions)))
    if not mine.server.sql and non_primary_for > JOINING_SECONDS:
        return Stop(f"the Primary that it was joining is gone, and {names} may wait for it: its position is made final")
    if non_primary_for > REMERGE_SECONDS:
        return Stop(f"non-Primary for {non_primary_for:.0f} s beside {names}: its position is made final")
    return None
