"""The rules by which a node decides, as they are told: one place for their numbers, names and words.

`RULES` are for a node whose server does not run: `decision` applies them, first match wins, and a decision carries the
number of the rule that made it. `STEPS` make the election of rules 7 and 8 exclusive (`ballot_box`, and
`entrypoint.run.standing`). `VIGIL` is for a node whose server runs (`vigil`).

`entrypoint plan` shows the names, docs/decisions.md is made of these tables and of an example of each sentence, and the
tests hold both against the code.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoint.core.vigil import EXPELLED_SECONDS, JOINING_SECONDS, REMERGE_SECONDS


@dataclass(frozen=True, slots=True)
class Rule:
    """One of the numbered rules; `name` stands behind its number wherever people read it."""

    number: int
    name: str
    when: str
    then: str


RULES = (
    Rule(
        1,
        "this node itself cannot start",
        "my datadir is unreadable, another process owns it, or something else of my own keeps me from starting",
        "Refuse",
    ),
    Rule(
        2,
        "a Primary answers",
        "a Primary component answers",
        "Join, unless that would lose something",
    ),
    Rule(
        3,
        "a foreign Primary answers",
        "a Primary component of a foreign history answers while I hold data",
        "Refuse",
    ),
    Rule(
        4,
        "an operator's override",
        "an operator's override still fits",
        "it changes who counts, and names the winner if it names one; rules 5 to 8 and the vote follow as always",
    ),
    Rule(
        5,
        "somebody who counts is missing",
        "reports that count are missing",
        "Wait, naming each",
    ),
    Rule(
        6,
        "the reports contradict each other",
        "the reports contradict each other or what must have existed",
        "Refuse, naming the nodes",
    ),
    Rule(
        7,
        "nobody holds data",
        "nobody holds data",
        "the lowest ordinal Bootstraps a new cluster, if none has existed",
    ),
    Rule(
        8,
        "the most advanced data",
        "somebody holds data",
        "the most advanced data of the newest lineage Bootstrap, everybody else Waits for rule 2",
    ),
)


def name_of(number: int) -> str:
    """The name of a rule; '' for a number that this version has no rule of (a decision that another one published)."""
    return next((rule.name for rule in RULES if rule.number == number), "")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a vote, and what could happen without it; the order is part of it."""

    what: str
    without: str


STEPS = (
    Step("take a ballot above every one seen", "an old grant could serve a second start"),
    Step(
        "promise it to oneself, on disk",
        "a candidate that dies and comes back grants another ballot while its own start may have formed",
    ),
    Step(
        "ask everybody who counts **and** every other node that answers",
        "a node that sees more than the candidate would not be heard",
    ),
    Step(
        "a voter grants only if its server does not run",
        "Galera could re-form the old Primary from it, beside the new one",
    ),
    Step("... no Primary answers it", "a start beside a Primary that only the voter can see"),
    Step("... the ballot is above its promise, or the promised one", "two candidates start from the same votes"),
    Step(
        "... its own facts elect the same node and name no voter that was not asked",
        "a candidate with an old picture starts from older data",
    ),
    Step(
        "... and its promise is on disk before it answers",
        "a voter that dies forgets whom it granted; from now on its own server starts only by Join, unless it is "
        "granted a ballot of its own",
    ),
    Step(
        "all granted: swap the memory, as it was read when deciding, to this ballot",
        "a later election without this node would not know that a Primary may exist",
    ),
    Step("fill the volume, if it is empty", "(rule 7; nothing exists before the vote)"),
    Step(
        "look once more: promise still mine, no Primary, nobody answers who was not asked, no higher ballot",
        "the world changed during the vote",
    ),
    Step(
        "announce `starting` under the same lock, then start within 3 s of that look",
        "a process that was paused starts a Primary of yesterday; it looks again instead",
    ),
)
"""A step is spoken of by its place: the first one is step 1."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Something that is seen while the server runs, and what is done about it."""

    seen: str
    done: str


VIGIL = (
    Watched("it is in a Primary, and meets none of a higher epoch that went another way", "nothing: it serves"),
    Watched("a Primary of its own epoch answers", "nothing: Galera merges them by itself"),
    Watched(
        f"... but its provider has been disconnected for {EXPELLED_SECONDS:.0f} s (an inconsistency vote, a state "
        "transfer that failed)",
        "stop; data that Galera marked (uuid 0 in grastate.dat) are replaced by a state transfer",
    ),
    Watched("a Primary of another epoch answers", "stop, decide anew"),
    Watched(
        "somebody who counts is missing, or how many nodes there are is unknown",
        "nothing: whoever is missing may come back with a Primary",
    ),
    Watched("everybody is there, no other server runs", "stop at once: its position is made final"),
    Watched(
        "everybody is there, another server runs",
        f"stop after {REMERGE_SECONDS:.0f} s: until then the two may merge; after {JOINING_SECONDS:.0f} s, if it was "
        "only joining",
    ),
    Watched("it is in a Primary, and one of a higher epoch has formed that went another way", "stop and refuse"),
)
