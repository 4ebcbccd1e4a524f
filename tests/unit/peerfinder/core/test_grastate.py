from __future__ import annotations

import pytest

from peerfinder.core.grastate import format_grastate, parse_grastate
from peerfinder.core.position import ZERO_UUID, Position

UUID = "0000aaaa-0000-11f0-8000-000000000000"
TEXT = format_grastate(Position(UUID, 62), safe_to_bootstrap=True)


def test_a_whole_file_is_read() -> None:
    found = parse_grastate(TEXT)
    assert found is not None
    assert (found.position, found.safe_to_bootstrap, found.is_clean) == (Position(UUID, 62), True, True)


@pytest.mark.parametrize("length", range(len(TEXT)))
def test_a_file_cut_at_any_byte_is_unknown(length: int) -> None:
    assert parse_grastate(TEXT[:length]) is None


@pytest.mark.parametrize("line", [line for line in TEXT.splitlines() if not line.startswith("#")])
def test_a_line_missing_or_doubled_is_unknown(line: str) -> None:
    assert parse_grastate(TEXT.replace(line + "\n", "")) is None
    assert parse_grastate(TEXT + line + "\n") is None


@pytest.mark.parametrize(
    "text", ["garbage\n", "\0" * 100, "\x7fELF\n", TEXT.replace("62", "many"), TEXT.replace(UUID, "x")]
)
def test_garbage_is_unknown(text: str) -> None:
    assert parse_grastate(text) is None


@pytest.mark.parametrize("where", [Position(UUID, -1), Position(ZERO_UUID, 62)])
def test_a_crash_leaves_a_file_that_is_not_clean(where: Position) -> None:
    found = parse_grastate(format_grastate(where, safe_to_bootstrap=False))
    assert found is not None
    assert not found.is_clean


def test_a_shorter_text_is_followed_by_the_spaces_that_galera_writes_over_the_longer_one() -> None:
    short = format_grastate(Position(UUID, 7), safe_to_bootstrap=False)
    found = parse_grastate(short + "  ")
    assert found is not None
    assert (found.position, found.is_clean) == (Position(UUID, 7), True)
    assert parse_grastate(short + "  x") is None
    assert parse_grastate(short[:-1] + "  ") is None
