"""Who may enter a directory, by its mode bits."""

from __future__ import annotations

import os

import pytest

from galeractl.local.access import may_pass

OWNER, MEMBER, STRANGER = 100, 200, 300


@pytest.mark.parametrize(
    ("mode", "uid", "groups", "may"),
    [
        pytest.param(0o700, OWNER, {1}, True, id="the owner may"),
        pytest.param(0o700, STRANGER, {1}, False, id="a stranger may not enter a home"),
        pytest.param(0o755, STRANGER, {1}, True, id="a stranger may pass where all may"),
        pytest.param(0o750, MEMBER, {50}, True, id="a member of the group may"),
        pytest.param(0o705, MEMBER, {50}, False, id="the group's bits count before those of others"),
        pytest.param(0o055, OWNER, {50}, False, id="the owner's bits count before those of the group"),
        pytest.param(0o744, STRANGER, {1}, False, id="reading is not passing"),
        pytest.param(0o000, 0, {1}, True, id="root may always"),
    ],
)
def test_may_pass(mode: int, uid: int, groups: set[int], *, may: bool) -> None:
    status = os.stat_result((0o040000 | mode, 0, 0, 1, OWNER, 50, 0, 0, 0, 0))
    assert may_pass(status, uid, frozenset(groups)) is may
