"""The token: none is refused, a rotated one is taken up, the one before it still counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from peerfinder.serve.token import NoToken, Token


def write(path: Path, text: str) -> Path:
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)
    return path


@pytest.mark.parametrize("text", [None, "", "\n", "träge"], ids=["missing", "empty", "blank", "not ASCII"])
def test_no_token(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "token"
    if text is not None:
        write(path, text)
    with pytest.raises(NoToken):
        Token(path)


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("Bearer one", True),
        ("bearer one", True),
        ("Bearer two", False),
        ("one", False),
        ("", False),
        ("Basic one", False),
    ],
)
def test_header(tmp_path: Path, header: str, accepted: bool) -> None:
    assert Token(write(tmp_path / "token", "one\n")).accepts(header) is accepted


def test_rotation(tmp_path: Path) -> None:
    path = write(tmp_path / "token", "one")
    token = Token(path)
    for text in ("two", "three"):
        write(path, text)
        token.refresh()
    assert token.current == "three"
    assert [token.accepts(f"Bearer {one}") for one in ("one", "two", "three")] == [False, True, True]


def test_a_lost_file_keeps_the_last_good_token(tmp_path: Path) -> None:
    path = write(tmp_path / "token", "one")
    token = Token(path)
    path.unlink()
    with pytest.raises(NoToken):
        token.refresh()
    assert token.accepts("Bearer one")
