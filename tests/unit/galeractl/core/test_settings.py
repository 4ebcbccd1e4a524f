"""The settings of a local cluster, and its options for mariadbd."""

from __future__ import annotations

import pytest

from galeractl.core.settings import ClusterSettings, option_problem, render_options
from peerfinder.core.codec import from_json, to_json


def test_settings_survive_json() -> None:
    settings = ClusterSettings("local-1", 9, 3, "mysql", ("max_connections=200",))
    assert from_json(ClusterSettings, to_json(settings)) == settings


def test_nodes_are_named_by_ordinal() -> None:
    assert ClusterSettings("local-1", 9, 3).names == ("db-0", "db-1", "db-2")


@pytest.mark.parametrize(
    ("option", "line"),
    [
        pytest.param("max_connections=200", "max_connections=200", id="a number stands as it is"),
        pytest.param("skip-name-resolve", "skip-name-resolve", id="an option without value"),
        pytest.param("wsrep_sst_auth=a=1;b=2", "wsrep_sst_auth=a=1;b=2", id="a value with equals signs"),
        pytest.param("init_connect=SET @a='x # y'", "init_connect=\"SET @a='x # y'\"", id="a hash begins a comment"),
        pytest.param('sql_mode=a"b\\c', 'sql_mode="a\\"b\\\\c"', id="quotes and backslashes are escaped"),
    ],
)
def test_options_become_lines_of_a_configuration_file(option: str, line: str) -> None:
    assert option_problem(option) == ""
    assert render_options((option,)) == f"[mariadbd]\n{line}\n"


@pytest.mark.parametrize("option", ["=1", "", "a b=1", "-x=1", "a=1\nb=2", "[mysqld]"])
def test_what_is_no_option_is_refused(option: str) -> None:
    assert option_problem(option)
