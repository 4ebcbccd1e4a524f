"""What `mariadbd --wsrep-recover` prints, and what is made of it."""

from __future__ import annotations

import pytest

from entrypoint.core.recovery import NotRecovered, Recovered, parse_recovery
from peerfinder.core.position import Position

UUID = "0000aaaa-0000-11f0-8000-000000000000"
LINE = f"2026-01-01 0:00:00 0 [Note] WSREP: Recovered position: {UUID}:"

FOUND = {
    "a plain position": (LINE + "62\n", Position(UUID, 62)),
    "with the server's own suffix": (LINE + "62,0-10-62\n", Position(UUID, 62, "0-10-62")),
    "no newline at the end": (LINE + "62", Position(UUID, 62)),
    "several: the last counts": (LINE + "1\nother\n" + LINE + "62\n", Position(UUID, 62)),
    "an undefined seqno": (LINE + "-1\n", Position(UUID, -1)),
    "capital letters": (LINE.upper().replace("WSREP: RECOVERED POSITION", "WSREP: Recovered position") + "5\n",
                        Position(UUID, 5)),
}  # fmt: skip
NOTHING = {
    "skipped": ("WSREP: skipping position recovery\n", 0, "the server said: skipping position recovery"),
    "nothing at all": ("", 0, "the server printed no position"),
    "a position without a number": (LINE, 0, "the server printed no position"),
    "an exit code beside a position": (LINE + "62\n", 1, "ended with 1"),
    "an error is quoted": ("a\n[ERROR] no space left\nb\n", 7, "ended with 7: no space left"),
    "killed without a word": ("", -9, "ended with -9: no output"),
}


@pytest.mark.parametrize(("output", "position"), FOUND.values(), ids=FOUND)
def test_recovers(output: str, position: Position) -> None:
    assert parse_recovery(output, 0) == Recovered(position)


@pytest.mark.parametrize(("output", "code", "reason"), NOTHING.values(), ids=NOTHING)
def test_recovers_nothing_from(output: str, code: int, reason: str) -> None:
    outcome = parse_recovery(output, code)
    assert isinstance(outcome, NotRecovered)
    assert reason in outcome.reason
