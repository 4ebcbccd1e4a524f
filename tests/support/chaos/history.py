"""What the clients asked for and what they were answered, as JSON lines. Pure.

An operation is two lines: `invoke` before its first byte is sent, then `ok`, `fail` or `unknown`. An operation whose
second line is missing (the client died) is unknown. `ok`: the COMMIT was answered. `fail`: it cannot have taken effect.
`unknown`: it may be there or not. Times are of the machine's monotonic clock, which all processes share.
"""

from __future__ import annotations

import enum
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace


class Outcome(enum.StrEnum):
    """What is known of an operation."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


class Workload(enum.StrEnum):
    """What a client does; in brackets its arguments, then what it sees."""

    SET = "set"  # (value)              insert it
    APPEND = (
        "append"  # (key, value, key, value ...)   append to lists, one transaction; sees the lists: key, length, values
    )
    BANK = "bank"  # (number, from, to, amount)   moves money and notes the transfer, one transaction
    BALANCES = "balances"  # ()         reads all accounts by one statement; sees the balances
    COUNTER = "counter"  # ()           adds one


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one client."""

    client: str
    number: int  # of this client
    node: str
    workload: Workload
    args: tuple[int, ...]
    begun: float
    outcome: Outcome = Outcome.UNKNOWN
    ended: float | None = None
    seen: tuple[int, ...] = ()
    error: str = ""

    def __str__(self) -> str:
        """One line for a message."""
        args = ",".join(map(str, self.args))
        ended = f"{self.ended:.3f}" if self.ended is not None else "never"
        tail = f" ({self.error})" if self.error else ""
        when = f"{self.begun:.3f} to {ended}"
        return f"{self.workload}({args}) by {self.client} at {self.node}, {when}: {self.outcome}{tail}"


def invocation(operation: Operation) -> str:
    """The line before the operation."""
    return json.dumps({
        "type": "invoke", "client": operation.client, "number": operation.number, "node": operation.node,
        "workload": operation.workload, "args": operation.args, "time": operation.begun,
    })  # fmt: skip


def completion(operation: Operation) -> str:
    """The line behind it."""
    line: dict[str, object] = {
        "type": operation.outcome, "client": operation.client, "number": operation.number, "time": operation.ended,
    }  # fmt: skip
    if operation.seen:
        line["seen"] = operation.seen
    if operation.error:
        line["error"] = operation.error
    return json.dumps(line)


def parse(lines: Iterable[str]) -> tuple[Operation, ...]:
    """Read a history; a last line that was cut counts as not written."""
    found: dict[tuple[str, int], Operation] = {}
    for line in lines:
        try:
            data = json.loads(line)
        except ValueError:
            continue
        key = (data["client"], data["number"])
        if data["type"] == "invoke":
            workload = Workload(data["workload"])
            found[key] = Operation(*key, data["node"], workload, tuple(data["args"]), data["time"])
        else:
            found[key] = replace(
                found[key],
                outcome=Outcome(data["type"]),
                ended=data["time"],
                seen=tuple(data.get("seen", ())),
                error=data.get("error", ""),
            )
    return tuple(found.values())


def pairs(operation: Operation) -> tuple[tuple[int, int], ...]:
    """The (key, value) pairs of an append."""
    return tuple(zip(operation.args[::2], operation.args[1::2], strict=True))


def lists_seen(operation: Operation) -> dict[int, tuple[int, ...]]:
    """The lists that an append saw, by key."""
    found, rest = {}, operation.seen
    while rest:
        key, length = rest[:2]
        found[key], rest = rest[2 : 2 + length], rest[2 + length :]
    return found


def longest_gap(operations: Iterable[Operation], begun: float, ended: float) -> float:
    """The longest time without an acknowledged write between two moments."""
    writes = (one for one in operations if one.outcome is Outcome.OK and one.workload is not Workload.BALANCES)
    moments = sorted(one.ended for one in writes if one.ended is not None and begun < one.ended < ended)
    edges = [begun, *moments, ended]
    return max(later - earlier for earlier, later in itertools.pairwise(edges))
