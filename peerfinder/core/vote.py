"""The words of a vote: what a candidate asks and what a voter answers (POST /v1/vote)."""

from __future__ import annotations

from dataclasses import dataclass

from peerfinder.core.lineage import Ballot
from peerfinder.core.memory import ClusterMemory


@dataclass(frozen=True, slots=True)
class VoteRequest:
    """A candidate asks for the exclusive promise of `ballot`; `asked` is everybody it asks, itself included."""

    ballot: Ballot
    asked: tuple[str, ...]
    memory: ClusterMemory | None = None
    memory_fresh: bool = False


@dataclass(frozen=True, slots=True)
class VoteReply:
    """One voter's answer, durable before it is sent; `reason` is a sentence, whichever way it went."""

    voter: str
    granted: bool
    reason: str
