"""What an example is: facts, and the decision that follows from them, word by word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entrypoint.core.ballot_box import Attempt
from entrypoint.core.decision import Decision
from entrypoint.core.facts import Facts
from entrypoint.core.vigil import Stop
from peerfinder.core.vote import VoteReply, VoteRequest


@dataclass(frozen=True, slots=True)
class Example:
    """A node that decides. Under rule 4 another rule may be the one whose number the decision carries."""

    rule: int
    sentence: str
    facts: Facts
    kind: type[Decision]
    reason: str
    remedy: str = ""
    decided_by: int = 0

    def __str__(self) -> str:
        return f"rule {self.rule}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Watch:
    """A node whose server runs; `watched` is the place in VIGIL, `seconds` how long it has been without a Primary."""

    watched: int
    sentence: str
    facts: Facts
    seconds: float = 0.0
    stop: Stop | None = None

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Vote:
    """A voter that was asked; `step` is the place in STEPS of the condition that decides."""

    step: int
    sentence: str
    facts: Facts
    request: VoteRequest
    reason: str
    granted: bool = False

    def __str__(self) -> str:
        return f"step {self.step}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Count:
    """A candidate that has asked, and what it makes of the replies: nothing where all granted."""

    step: int
    sentence: str
    attempt: Attempt
    replies: Mapping[str, VoteReply]
    reason: str

    def __str__(self) -> str:
        return f"step {self.step}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class LastLook:
    """A candidate that has all votes, and looks once more."""

    step: int
    sentence: str
    attempt: Attempt
    facts: Facts
    reason: str

    def __str__(self) -> str:
        return f"step {self.step}: {self.sentence}"
