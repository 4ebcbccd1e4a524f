"""Standing for election: from "the rules elect me" to "I may start", or a burnt ballot.

The order matters, each step closes a schedule that loses writes: promise to oneself (durable), ask
everybody, swap the memory, fill an empty volume, look once more, start. Whatever fails burns the ballot;
the next try takes a higher one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from entrypoint.adapters.agent_socket import AgentSocket
from entrypoint.core.ballot_box import Attempt, attempt, last_look, may_skip_swap, new_lineage, refusals, swapped
from entrypoint.core.election import Elected, elect
from entrypoint.core.facts import Facts, next_ballot
from entrypoint.run.desk import Desk
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.position import UNDEFINED_SEQNO, ZERO_UUID, Position
from peerfinder.core.record import Start, StartKind, promised

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Granted:
    """Everybody granted and the memory agrees: what is left is the last look and the start."""

    attempt: Attempt
    start: Start


@dataclass(frozen=True, slots=True)
class Burnt:
    """The attempt failed; the sentence says at what."""

    reason: str


def stand(desk: Desk, agent: AgentSocket) -> Granted | Burnt:
    """Take a ballot, ask for the votes, swap the memory; who votes and which memory counts is decided here, at once."""
    with desk.lock:
        facts = desk.gather()
        elected = elect(facts)
        if not isinstance(elected, Elected) or elected.winner != facts.me:
            return Burnt(f"not elected any more: {elected.reason}")
        ballot = next_ballot(facts)
        desk.remember(promised(desk.record, ballot))
        tried = attempt(facts, elected, ballot)
    logger.info("standing ballot=%s asking=%s reason=%s", ballot, ",".join(sorted(tried.asked)), elected.reason)
    refused = refusals(tried, agent.ask(tried.request()) if tried.asked - {facts.me} else {})
    if refused:
        return Burnt("; ".join([*refused, *([agent.problem] if agent.problem else [])]))
    position = desk.facts.position
    failure = _swap_memory(desk, agent, tried, facts, position)
    if failure:
        return Burnt(failure)
    uuid, seqno = (position.uuid, position.seqno) if position else (ZERO_UUID, 0)
    lineage = new_lineage(desk.record, ballot, uuid, max(seqno, 0))
    return Granted(tried, Start(StartKind.BOOTSTRAP, lineage, position))


def _swap_memory(desk: Desk, agent: AgentSocket, tried: Attempt, facts: Facts, position: Position | None) -> str:
    """Write the ballot into the memory as it was read when deciding; '' when that is done or may be left out."""
    memory = tried.memory
    if not tried.memory_fresh or memory is None:
        look = agent.look()
        if look is not None and look.memory_fresh and look.memory is not None:
            return "the memory became readable meanwhile; deciding anew by it"
        if may_skip_swap(tried, facts):
            logger.warning("starting without the cluster memory: %s", look.memory_problem if look else agent.problem)
            return ""
        return "the cluster memory cannot be written, and not every expected node granted"
    if memory.ballot and memory.ballot >= tried.ballot:
        return f"the memory knows ballot {memory.ballot}"
    uuid, seqno = (position.uuid, position.seqno) if position else ("", UNDEFINED_SEQNO)
    new: ClusterMemory = swapped(tried, desk.record, memory, uuid, max(seqno, 0))
    outcome = agent.swap(memory.version, new)
    if outcome == "swapped":
        return ""
    if outcome == "conflict":
        return "the cluster memory changed meanwhile"
    if may_skip_swap(tried, facts):
        logger.warning("starting without the cluster memory: %s", agent.problem)
        return ""
    return f"the cluster memory cannot be written: {agent.problem}"


def enter(desk: Desk, agent: AgentSocket, granted: Granted, announce: Callable[[Start], None]) -> str:
    """Look once more and announce the start, as one step for the voter; '' when the start was announced."""
    look = agent.look()
    if look is None:
        return f"no last look: {agent.problem}"
    with desk.lock:
        forbidden = last_look(granted.attempt, desk.gather(look), desk.record)
        if not forbidden:
            announce(granted.start)
        return forbidden


def after_initialisation(granted: Granted) -> Granted:
    """A filled volume has no history yet: Galera makes its uuid when the Primary forms."""
    return replace(granted, start=replace(granted.start, position=None))
