"""What is done to a cluster, as values that a seed gives. Pure.

A fault names whom it hits by a role, because who is the writer is known only when it strikes; whatever else is left to
chance comes from `dice`, so that the same schedule played twice makes the same choices. Which faults there are, and how
often each comes up, is in `catalogue`.
"""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass


class What(enum.StrEnum):
    """What happens."""

    KILL = "kill"  # SIGKILL for every program of the node, its cable out first: a power cut
    KILL_SERVER = "kill the server"
    KILL_AGENT = "kill the agent"
    PAUSE = "pause"
    STOP = "stop"
    WIPE = "wipe"  # killed, and its volume is lost; the others go on
    WIPE_IN_CRASH = "wipe in a full crash"
    SPOIL = "spoil grastate.dat"  # of killed or stopped nodes
    WITHHOLD = "withhold"  # all are killed, and this one does not come back for a while
    DNS = "DNS"  # misbehaves while nodes are killed and come back
    BREAK_TRANSFER = "break a state transfer"  # the joiner or the donor is killed in the middle of it
    PARTITION = "partition"
    FLAP = "flapping link"
    FILL = "fill the volume"
    CLOCK = "clock steps"  # of the agents and entrypoints
    STARVE = "starve of CPU"


ISOLATED = frozenset({What.PARTITION, What.FLAP})  # need a network namespace for each node
SMALL_VOLUME = frozenset({What.FILL})  # need volumes that can be full
OWN_CLOCK = frozenset({What.CLOCK})  # need programs that were started with a clock of their own


class Whom(enum.StrEnum):
    """Who is hit."""

    ONE = "one"
    WRITER = "the writer"
    READER = "a reader"
    FIRST = "node 0"
    HALF = "half"
    MAJORITY = "a majority"
    ALL = "all"


class How(enum.StrEnum):
    """In which order; of a partition `REPEATED` means that the servers of its victims are killed meanwhile."""

    AT_ONCE = "at once"
    STAGGERED = "staggered"
    REPEATED = "repeated during recovery"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: after `calm` seconds of writing it strikes, after `hold` seconds its victims may come back."""

    what: What
    whom: Whom
    how: How
    calm: float
    hold: float
    detail: str = ""
    overlaps: bool = False  # the next one does not wait until the cluster is whole again
    dice: int = 0

    def __str__(self) -> str:
        """Its line in a schedule."""
        detail = f" ({self.detail})" if self.detail else ""
        after = ", the next one at once" if self.overlaps else ""
        return f"after {self.calm:g} s {self.what} {self.whom}, {self.how}{detail}, for {self.hold:g} s{after}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything that one run does."""

    seed: int
    multi: bool  # clients write everywhere, instead of to the writer only
    faults: tuple[Fault, ...]
    nodes: int = 3

    def __str__(self) -> str:
        """Its lines."""
        clients = "clients at every node" if self.multi else "clients at the writer"
        return "\n".join(
            [
                f"seed {self.seed}, {self.nodes} nodes, {clients}",
                *(f"  {number}. {fault}" for number, fault in self.numbered),
            ]
        )

    @property
    def numbered(self) -> tuple[tuple[int, Fault], ...]:
        """The faults with their numbers, from 1."""
        return tuple(enumerate(self.faults, 1))

    @property
    def kinds(self) -> frozenset[What]:
        """The kinds of its faults."""
        return frozenset(fault.what for fault in self.faults)


def victims(fault: Fault, names: tuple[str, ...], writer: str) -> tuple[str, ...]:
    """Who is hit, in the order in which they are; `writer` is '' where there is none."""
    rng = random.Random(fault.dice)
    shuffled = rng.sample(names, len(names))
    known = writer if writer in names else shuffled[0]
    if fault.whom is Whom.WRITER:
        return (known,)
    if fault.whom is Whom.READER:
        return (next(name for name in shuffled if name != known),)
    if fault.whom is Whom.FIRST:
        return names[:1]
    half = len(names) // 2
    count = {Whom.ONE: 1, Whom.HALF: half, Whom.MAJORITY: half + 1, Whom.ALL: len(names)}[fault.whom]
    return tuple(shuffled[:count])


def gaps(fault: Fault, count: int) -> tuple[float, ...]:
    """Seconds before each of `count` victims is hit, the first not counted."""
    rng = random.Random(fault.dice + 1)
    return (0.0, *(rng.choice((0.02, 0.1, 0.3, 0.8, 2.0, 5.0)) for _ in range(count - 1)))


def again(fault: Fault) -> tuple[float, ...]:
    """Seconds after each return at which it strikes again."""
    rng = random.Random(fault.dice + 2)
    if fault.how is not How.REPEATED:
        return ()
    return tuple(rng.choice((0.3, 0.7, 1.2, 2.0, 3.0, 5.0)) for _ in range(rng.choice((1, 1, 2, 3))))


@dataclass(frozen=True, slots=True)
class Parting:
    """Packets that vanish: between each of `names` and each of `others`; one way: what `names` send."""

    names: tuple[str, ...]
    others: tuple[str, ...]
    traffic: str = "all"
    one_way: bool = False


def partings(fault: Fault, names: tuple[str, ...], hit: tuple[str, ...]) -> tuple[Parting, ...]:
    """What a partition cuts: the victims as a group off the rest; or, where all are hit, each off each."""
    rest = tuple(name for name in names if name not in hit)
    one_way = fault.detail == "one way"
    traffic = {"galera only": "galera", "agents only": "agents"}.get(fault.detail, "all")
    if fault.detail == "ring":  # each hears its neighbours, and nobody all
        return tuple(Parting((name,), _strangers(name, names), traffic) for name in names[: len(names) // 2])
    if rest:
        return (Parting(hit, rest, traffic, one_way),)
    if one_way:  # whoever is next hears nothing of the one before
        return tuple(
            Parting((name,), (after,), traffic, one_way) for name, after in zip(hit, (*hit[1:], hit[0]), strict=True)
        )
    return tuple(Parting((name,), hit[number + 1 :], traffic) for number, name in enumerate(hit[:-1]))


def _strangers(name: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """On a ring of names, those that are no neighbours; of three, where all are, the one before."""
    at, count = names.index(name), len(names)
    far = tuple(names[(at + step) % count] for step in range(2, count - 1))
    return far or (names[at - 1],)


def moments(fault: Fault, low: float, high: float) -> tuple[float, ...]:
    """Some seconds between `low` and `high`, as many as the dice say: of a link that flaps, of a clock that jumps."""
    rng = random.Random(fault.dice + 4)
    return tuple(round(rng.uniform(low, high), 2) for _ in range(rng.choice((2, 4, 6))))


def fraction(fault: Fault) -> float:
    """How much of a state transfer is done when it is broken."""
    return {"10 %": 0.1, "50 %": 0.5, "90 %": 0.9}[fault.detail.rpartition(" at ")[2]]


def spoil(text: str, way: str) -> bytes | None:
    """What is left of grastate.dat; None: no file."""
    lines = text.splitlines()
    return {
        "empty": b"",
        "cut": text[: len(text) // 2].encode(),
        "no newline": text.rstrip("\n").encode(),
        "garbage": bytes(range(128, 256)) * 2,
        "missing": None,
        "safe to bootstrap": "\n".join(
            "safe_to_bootstrap: 1" if line.startswith("safe_to_bootstrap") else line for line in lines
        ).encode() + b"\n",
    }[way]  # fmt: skip
