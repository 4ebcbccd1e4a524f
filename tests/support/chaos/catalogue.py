"""Which faults come up, against whom, how often; and the schedule that a seed gives. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.support.chaos.faults import ISOLATED, Fault, How, Schedule, What, Whom

PARTITIONS = ("both ways", "one way", "galera only", "agents only")
DNS_MODES = ("empty", "nxdomain", "servfail", "slow", "truncated", "one-of-three", "duplicates", "silent")
TRANSFERS = tuple(f"{who} at {when}" for who in ("joiner", "donor") for when in ("10 %", "50 %", "90 %"))
SINGLE = (Whom.ONE, Whom.WRITER, Whom.READER, Whom.FIRST)
MANY = (Whom.MAJORITY, Whom.ALL)
ONCE = (How.AT_ONCE,)


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of fault: its weight among the others, and what may be chosen for it."""

    weight: int
    whom: tuple[Whom, ...]
    how: tuple[How, ...] = ONCE
    details: tuple[str, ...] = ("",)


CATALOGUE: dict[What, Entry] = {
    What.KILL: Entry(26, (Whom.ONE, Whom.WRITER, *MANY, Whom.ALL, Whom.ALL), tuple(How)),
    What.KILL_SERVER: Entry(10, (Whom.ONE, Whom.WRITER, *MANY), tuple(How)),
    What.KILL_AGENT: Entry(5, (Whom.ONE, Whom.WRITER, Whom.ALL)),
    What.PAUSE: Entry(10, (Whom.ONE, Whom.WRITER, *MANY), tuple(How)),
    What.STOP: Entry(9, (Whom.ONE, Whom.WRITER, Whom.ALL), (How.AT_ONCE, How.STAGGERED)),
    What.WIPE: Entry(2, (Whom.WRITER, Whom.READER, Whom.FIRST)),
    What.WIPE_IN_CRASH: Entry(3, (Whom.WRITER, Whom.READER, Whom.FIRST)),
    What.SPOIL: Entry(
        8, (Whom.ONE, Whom.ALL), ONCE, ("empty", "cut", "no newline", "garbage", "missing", "safe to bootstrap")
    ),
    What.WITHHOLD: Entry(4, SINGLE, ONCE, ("comes back", "by the remedy")),
    What.DNS: Entry(5, (Whom.ONE, Whom.ALL), ONCE, DNS_MODES),
    What.BREAK_TRANSFER: Entry(3, (Whom.READER,), ONCE, TRANSFERS),
    What.PARTITION: Entry(
        16, (Whom.ONE, Whom.WRITER, Whom.HALF, *MANY), (How.AT_ONCE, How.AT_ONCE, How.REPEATED), (*PARTITIONS, "ring")
    ),
    What.FLAP: Entry(3, (Whom.ONE, Whom.WRITER)),
    What.FILL: Entry(2, (Whom.ONE, Whom.WRITER)),
    What.CLOCK: Entry(3, (Whom.ONE, Whom.ALL), ONCE, ("+1h", "-1h", "+10y", "there and back")),
    What.STARVE: Entry(4, (Whom.ALL,)),
}
HOLDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
LONG_HOLDS = {
    What.PAUSE: (1.0, 3.0, 8.0, 15.0),
    What.PARTITION: (1.0, 3.0, 5.0, 8.0, 12.0),
    What.STARVE: (4.0, 8.0),
    What.FILL: (4.0, 8.0),
}
CALMS = (0.5, 1.0, 2.0, 3.0)
NEVER_OVERLAP = (What.WITHHOLD, What.WIPE_IN_CRASH, What.BREAK_TRANSFER, What.WIPE)  # begin and end whole


def schedule(seed: int, only: tuple[What, ...] = (), *, isolated: bool = True, count: int | None = None) -> Schedule:
    """The schedule of a seed: `only` of these kinds, `count` faults instead of one to four."""
    rng = random.Random(seed)
    allowed = [what for what in What if (not only or what in only) and (isolated or what not in ISOLATED)]
    weights = [CATALOGUE[what].weight for what in allowed]
    multi = rng.random() < 0.3
    nodes = 4 if rng.random() < 0.1 else 3
    number = rng.choice((1, 2, 2, 3, 3, 4))
    chosen = rng.choices(allowed, weights, k=count or number)
    return Schedule(seed, multi, tuple(_fault(what, rng) for what in chosen), nodes)


def _fault(what: What, rng: random.Random) -> Fault:
    entry = CATALOGUE[what]
    return Fault(
        what=what,
        whom=rng.choice(entry.whom),
        how=rng.choice(entry.how),
        calm=rng.choice(CALMS),
        hold=rng.choice(LONG_HOLDS.get(what, HOLDS)),
        detail=rng.choice(entry.details),
        overlaps=what not in NEVER_OVERLAP and rng.random() < 0.2,
        dice=rng.randrange(1 << 30),
    )
