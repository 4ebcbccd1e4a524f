"""Does the oracle notice anything? Clusters that must fail it: each is a schedule and what is broken for it. Pure.

- *loss*: servers that sync their log once a second instead of at each commit, and a full crash: acknowledged writes are
  gone (innodb_flush_log_at_trx_commit=0; with 2 the page cache of a killed process would keep them).
- *vote*: nodes that wait for nobody and ask nobody, parted and killed: more than one forms a Primary.
- *election*: the node that is furthest behind is elected: what only the others hold is gone.

What is broken is in `shims/sitecustomize.py`, chosen by the variable that is named here. The cluster starts whole; the
programs that come back from its first crash are the broken ones.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from tests.support.chaos.faults import Fault, How, Schedule, What, Whom, gaps
from tests.support.chaos.findings import Kind

VARIABLE = "CHAOS_BROKEN"  # for tests/support/chaos/shims/sitecustomize.py
LAGGING_SECONDS = 2.0  # the first of a staggered crash is behind once the others go on without it


@dataclass(frozen=True, slots=True)
class Proof:
    """What is broken, and what has to be reported."""

    name: str
    broken: str = ""  # value of VARIABLE
    options: tuple[str, ...] = ()  # of mariadbd
    expected: Kind = Kind.LOST

    def schedule(self, seed: int) -> Schedule:
        """What happens to the broken cluster."""
        crash = Fault(What.KILL, Whom.ALL, How.AT_ONCE, calm=2.0, hold=0.0, dice=seed)
        if self.name == "vote":  # the first crash brings the broken programs in
            parted = Fault(What.PARTITION, Whom.ALL, How.REPEATED, calm=2.0, hold=15.0, detail="both ways", dice=seed)
            return Schedule(seed, multi=False, faults=(crash, parted))
        if self.name == "election":
            lagging = Fault(What.KILL, Whom.ALL, How.STAGGERED, calm=2.0, hold=0.0, dice=_lagging(seed))
            return Schedule(seed, multi=False, faults=(lagging,))
        return Schedule(seed, multi=False, faults=(crash,))


PROOFS = {
    proof.name: proof
    for proof in (
        Proof("loss", options=("innodb_flush_log_at_trx_commit=0",)),
        Proof("vote", broken="vote", expected=Kind.TWO_PRIMARIES),
        Proof("election", broken="election"),
    )
}


def _lagging(seed: int) -> int:
    """Dice with which the second victim is hit long after the first, so that the first lags behind."""
    for dice in itertools.count(seed * 1000):
        fault = Fault(What.KILL, Whom.ALL, How.STAGGERED, 0.0, 0.0, dice=dice)
        if gaps(fault, 3)[1] > LAGGING_SECONDS:
            return dice
    raise AssertionError
