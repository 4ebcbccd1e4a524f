"""The variable `read_only` of the own server, set without holding up the group.

`SET GLOBAL read_only=ON` takes the lock of FLUSH TABLES WITH READ LOCK for a moment, and in a session of Galera that
pauses the provider: the node is Donor/Desynced for some milliseconds, and under load all writes of the cluster waited
for up to 0.27 s (measured on 10.11, 980 writes a second). In a session with wsrep_on=OFF the provider is left alone:
1000 times ON and OFF, 0.2 ms each, no write took longer than 16 ms, and the state stayed Synced.

ON waits for statements that are running, and the appliers wait behind it; so it gives up after LOCK_SECONDS and is
tried again later. OFF waits for nobody.
"""

from __future__ import annotations

from typing import Protocol

LOCK_SECONDS = 1  # the smallest that the server knows


class Asks(Protocol):
    """A connection to the own server; raises ServerError."""

    def change(self, statement: str, values: tuple[object, ...] = ()) -> int:
        """Execute a statement."""


def switch(server: Asks, *, on: bool) -> None:
    """Set it; raises ServerError. The session is to be closed afterwards: what it wrote would not be replicated."""
    server.change(f"SET SESSION wsrep_on=OFF, SESSION lock_wait_timeout={LOCK_SECONDS}")
    server.change(f"SET GLOBAL read_only={'ON' if on else 'OFF'}")
