"""The liveness probe of the database container."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from entrypoint.adapters.machine import boot_id, boot_seconds
from entrypoint.run.alive import check


def published(run_directory: Path, *, age: float = 0.0, boot: str = "") -> None:
    facts = {"written_at": boot_seconds() - age, "boot_id": boot or boot_id(), "phase": "waiting"}
    (run_directory / "node.json").write_text(json.dumps(facts))


def test_a_beating_heart_is_life(tmp_path: Path):
    published(tmp_path, age=30)
    assert check(tmp_path) == (True, "the entrypoint is waiting")


def test_a_stopped_one_is_not(tmp_path: Path):
    published(tmp_path, age=100)
    assert check(tmp_path) == (False, "the entrypoint's heart stopped 100 s ago")


def test_before_the_first_report_nothing_is_wrong(tmp_path: Path):
    assert check(tmp_path)[0]


def test_a_report_of_another_boot_says_nothing(tmp_path: Path):
    published(tmp_path, age=1000, boot="another")
    assert check(tmp_path)[0]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"written_at": null}', "\x00"])
def test_a_malformed_report_is_no_life(tmp_path: Path, text: str):
    (tmp_path / "node.json").write_text(text)
    assert not check(tmp_path)[0]
