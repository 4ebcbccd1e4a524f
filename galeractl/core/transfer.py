"""How did a node get the state it lacked? Read from what its server logged, Galera's own words.

IST: the write sets that it missed, out of the donor's cache (an SST is followed by one too). SST: a copy of everything.
Neither: it had missed nothing, or is the one that the others joined. What the log does not say is not guessed.
"""

from __future__ import annotations

import re

_SST = "WSREP_SST: [INFO] Proceeding with SST"
_IST = re.compile(r"WSREP: Receiving IST\.\.\. 100\.0% \((?P<done>\d+)/\d+ events\) complete")
_NOT_NEEDED = "state transfer needed: no"


def describe_transfer(log: str) -> str:
    """Say in a few words how a node that has just become Synced got its state."""
    if _SST in log:
        return "SST"
    counts = [int(found["done"]) for found in _IST.finditer(log)]
    if counts:
        return f"IST of {sum(counts)} write sets"
    return "no transfer needed" if _NOT_NEEDED in log else "transfer unknown"
