"""Who may look at the page: tokens, cookies, and what ends them."""

from __future__ import annotations

import pytest

from peerfinder.serve.token import Token
from peerfinder.serve.viewer import COOKIE_SECONDS, Access, Door

NOW = 1_800_000_000.0


@pytest.fixture
def files(tmp_path):
    (tmp_path / "agents").write_text("agents-token")
    (tmp_path / "viewers").write_text("viewers-token\n")
    return tmp_path


def door(files, access: Access = Access.TOKEN, name: str = "db-0") -> Door:
    return Door(access, Token(files / "agents"), files / "viewers", name)


@pytest.mark.parametrize(
    ("header", "opens"),
    [
        ("Bearer agents-token", True),
        ("bearer viewers-token", True),
        ("Bearer viewers-token2", False),
        ("Bearer ", False),
        ("Basic agents-token", False),
        ("", False),
    ],
)
def test_a_token_opens(files, header, opens):
    assert door(files).admits(header, "", NOW) is opens


def test_open_and_off_ask_nobody(files):
    assert door(files, Access.OPEN).admits("", "", NOW)
    assert not door(files, Access.OFF).admits("Bearer agents-token", "", NOW)


def test_a_cookie_opens_until_its_end_and_holds_no_token(files):
    one = door(files)
    cookie = one.cookie("viewers-token", NOW)
    assert "token" not in cookie
    assert one.admits("", cookie, NOW + COOKIE_SECONDS - 1)
    assert not one.admits("", cookie, NOW + COOKIE_SECONDS)


def test_every_node_of_the_cluster_takes_it_and_no_other_cluster(files):
    cookie = door(files).cookie("viewers-token", NOW)
    assert door(files, name="db-2").admits("", cookie, NOW)
    assert not door(files, name="web-0").admits("", cookie, NOW)
    assert door(files, name="db-2").cookie_name == "galerakit-db"


CHANGES = {
    "a later end": lambda cookie: str(int(cookie[:10]) + 1) + cookie[10:],
    "a shorter seal": lambda cookie: cookie[:-1],
    "another seal": lambda cookie: cookie[:-1] + ("1" if cookie[-1] == "0" else "0"),
    "no seal": lambda cookie: cookie.replace(".", ""),
    "nothing": lambda _cookie: "",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_cookie_opens_nothing(files, change):
    one = door(files)
    assert not one.admits("", change(one.cookie("viewers-token", NOW)), NOW)


def test_a_cookie_of_a_time_to_come_is_none(files):
    one = door(files)
    assert not one.admits("", one.cookie("viewers-token", NOW + 10), NOW)


def test_a_cookie_ends_with_its_token(files):
    one = door(files)
    cookie = one.cookie("viewers-token", NOW)
    assert one.admits("", cookie, NOW)
    for number in range(2):  # the token before the present one still counts
        (files / "viewers").write_text(f"another-{number}" * (number + 1))
        assert not one.token_of("nobody's")
    assert not one.admits("", cookie, NOW)
    assert one.admits("", one.cookie("agents-token", NOW), NOW)


def test_a_cookie_is_renewed_when_half_of_its_time_is_over(files):
    one = door(files)
    cookie = one.cookie("viewers-token", NOW)
    assert one.renewed(cookie, NOW + COOKIE_SECONDS / 2 - 1) == ""
    later = NOW + COOKIE_SECONDS / 2 + 1
    assert one.admits("", one.renewed(cookie, later), NOW + COOKIE_SECONDS + 60)
    assert one.renewed("x", later) == ""


def test_without_a_viewers_token_the_agents_opens(files):
    (files / "viewers").unlink()
    one = door(files)
    assert one.admits("Bearer agents-token", "", NOW)
    assert not one.admits("Bearer viewers-token", "", NOW)
    (files / "viewers").write_text("viewers-token")
    assert one.admits("Bearer viewers-token", "", NOW)
