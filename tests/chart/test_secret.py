"""Passwords: random unless given, never empty, never changed behind the accounts' back."""

from __future__ import annotations

import re

import pytest

from tests.support.chart import EXAMPLES, chart_that_finds, example, refusal, render

THERE = {
    "root-password": "old root",
    "monitor-password": "old monitor",
    "agent-token": "old token",
    "viewer-token": "old viewer",
}
ODD = [
    'it\'s "quoted"',
    "$HOME `id` $(id) \\ \\n %s",
    "two\nlines\ttab",
    "{{ .Values.auth }} {{",
    "ümläut ключ 🔑",
    "# no comment: - [x] {y} & *z !t | > @",
    " spaces at both ends ",
    "0123",
    "true",
    "~",
]


@pytest.fixture
def found(tmp_path):
    return chart_that_finds(THERE, tmp_path)


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_password_is_ever_empty(name):
    rendered = render(example(name))
    if rendered.of("Secret"):
        assert {"root-password", "monitor-password", "agent-token", "viewer-token"} <= rendered.secret.keys()
        assert [key for key, value in rendered.secret.items() if not value] == []


def test_unset_passwords_are_random():
    first, second = render(release="one").secret, render(release="two").secret
    values = [*first.values(), *second.values()]
    assert len(set(values)) == len(values) == 8
    assert all(re.fullmatch(r"[A-Za-z0-9]{32}", value) for value in values)


@pytest.mark.parametrize("password", ODD)
def test_any_character_arrives(password):
    auth = {"rootPassword": password, "username": "clerk", "password": password[::-1]}
    secret = render({"auth": auth}).secret
    assert (secret["root-password"], secret["password"]) == (password, password[::-1])


def test_a_password_of_a_user_is_there_exactly_where_a_user_is():
    assert "password" not in render().secret
    assert re.fullmatch(r"[A-Za-z0-9]{32}", render({"auth": {"username": "clerk"}}).secret["password"])


def test_an_own_secret_takes_the_place_of_the_charts():
    rendered = render(example("existing-secret"))
    assert rendered.of("Secret") == []
    (secrets,) = [one["secret"] for one in rendered.pod["spec"]["volumes"] if one["name"] == "secrets"]
    assert secrets["secretName"] == "my.own-secret"
    assert {one["path"]: one["key"] for one in secrets["items"]} == {
        "root-password": "root.pw",
        "monitor-password": "MONITOR_PASSWORD",
        "agent-token": "token",
        "viewer-token": "viewer",
        "password": "clerk",
    }


def test_an_own_secret_without_a_viewers_token_is_mounted_without_one():
    pod = render({"auth": {"existingSecret": "mine"}}).pod
    (secrets,) = [one["secret"] for one in pod["spec"]["volumes"] if one["name"] == "secrets"]
    assert "viewer-token" not in [one["path"] for one in secrets["items"]]


# --- when the Secret is in the cluster already: an upgrade, or a new install over volumes that were kept


def test_what_is_there_stays(found):
    assert render(chart=found).secret == THERE
    assert render({"auth": {"rootPassword": "old root"}}, chart=found).secret == THERE


def test_a_password_of_a_user_stays_even_when_its_name_is_taken_out_of_the_values(tmp_path):
    there = THERE | {"password": "old user"}
    assert render(chart=chart_that_finds(there, tmp_path)).secret == there


def test_what_is_there_and_empty_is_made_anew(tmp_path):
    assert render(chart=chart_that_finds(THERE | {"agent-token": ""}, tmp_path)).secret["agent-token"]


def test_another_root_password_is_refused_with_the_way_to_change_it(found):
    said = refusal({"auth": {"rootPassword": "new root"}}, chart=found)
    assert 'auth.rootPassword: the Secret "my-galera" holds another password' in said
    assert "ALTER USER" in said
    assert "old root" not in said
    assert "new root" not in said


def test_another_password_of_the_user_is_refused(tmp_path):
    there = chart_that_finds(THERE | {"password": "old user"}, tmp_path)
    assert "auth.password: " in refusal({"auth": {"username": "clerk", "password": "new"}}, chart=there)


def test_an_account_for_a_cluster_that_was_made_without_one_is_refused(found):
    said = refusal({"auth": {"username": "clerk"}}, chart=found)
    assert "auth.username: accounts are made with a new cluster" in said


def test_an_own_secret_that_is_there_must_have_its_keys(tmp_path):
    there = chart_that_finds({"root-password": "x", "monitor-password": ""}, tmp_path)
    said = refusal({"auth": {"existingSecret": "mine"}}, chart=there)
    assert 'auth.existingSecretKeys.agentToken: the Secret "mine" has nothing under "agent-token"' in said
    assert "auth.existingSecretKeys.monitorPassword" in said
    assert "auth.existingSecretKeys.password" not in said  # no user was asked for
    assert "auth.existingSecretKeys.password" in refusal(
        {"auth": {"existingSecret": "mine", "username": "clerk"}}, chart=there
    )
