"""docs/peerfinder-dropin.md names what the program has."""

import re
from pathlib import Path

import pytest

from peerfinder.dropin.flags import FLAGS
from peerfinder.dropin.script import GRACE_SECONDS

PAGE = (Path(__file__).parents[4] / "docs/peerfinder-dropin.md").read_text()


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
def test_every_flag_is_on_the_page(flag):
    assert f"`-{flag.name}`" in PAGE


def test_no_flag_on_the_page_is_missing_in_the_program():
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `-")]
    named = {name for row in rows for name in re.findall(r"`-([a-z-]+)`", row)}
    assert named == {flag.name for flag in FLAGS} | {"h", "help"}


def test_the_exit_codes_and_the_grace_time_are_on_the_page():
    assert re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE) == ["0", "1", "2", "3", "130", "143"]
    assert f"{GRACE_SECONDS:g} s is killed" in PAGE
