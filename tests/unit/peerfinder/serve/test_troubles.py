"""A trouble is said once, however often it is seen, and once more when it is over."""

from __future__ import annotations

import logging

import pytest

from peerfinder.serve.troubles import Troubles


def test_each_thing_is_said_when_it_changes_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "peerfinder")
    troubles = Troubles()
    for sentence in ("", "no API", "no API", "no rights", "no rights", "", ""):
        troubles.say("labels", sentence)
        troubles.say("events", "no API" if sentence else "", logging.ERROR)
    said = [(one.levelname, one.getMessage(), getattr(one, "facts", {}).get("what", "")) for one in caplog.records]
    assert said == [
        ("WARNING", "no API", ""), ("ERROR", "no API", ""), ("WARNING", "no rights", ""),
        ("INFO", "trouble is over", "labels"), ("INFO", "trouble is over", "events"),
    ]  # fmt: skip
