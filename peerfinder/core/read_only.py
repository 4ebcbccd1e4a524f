"""May clients write on this server? What `read_only` has to be, where the sidecar keeps it (--enforce-read-only).

Theory. `read_only` refuses the writes of all who lack READ ONLY ADMIN; appliers, root and the monitor user, who claims
the role, go on. It refuses the COMMIT of a transaction that is open, too. So it is never set while clients are being
sent away, and taken back before anybody is told to write here. First match wins:

 1. not asked for -> it is left alone; what a sidecar before this one has set is taken back
 2. the server is in no Primary component, or the role is not known -> as it is: nothing is written there anyhow
 3. the node takes writes, as the writer or in mode multi -> OFF
 4. its clients are being sent away, or it was told to stop -> as it is, until they are gone
 5. a secondary -> ON

It is set when that changes, not again and again: what differs later a person has set, and is not fought over but said.
The next change of the role sets it anew. A sidecar that was started anew finds in its last snapshot what the one before
has set; a server that was started anew has what its configuration says, and nothing is known of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.role import Role
from peerfinder.core.wsrep import ServerFacts, WriteAccess


@dataclass(frozen=True, slots=True)
class Leave:
    """It is as it has to be, or not for the sidecar to change now."""


@dataclass(frozen=True, slots=True)
class Change:
    """Set it; `access` is what that makes of the server."""

    on: bool
    access: WriteAccess
    reason: str


Decision = Leave | Change


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a person has set, and what sets it back."""

    reason: str
    remedy: str


def decide(mine: NodeReport, role: Role, *, is_enforced: bool, drains: bool) -> Decision:
    """Apply the rules; the report says what was set so far, `drains`: clients of this node are being sent away."""
    server = mine.server
    if not is_enforced:
        if server.access in (WriteAccess.CLOSED, WriteAccess.UNSURE):
            return Change(on=False, access=WriteAccess.FREE, reason="read_only is not enforced any more")
        return Leave()
    if not server.is_primary or role is Role.NONE:
        return Leave()
    if role is Role.PRIMARY:
        wanted = Change(on=False, access=WriteAccess.OPEN, reason="it takes writes")
    elif drains or mine.facts.phase is Phase.STOPPING:
        return Leave()
    else:
        wanted = Change(on=True, access=WriteAccess.CLOSED, reason="another node takes the writes")
    return Leave() if server.access is wanted.access else wanted


def is_shut(server: ServerFacts) -> bool:
    """Whether the sidecar keeps writers out, or may still: until that has ended nobody is sent here to write."""
    return server.access is WriteAccess.CLOSED or (server.access is WriteAccess.UNSURE and server.read_only)


def set_by_hand(name: str, server: ServerFacts) -> ByHand | None:
    """Say what a person has set against the sidecar of a node, None where nobody has."""
    is_on = server.access is WriteAccess.OPEN and server.read_only
    is_off = server.access is WriteAccess.CLOSED and server.sql and not server.read_only
    if not is_on and not is_off:
        return None
    seen, wanted = ("ON", "OFF") if is_on else ("OFF", "ON")
    return ByHand(
        f"read_only is {seen} and was {wanted} by its sidecar: somebody has set it by hand",
        f"on {name}, as root: SET GLOBAL read_only={wanted}",
    )
