"""A takeover that was ordered: POST /v1/takeover on the node that is to be the writer.

It looks at everybody anew, judges (`core.takeover`), and claims. From the claim on every step is one of milliseconds:
this node says at once that it takes writes, and tells the former writer, which says at once that it does not. In
between both take them, which is safe and no client sees; the other way round nobody would.
"""

from __future__ import annotations

import asyncio

from peerfinder.adapters import mysql
from peerfinder.adapters.writer_table import Lost
from peerfinder.core.events import takeover_requested
from peerfinder.core.takeover import Held, Refused, Takeover, TakeoverOrder
from peerfinder.serve.candidate import Attempt
from peerfinder.serve.look import Watch

WAIT_SECONDS = mysql.CLAIM_SECONDS + 2.0
"""For a claim: it waits for a lock, then in the group, until a member that hangs is given up."""


class Undecided(Exception):
    """The claim is still on its way."""


async def take_over(watch: Watch, order: TakeoverOrder) -> Takeover | Refused:
    """Have this node become the writer, or say why not; raises Undecided."""
    snapshot = await watch.look(full=True)
    outcome = watch.candidate.take_over(snapshot, watch.own.writer, order)
    if isinstance(outcome, Held):
        return Takeover(outcome.row.node, outcome.row.epoch, changed=False, reason="it was the writer already")
    if not isinstance(outcome, Attempt):
        assert isinstance(outcome, Refused)  # noqa: S101 - a claim would be an attempt
        return outcome
    watch.effects.announce(takeover_requested(outcome.claim.expected.node, outcome.claim.reason))
    await asyncio.wait((outcome.future,), timeout=WAIT_SECONDS)
    if not outcome.future.done():
        raise Undecided
    watch.renew_role()
    row, won = outcome.future.result(), watch.candidate.won
    if isinstance(row, Lost):
        return Refused(row.trouble or "another node has claimed the role in the same moment")
    assert won is not None  # noqa: S101 - renew_role has taken the result
    heard = await watch.effects.notices.heard()
    return Takeover(
        row.node, row.epoch, won.former, gap=won.gap, informed=won.former in heard, reason=outcome.claim.reason
    )
