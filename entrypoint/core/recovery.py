"""Reading what `mariadbd --wsrep-recover` prints."""

from __future__ import annotations

import re
from dataclasses import dataclass

from peerfinder.core.position import UUID_PATTERN, Position, parse_position

_RECOVERED = re.compile(rf"WSREP: Recovered position:\s*({UUID_PATTERN}:-?\d+(?:,[\d,-]+)?)")
_SKIPPED = "skipping position recovery"
_ERROR = re.compile(r"\[ERROR\]\s*(.*)")


@dataclass(frozen=True, slots=True)
class Recovered:
    """The position that the storage engine holds."""

    position: Position


@dataclass(frozen=True, slots=True)
class NotRecovered:
    """No position could be had; `reason` quotes the server."""

    reason: str


def parse_recovery(output: str, exit_code: int) -> Recovered | NotRecovered:
    """Read the server's error log of a recovery run: the last position printed counts, and only after exit 0.

    "skipping position recovery" (wsrep off, or a datadir never initialised) exits 0 too and is an error.
    """
    if exit_code != 0:
        return NotRecovered(f"mariadbd --wsrep-recover ended with {exit_code}: {_last_error(output)}")
    found = _RECOVERED.findall(output)
    if not found:
        skipped = f"the server said: {_SKIPPED}" if _SKIPPED in output else "the server printed no position"
        return NotRecovered(f"mariadbd --wsrep-recover gave no position: {skipped}")
    return Recovered(parse_position(found[-1]))


def _last_error(output: str) -> str:
    errors = _ERROR.findall(output)
    lines = [line for line in output.splitlines() if line.strip()]
    return (errors[0] if errors else lines[-1] if lines else "no output").strip()
