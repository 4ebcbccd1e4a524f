"""The vote: a voter's answer, and what a candidate may do with the answers.

A voter grants only if its server does not run, no Primary answers, the ballot is above its promise, and
its own facts (with the newer of its and the candidate's memory) elect the same node and name no voter
that was not asked. It makes the promise durable, then answers; from then on its own server starts only
by Join. All granted, the memory swapped where it must be, and one more look that shows nothing new: only
then the candidate starts. The steps in their order, and what each prevents: `rules.STEPS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from entrypoint.core.election import Doubt, Elected, Undecided, elect
from entrypoint.core.facts import Facts
from peerfinder.core.lineage import Ballot, Epoch, Lineage
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.names import by_ordinal
from peerfinder.core.position import ZERO_UUID
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import record_of
from peerfinder.core.vote import VoteReply, VoteRequest


@dataclass(frozen=True, slots=True)
class Attempt:
    """A candidate's attempt: the ballot, everybody it asks, and the memory it decided by."""

    ballot: Ballot
    elected: Elected
    asked: frozenset[str]
    memory: ClusterMemory | None
    memory_fresh: bool
    replicas: int | None = None  # how many nodes were expected

    def request(self) -> VoteRequest:
        """Put the question to the voters."""
        return VoteRequest(self.ballot, by_ordinal(self.asked), self.memory, self.memory_fresh)


def attempt(facts: Facts, elected: Elected, ballot: Ballot) -> Attempt:
    """Prepare an attempt: everybody who counts is asked, and every other node that answers."""
    asked = elected.voters | frozenset(facts.reports) | {facts.me}
    replicas = len(facts.expected) if facts.expected is not None else None
    return Attempt(ballot, elected, asked, facts.memory, facts.memory_fresh, replicas)


def consider(facts: Facts, record: NodeRecord, request: VoteRequest) -> VoteReply:
    """Answer one request; the caller makes a granted promise durable before the answer leaves."""

    def no(reason: str) -> VoteReply:
        return VoteReply(facts.me, granted=False, reason=reason)

    if not facts.mine.is_frozen:
        return no(f"{facts.me} is {facts.mine.phase}, not waiting")
    primaries = [report.facts.name for report in facts.reports.values() if report.in_primary]
    if primaries:
        return no(f"a Primary answers: {', '.join(by_ordinal(primaries))}")
    if record.promise and request.ballot <= record.promise and request.ballot != record.promise:
        return no(f"{facts.me} promised ballot {record.promise} already")
    outcome = elect(_with_memory(facts, request))
    if isinstance(outcome, Undecided):
        return no(f"{facts.me} would wait: {outcome.reason}")
    if isinstance(outcome, Doubt):
        return no(f"{facts.me} would refuse: {outcome.reason}")
    if outcome.winner != request.ballot.node:
        return no(f"{facts.me} would elect {outcome.winner}: {outcome.reason}")
    unasked = outcome.voters - frozenset(request.asked)
    if unasked:
        return no(f"{facts.me} counts {', '.join(by_ordinal(unasked))}, who was not asked")
    return VoteReply(facts.me, granted=True, reason=outcome.reason)


def _with_memory(facts: Facts, request: VoteRequest) -> Facts:
    """Decide by the newer of two memories; a fresh one beats one that is not."""
    if facts.memory_fresh or not request.memory_fresh or request.memory is None:
        return facts
    return replace(facts, memory=request.memory, memory_fresh=True)


def refusals(attempt_: Attempt, replies: Mapping[str, VoteReply]) -> tuple[str, ...]:
    """List why the attempt is burnt: one sentence for every voter that did not grant; empty when all did."""
    reasons = []
    for name in by_ordinal(attempt_.asked - {attempt_.ballot.node}):
        reply = replies.get(name)
        if reply is None:
            reasons.append(f"{name} did not answer")
        elif not reply.granted:
            reasons.append(f"{name} refused: {reply.reason}")
    return tuple(reasons)


def new_lineage(record: NodeRecord, ballot: Ballot, uuid: str, seqno: int) -> Lineage:
    """The lineage that data have once this ballot's Primary is there; uuid 0 until Galera has made one."""
    return (*record.lineage, Epoch(ballot, uuid or ZERO_UUID, seqno))


def swapped(attempt_: Attempt, record: NodeRecord, memory: ClusterMemory, uuid: str, seqno: int) -> ClusterMemory:
    """The memory as the candidate writes it before its start; an override stays until a newer epoch makes it void."""
    lineage = new_lineage(record, attempt_.ballot, uuid, seqno)
    return replace(
        memory,
        uuid=memory.uuid or ("" if uuid in ("", ZERO_UUID) else uuid),
        ballot=attempt_.ballot,
        lineage=lineage,
        replicas=attempt_.replicas or memory.replicas,
        version=memory.version + 1,
    )


def may_skip_swap(attempt_: Attempt, facts: Facts) -> bool:
    """Whether a start without the memory is allowed: every expected node granted and nobody was exempted."""
    return not attempt_.elected.needs_memory and facts.expected is not None and facts.expected <= attempt_.asked


def last_look(attempt_: Attempt, facts: Facts, record: NodeRecord) -> str:
    """Say what forbids the start after all; '' when nothing does."""
    if record.promise != attempt_.ballot:
        return f"ballot {record.promise} overtook {attempt_.ballot}"
    primaries = [report.facts.name for report in facts.reports.values() if report.in_primary]
    if primaries:
        return f"a Primary answers: {', '.join(by_ordinal(primaries))}"
    unasked = (frozenset(facts.reports) | facts.answering) - attempt_.asked
    if unasked:
        return f"{', '.join(by_ordinal(unasked))} answers and was not asked"
    higher = [record_of(report).promise for report in facts.reports.values()]
    if any(promise and promise > attempt_.ballot for promise in higher):
        return f"a ballot above {attempt_.ballot} was taken"
    return ""
