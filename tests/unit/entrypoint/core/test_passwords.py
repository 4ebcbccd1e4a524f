"""The environment contract of the official image."""

from __future__ import annotations

import pytest

from entrypoint.core.passwords import BadEnvironment, read_accounts, setting


def files(**contents: str):
    def read(path: str) -> str:
        if path not in contents:
            raise FileNotFoundError(2, "No such file or directory", path)
        return contents[path]

    return read


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        pytest.param({"MARIADB_PASSWORD": "a"}, "a", id="the plain variable"),
        pytest.param({"MYSQL_PASSWORD": "b"}, "b", id="its older name"),
        pytest.param({"MARIADB_PASSWORD": "a", "MYSQL_PASSWORD": "b"}, "a", id="the newer name wins"),
        pytest.param({"MARIADB_PASSWORD_FILE": "f"}, "from file", id="a file, without its last line break"),
        pytest.param({"MYSQL_PASSWORD_FILE": "f"}, "from file", id="a file under the older name"),
        pytest.param({"MARIADB_PASSWORD": ""}, "", id="set to nothing is not unset"),
        pytest.param({}, None, id="not set at all"),
    ],
)
def test_where_a_value_comes_from(environment, expected):
    assert setting(environment, "PASSWORD", files(f="from file\n")) == expected


def test_a_variable_and_its_file_contradict_each_other():
    with pytest.raises(BadEnvironment, match="MARIADB_PASSWORD and MARIADB_PASSWORD_FILE are both set") as caught:
        setting({"MARIADB_PASSWORD": "a", "MARIADB_PASSWORD_FILE": "f"}, "PASSWORD", files(f="x"))
    assert caught.value.is_contradiction


def test_a_file_that_cannot_be_read_is_named():
    with pytest.raises(BadEnvironment, match=r"MARIADB_PASSWORD_FILE: cannot read /none: No such file"):
        setting({"MARIADB_PASSWORD_FILE": "/none"}, "PASSWORD", files())


COMPLETE = {"MARIADB_ROOT_PASSWORD": "r", "MARIADB_MONITOR_PASSWORD": "m"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param({"MARIADB_ROOT_PASSWORD": ""}, "no root password", id="an empty root password is none"),
        pytest.param({"MARIADB_MONITOR_PASSWORD": ""}, "no monitor password", id="the monitor needs one"),
        pytest.param({"MARIADB_USER": "app"}, "user 'app' without a password", id="so does the application"),
        pytest.param(
            {"MARIADB_USER": "root", "MARIADB_PASSWORD": "x"}, "must not be 'root'", id="root is no application"
        ),
        pytest.param(
            {"MARIADB_USER": "monitor", "MARIADB_PASSWORD": "x"}, "must not be 'monitor'", id="nor the monitor"
        ),
    ],
)
def test_what_is_refused(changes, sentence):
    with pytest.raises(BadEnvironment, match=sentence):
        read_accounts(COMPLETE | changes, "monitor", files())


def test_no_root_password_only_when_explicitly_allowed():
    environment = {"MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": "1", "MARIADB_MONITOR_PASSWORD": "m"}
    assert read_accounts(environment, "monitor", files()).root_password == ""


def test_all_parts_of_the_contract_together():
    environment = COMPLETE | {
        "MYSQL_DATABASE": "shop",
        "MARIADB_USER": "app",
        "MYSQL_PASSWORD_FILE": "f",
        "MARIADB_ROOT_HOST": "%",
    }
    accounts = read_accounts(environment, "monitor", files(f="secret"))
    assert (accounts.database, accounts.user, accounts.password, accounts.root_host) == ("shop", "app", "secret", "%")
