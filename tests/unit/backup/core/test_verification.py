"""What a store knows of a backup's soundness."""

from __future__ import annotations

import pytest

from backup.core.verification import Level, Result, Verified, parse_verified, to_text, with_result

C, P, S = Level.CHECKSUM, Level.PREPARE, Level.START


def result(level: Level, day: int, *, ok: bool = True) -> Result:
    return Result(level, ok, f"2026-11-{day:02}T00:00:00Z", "galera-kit 0.1.0 on x", 1.5, "" if ok else "it is cut")


def verified(*results: Result) -> Verified:
    found = Verified()
    for one in results:
        found = with_result(found, one)
    return found


CASES = {
    "never": ((), False, None),
    "one": ((result(C, 1),), False, result(C, 1)),
    "the most thorough one counts": ((result(S, 1), result(C, 2)), False, result(S, 1)),
    "the last of a level counts": ((result(C, 1), result(C, 2)), False, result(C, 2)),
    "bad": ((result(C, 1, ok=False),), True, None),
    "bad since": ((result(S, 1), result(C, 2, ok=False)), True, None),
    "good again": ((result(C, 1, ok=False), result(C, 2)), False, result(C, 2)),
    "good again, by a more thorough one": ((result(C, 1, ok=False), result(P, 2)), False, result(P, 2)),
    "a less thorough one does not clear it": ((result(S, 1, ok=False), result(C, 2)), True, None),
}


@pytest.mark.parametrize("case", CASES)
def test_what_counts(case):
    results, is_bad, best = CASES[case]
    found = verified(*results)
    assert (found.is_bad, found.best) == (is_bad, best)
    assert parse_verified(to_text(found)) == found


def test_what_cannot_be_read_says_nothing():
    assert parse_verified("{") == parse_verified(b"\xff") == Verified()
    assert Verified().last is None
    assert verified(result(S, 1), result(C, 3)).last == result(C, 3)
