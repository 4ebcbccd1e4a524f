"""What is done to a cluster, as values that a seed gives. Pure.

A fault names whom it hits by a role, because who is the writer is known only when it strikes; whatever else is left to
chance comes from `dice`, so that the same schedule played twice makes the same choices.
"""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass

PARTITIONS = ("one", "writer", "majority", "ring", "one-way", "1|1|1")  # each needs a network namespace per node
DNS_MODES = ("empty", "nxdomain", "servfail", "slow", "truncated", "one-of-three", "duplicates", "silent")


class What(enum.StrEnum):
    """What happens."""

    KILL = "kill"  # SIGKILL for every program of the node: a power cut
    KILL_SERVER = "kill the server"
    KILL_AGENT = "kill the agent"
    PAUSE = "pause"
    STOP = "stop"
    WIPE = "wipe"  # killed, and its volume is lost; the others go on
    WIPE_IN_CRASH = "wipe in a full crash"
    SPOIL = "spoil grastate.dat"  # of killed or stopped nodes
    WITHHOLD = "withhold"  # all are killed, and this one does not come back for a while
    DNS = "DNS"  # misbehaves while nodes are killed and come back
    PARTITION = "partition"


class Whom(enum.StrEnum):
    """Who is hit."""

    ONE = "one"
    WRITER = "the writer"
    READER = "a reader"
    FIRST = "node 0"
    MAJORITY = "a majority"
    ALL = "all"


class How(enum.StrEnum):
    """In which order."""

    AT_ONCE = "at once"
    STAGGERED = "staggered"
    REPEATED = "repeated during recovery"


SINGLE = (Whom.ONE, Whom.WRITER, Whom.READER, Whom.FIRST)
MANY = (Whom.MAJORITY, Whom.ALL)
# weight, whom, how, details
CATALOGUE: dict[What, tuple[int, tuple[Whom, ...], tuple[How, ...], tuple[str, ...]]] = {
    What.KILL: (30, (Whom.ONE, Whom.WRITER, *MANY, Whom.ALL, Whom.ALL), tuple(How), ("",)),
    What.KILL_SERVER: (12, (Whom.ONE, Whom.WRITER, *MANY), tuple(How), ("",)),
    What.KILL_AGENT: (6, (Whom.ONE, Whom.WRITER, Whom.ALL), (How.AT_ONCE,), ("",)),
    What.PAUSE: (12, (Whom.ONE, Whom.WRITER, *MANY), tuple(How), ("",)),
    What.STOP: (10, (Whom.ONE, Whom.WRITER, Whom.ALL), (How.AT_ONCE, How.STAGGERED), ("",)),
    What.WIPE: (4, (Whom.WRITER, Whom.READER, Whom.FIRST), (How.AT_ONCE,), ("",)),
    What.WIPE_IN_CRASH: (4, (Whom.WRITER, Whom.READER, Whom.FIRST), (How.AT_ONCE,), ("",)),
    What.SPOIL: (
        10, (Whom.ONE, Whom.ALL), (How.AT_ONCE,),
        ("empty", "cut", "no newline", "garbage", "missing", "safe to bootstrap"),
    ),
    What.WITHHOLD: (6, SINGLE, (How.AT_ONCE,), ("comes back", "by the remedy")),
    What.DNS: (6, (Whom.ONE, Whom.ALL), (How.AT_ONCE,), DNS_MODES),
    What.PARTITION: (0, (Whom.ALL,), (How.AT_ONCE,), PARTITIONS),  # weight 0: not before nodes are isolated
}  # fmt: skip
HOLDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
PAUSES = (1.0, 3.0, 8.0, 15.0)
CALMS = (0.5, 1.0, 2.0, 3.0)


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

    def __str__(self) -> str:
        """Its lines."""
        clients = "clients at every node" if self.multi else "clients at the writer"
        return "\n".join([f"seed {self.seed}, {clients}", *(f"  {number}. {fault}" for number, fault in self.numbered)])

    @property
    def numbered(self) -> tuple[tuple[int, Fault], ...]:
        """The faults with their numbers, from 1."""
        return tuple(enumerate(self.faults, 1))


def schedule(seed: int, only: tuple[What, ...] = (), *, isolated: bool = False) -> Schedule:
    """The schedule of a seed; with `only` of these kinds of faults."""
    rng = random.Random(seed)
    allowed = [what for what in What if (not only or what in only) and (isolated or what is not What.PARTITION)]
    weights = [CATALOGUE[what][0] or 10 for what in allowed]
    multi = rng.random() < 0.3
    count = rng.choice((1, 2, 2, 3, 3, 4))
    return Schedule(seed, multi, tuple(_fault(what, rng) for what in rng.choices(allowed, weights, k=count)))


def proof(seed: int) -> Schedule:
    """A full crash and nothing else: what loses writes where a server does not sync each of them."""
    crash = Fault(What.KILL, Whom.ALL, How.AT_ONCE, calm=3.0, hold=0.0, dice=seed)
    return Schedule(seed, multi=False, faults=(crash,))


def _fault(what: What, rng: random.Random) -> Fault:
    _weight, whoms, hows, details = CATALOGUE[what]
    return Fault(
        what=what,
        whom=rng.choice(whoms),
        how=rng.choice(hows),
        calm=rng.choice(CALMS),
        hold=rng.choice(PAUSES if what is What.PAUSE else HOLDS),
        detail=rng.choice(details),
        overlaps=what not in (What.WITHHOLD, What.WIPE_IN_CRASH) and rng.random() < 0.2,
        dice=rng.randrange(1 << 30),
    )


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
    count = {Whom.ONE: 1, Whom.MAJORITY: len(names) // 2 + 1, Whom.ALL: len(names)}[fault.whom]
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
