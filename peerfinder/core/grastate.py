"""`grastate.dat`: what Galera saved of a node's position.

Traps that the parser of Galera itself falls into (`galera/src/saved_state.cpp`) and this one must not:
a missing, empty or truncated file counts there as "safe to bootstrap", and a last line without a
newline is ignored. Here such a file is *unknown*: no position, and the flag is only shown, never used.
A text that is shorter than the one before it is written over it with spaces up to the old length (`write_file` there):
what follows the last newline may be spaces, and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from peerfinder.core.position import UNDEFINED_SEQNO, UUID_PATTERN, ZERO_UUID, Position

_VERSION = re.compile(r"^version:\s+(\d+\.\d+)\s*$", re.MULTILINE)
_UUID = re.compile(rf"^uuid:\s+({UUID_PATTERN})\s*$", re.MULTILINE)
_SEQNO = re.compile(r"^seqno:\s+(-?\d+)\s*$", re.MULTILINE)
_SAFE = re.compile(r"^safe_to_bootstrap:\s+([01])\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Grastate:
    """A whole, well-formed grastate.dat."""

    position: Position
    safe_to_bootstrap: bool

    @property
    def is_clean(self) -> bool:
        """Whether the server left in order, so that the position is exact without a recovery."""
        return self.position.uuid != ZERO_UUID and self.position.seqno > UNDEFINED_SEQNO


def parse_grastate(text: str) -> Grastate | None:
    """Read the file's text; None when anything is missing, doubled or cut (the position is then unknown)."""
    found = [pattern.findall(text) for pattern in (_VERSION, _UUID, _SEQNO, _SAFE)]
    if any(len(values) != 1 for values in found) or not text.rstrip(" ").endswith("\n"):
        return None
    (_version,), (uuid,), (seqno,), (safe,) = found
    return Grastate(Position(uuid.lower(), int(seqno)), safe == "1")


def format_grastate(position: Position, *, safe_to_bootstrap: bool) -> str:
    """Write the text of a grastate.dat at an exact position; the last newline matters (see the module)."""
    flag = 1 if safe_to_bootstrap else 0
    return (
        "# GALERA saved state\nversion: 2.1\n"
        f"uuid:    {position.uuid}\nseqno:   {position.seqno}\nsafe_to_bootstrap: {flag}\n"
    )
