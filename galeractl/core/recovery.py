"""What `galeractl recover` may store, and why it refuses. Pure: what was seen and what was asked in, a plan out.

The nodes recover by themselves wherever that loses nothing. Two words of a person can end a wait that would last for
ever, and both are stored in the cluster memory, never acted upon directly:

- an *override* says of nodes that they are stopped and stay stopped, or names the node to bootstrap where the nodes
  doubt. It is checked here with the same election that every node will hold with it; what that election would not
  follow is refused, so nothing is stored that changes nothing.
- a *discard* gives up the data of one node that is there, exactly at the position it reports.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from entrypoint.core.election import Doubt, Elected, Outcome, elect
from entrypoint.core.facts import Facts
from entrypoint.core.override import override_as_seen
from entrypoint.core.remedy import ending_of_wait
from galeractl.core.nodeline import describe_node
from galeractl.core.programs import Programs
from galeractl.core.roster import roster
from galeractl.core.sight import ClusterSight, facts_of
from peerfinder.core.memory import ClusterMemory, Discard, Override
from peerfinder.core.names import by_ordinal
from peerfinder.core.position import Position


@dataclass(frozen=True, slots=True)
class Request:
    """What the operator asked for; nothing set means: explain."""

    without: tuple[str, ...] = ()
    bootstrap: str = ""
    expect_seqno: int | None = None
    discard: str = ""

    @property
    def is_question(self) -> bool:
        """Whether nothing is to be stored."""
        return not (self.without or self.bootstrap or self.discard)


@dataclass(frozen=True, slots=True)
class Store:
    """Put `memory` in the place of the one that was read; `consequence` says what follows for `node`."""

    memory: ClusterMemory
    node: str
    position: Position
    consequence: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It would lose data, contradict what is seen, or change nothing."""

    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """What would happen if nobody did anything: the answer to a question without orders."""

    sentence: str
    winner: str | None = None
    seqno: int | None = None
    remedy: str = ""


Plan = Store | Refused | Explained


def plan_recovery(sight: ClusterSight, request: Request) -> Plan:
    """Judge a request against what is seen."""
    known = roster(sight)
    unknown = {*request.without, request.bootstrap, request.discard} - {"", *known}
    if unknown:
        return Refused(f"no node is called {', '.join(by_ordinal(unknown))}", f"the nodes are {', '.join(known)}")
    if request.is_question:
        return _explain(sight)
    if sight.memory is None:
        return Refused(f"the cluster memory cannot be read: {sight.memory_problem}", "repair it first")
    if request.discard:
        return _discard(sight, sight.memory, request)
    return _override(sight, sight.memory, request)


def _explain(sight: ClusterSight) -> Explained:
    if sight.primaries:
        members = ", ".join(by_ordinal(tuple(sight.primaries)))
        return Explained(f"a Primary component is there ({members}): nothing needs to be recovered")
    facts = facts_of(sight)
    if not facts.reports:
        return Explained("no node reports, so nobody can be elected", remedy="start the nodes")
    outcome = elect(facts)
    if isinstance(outcome, Elected):
        where = "an empty volume" if outcome.seqno is None else f"seqno {outcome.seqno}"
        sentence = f"{outcome.winner} is about to bootstrap from {where}: {outcome.reason}"
        return Explained(sentence, outcome.winner, outcome.seqno)
    return Explained(f"nobody would bootstrap: {outcome.reason}", remedy=_remedy(facts, sight, outcome))


def _remedy(facts: Facts, sight: ClusterSight, outcome: Outcome) -> str:
    """The nodes' own remedies; none yet (they have just begun to wait): the one that they will come to."""
    lines = [describe_node(sight, name) for name in facts.reports]
    found = sorted({line.remedy for line in lines if line.remedy})
    if found or isinstance(outcome, (Elected, Doubt)):
        return "; or ".join(found)
    return ending_of_wait(facts)


def _override(sight: ClusterSight, memory: ClusterMemory, request: Request) -> Store | Refused:
    if sight.primaries:
        members = ", ".join(by_ordinal(tuple(sight.primaries)))
        return Refused(f"a Primary component is there ({members}): the others join it", "galeractl status")
    alive = [name for name in request.without if _is_there(sight, name)]
    if alive:
        return Refused(
            f"{', '.join(by_ordinal(alive))} is not gone: its agent answers or its programs run",
            "let it take part, or stop it for good first" + _how_to_stop(sight, alive),
        )
    facts = facts_of(sight)
    held = {name: one.facts.position for name, one in facts.reports.items() if one.facts.holds_data}
    positions = {name: position for name, position in held.items() if position}
    if request.bootstrap:
        return _named(facts, memory, request, positions)
    if not positions:
        return Refused("no node that answers holds data at a final position", "galeractl recover")
    first = by_ordinal(tuple(positions))[0]
    outcome = _with(facts, memory, request, first, positions[first])
    if isinstance(outcome, Elected) and outcome.winner != first:
        first = outcome.winner
        outcome = _with(facts, memory, request, first, positions[first])
    return _judge(facts, memory, request, first, positions[first], outcome)


def _named(facts: Facts, memory: ClusterMemory, request: Request, positions: dict[str, Position]) -> Store | Refused:
    node = request.bootstrap
    position = positions.get(node)
    if position is None:
        return Refused(f"{node} does not report data at a final position", "galeractl status")
    if position.seqno != request.expect_seqno:
        return Refused(
            f"{node} is at seqno {position.seqno}, not at {request.expect_seqno} as expected",
            "look again: galeractl recover --dry-run",
        )
    return _judge(facts, memory, request, node, position, _with(facts, memory, request, node, position))


def _judge(
    facts: Facts, memory: ClusterMemory, request: Request, node: str, position: Position, outcome: Outcome
) -> Store | Refused:
    if not isinstance(outcome, Elected):
        return Refused(f"even so nobody would bootstrap: {outcome.reason}", _named_remedy(outcome, request))
    if outcome.winner != node:
        return Refused(f"even so {outcome.winner} would bootstrap, not {node}: {outcome.reason}")
    gone = f"{', '.join(by_ordinal(request.without))} stays out; " if request.without else ""
    override = _override_of(facts, memory, request, node, position)
    return Store(
        replace(memory, override=override),
        node,
        position,
        f"{gone}{node} bootstraps from seqno {position.seqno}: {outcome.reason}. "
        f"Writes that only the nodes left out hold are lost",
    )


def _named_remedy(outcome: Outcome, request: Request) -> str:
    if isinstance(outcome, Doubt) and not request.bootstrap:
        return "name the node yourself: galeractl recover --bootstrap NODE --expect-seqno N"
    return "galeractl recover --dry-run"


def _with(facts: Facts, memory: ClusterMemory, request: Request, node: str, position: Position) -> Outcome:
    override = _override_of(facts, memory, request, node, position)
    return elect(replace(facts, memory=replace(memory, override=override), memory_fresh=True))


def _override_of(facts: Facts, memory: ClusterMemory, request: Request, node: str, position: Position) -> Override:
    return override_as_seen(facts, memory, request.without, node, position, named=bool(request.bootstrap))


def _discard(sight: ClusterSight, memory: ClusterMemory, request: Request) -> Store | Refused:
    node = request.discard
    outcome = None if sight.primaries else elect(facts_of(sight))
    contested = isinstance(outcome, Doubt) and node in outcome.give_up
    if not sight.primaries and not contested:
        return Refused("no Primary component answers, so the data could be the only ones", "galeractl recover")
    if node in sight.primaries:
        return Refused(f"{node} is in the Primary component: there is nothing to give up", "galeractl status")
    report = sight.reports.get(node)
    if report is None:
        return Refused(f"{node} does not report, so what it holds is unknown", f"start {node} first")
    position = report.facts.position
    if position is None or not report.facts.is_frozen:
        return Refused(f"{node} is {report.facts.phase} and reports no final position", "galeractl status")
    kept = tuple(one for one in memory.discards if one.node != node)
    members = ", ".join(by_ordinal(tuple(sight.primaries))) or "which the other nodes will form"
    return Store(
        replace(memory, discards=(*kept, Discard(node, position))),
        node,
        position,
        f"the data of {node} at {position} are given up; it takes those of the Primary component ({members})",
    )


def _how_to_stop(sight: ClusterSight, names: list[str]) -> str:
    here = [name for name in names if name in sight.nodes and sight.nodes[name].programs is not Programs.UNKNOWN]
    return f": galeractl local kill {' '.join(here)}" if here else ""


def _is_there(sight: ClusterSight, name: str) -> bool:
    seen = sight.nodes.get(name)
    stopped = (Programs.STOPPED, Programs.UNKNOWN)
    return name in sight.answering or (seen is not None and seen.programs not in stopped)
