"""What a node is told of a backup, and when it cannot take it."""

from __future__ import annotations

import pytest

from backup.core.fetched import Described
from entrypoint.core.restoring import (
    RestoreSource,
    last_sentence,
    read_description,
    read_progress,
    why_not,
)
from peerfinder.core.codec import to_json

GIGABYTE = 1 << 30
BACKUP = Described("2026-11-28.030000.db-1", "10.11.19-MariaDB-log", GIGABYTE, "2026-11-28T03:00:09Z")


@pytest.mark.parametrize(
    ("version", "free", "why"),
    [
        pytest.param("10.11.19-MariaDB", 2 * GIGABYTE, "", id="it fits"),
        pytest.param("10.11.6-MariaDB-deb12u1", 2 * GIGABYTE, "", id="another patch of the series"),
        pytest.param("11.8.9-MariaDB", 2 * GIGABYTE, "and this is 11.8.9", id="another series"),
        pytest.param("10.11.19-MariaDB", GIGABYTE, "the volume has 1.0 GiB free", id="room for it, none to prepare"),
    ],
)
def test_whether_this_node_can_take_it(version: str, free: int, why: str) -> None:
    problem = why_not(BACKUP, version, free)
    assert bool(problem) is bool(why)
    assert why in problem


@pytest.mark.parametrize("raw", [None, [], {"name": "x"}, {**to_json(BACKUP), "raw_bytes": "many"}], ids=str)
def test_what_is_no_description_is_a_sentence(raw: object) -> None:
    assert "cannot be read" in str(read_description(raw))


def test_a_description() -> None:
    assert read_description(to_json(BACKUP)) == BACKUP


@pytest.mark.parametrize(
    ("lines", "progress"),
    [
        (["progress 1 9", "progress 5 9"], (5, 9)),
        (["progress 5 9", "progress 7"], (5, 9)),
        (["progress 5 many"], (0, 0)),
        ([], (0, 0)),
    ],
)
def test_how_far_it_is(lines: list[str], progress: tuple[int, int]) -> None:
    assert read_progress(lines) == progress


def test_the_last_sentence_is_what_went_wrong() -> None:
    assert last_sentence(["progress 1 9", "the store is gone; to do: look", "progress 2 9", ""]) == (
        "the store is gone; to do: look"
    )
    assert "without a word" in last_sentence(["progress 1 9"])


def test_its_words_name_only_what_is_set() -> None:
    assert RestoreSource("file:///b").words == ["--from", "file:///b"]
    everything = RestoreSource("s3://b/p", "n", ("region=x", "path-style=true"), "/k")
    assert everything.words == [
        "--from", "s3://b/p", "--name", "n", "--key-file", "/k",
        "--store-option", "region=x", "--store-option", "path-style=true",
    ]  # fmt: skip
