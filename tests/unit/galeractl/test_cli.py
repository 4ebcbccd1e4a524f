"""What a person types: help, usage errors and their exit codes, JSON errors."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.cli import COMMANDS, cli
from galeractl.core.settings import ClusterSettings
from galeractl.local import creation


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))


def galeractl(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def a_stopped_cluster(directory: Path) -> Place:
    place = Place(directory)
    directory.mkdir(exist_ok=True)
    local_dir.write_settings(place, ClusterSettings("local-1", 250, 2))
    local_dir.make_secrets(place)
    local_dir.write(place.memory, "{}", 0o600)
    for name in ("db-0", "db-1"):
        creation.prepare_node(place, ClusterSettings("local-1", 250, 2), name)
    return place


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_list_is_the_commands_own_first_line(name: str) -> None:
    module, line = COMMANDS[name]
    command: click.Command = importlib.import_module(module).command
    assert command.name == name
    if name != "local":  # its own help begins otherwise
        assert (command.help or "").splitlines()[0] == line


def test_version() -> None:
    assert galeractl("--version").stdout.startswith("galeractl ")


@pytest.mark.parametrize("command", ["status", "topology", "recover"])
def test_in_a_pod_without_its_sidecar_that_is_said(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"POD_NAME": "db-0", "POD_NAMESPACE": "shop", "PEERFINDER_RUN_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    told = galeractl(command)
    assert told.exit_code == 1
    assert "the sidecar of this pod is down" in told.stderr
    assert "to do: kubectl logs -n shop db-0 -c peerfinder" in told.stderr


def test_help_imports_no_command() -> None:
    code = (
        "import sys, galeractl.cli\n"
        "try: galeractl.cli.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name in ('rich', 'pymysql', 'galeractl.operator.status')])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "Exit codes" in shown
    assert shown.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", ["status", "topology", "recover"])
@pytest.mark.parametrize("arguments", [[], ["--local", "there"]])
def test_without_a_cluster_the_way_to_start_one_is_told(command: str, arguments: list[str]) -> None:
    told = galeractl(*arguments, command)
    assert told.exit_code == 2
    assert "local start" in told.stderr


def test_an_error_is_json_where_json_was_asked_for() -> None:
    told = galeractl("status", "--json")
    assert told.exit_code == 2
    assert json.loads(told.stdout)["exit_code"] == 2


USAGE = {
    "recover: bootstrap without where it was seen": ["recover", "--bootstrap", "db-0"],
    "recover: where it was seen without a node": ["recover", "--expect-seqno", "3"],
    "recover: discard together with without": ["recover", "--discard", "db-0", "--without", "db-1", "--yes"],
    "recover: nobody can be asked": ["recover", "--without", "db-1"],
    "recover: in and out": ["recover", "--without", "db-1", "--bootstrap", "db-1", "--expect-seqno", "3", "--yes"],
    "local kill: which node?": ["local", "kill"],
    "local kill: no such node": ["local", "kill", "db-9"],
    "local kill: no such signal": ["local", "kill", "db-0", "--signal", "BANG"],
    "local stop: no such node": ["local", "stop", "db-9"],
    "local start: fewer nodes": ["local", "start", "--nodes", "1"],
    "local start: no such option": ["local", "start", "--mariadb-option", "=1"],
    "local start: nobody of that name": ["local", "start", "--user", "no-such-user"],
    "local logs: no such node": ["local", "logs", "db-9"],
    "local dsn: no such node": ["local", "dsn", "db-9"],
    "schema check: which table without --data": ["schema", "check", "--table", "a.b"],
    "schema check: a password without a name": ["schema", "check", "--password-file", "/dev/null"],
    "schema apply: no such file": ["schema", "apply", "none.sql"],
    "schema apply: a file without a statement": ["schema", "apply", "/dev/null"],
    "an unknown command": ["takeoff"],
    "an unknown option": ["status", "--jason"],
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE.keys())
def test_usage_errors_end_with_2_and_change_nothing(arguments: list[str], tmp_path: Path) -> None:
    a_stopped_cluster(tmp_path / ".galera")
    told = galeractl(*arguments)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr
    assert "Traceback" not in told.output


def test_a_stopped_cluster_is_offline(tmp_path: Path) -> None:
    a_stopped_cluster(tmp_path / ".galera")
    told = galeractl("--json", "status")
    assert told.exit_code == 1
    found = json.loads(told.stdout)
    assert found["state"] == "OFFLINE"
    assert [node["role"] for node in found["nodes"]] == ["stopped", "stopped"]


def test_a_variable_does_not_turn_a_local_command_into_one_for_kubernetes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_stopped_cluster(tmp_path / ".galera")
    monkeypatch.setenv("GALERACTL_RELEASE", "my")
    assert "local-1" in galeractl("status").stdout
    named = galeractl("--release", "my", "status")
    assert named.exit_code == 2
    assert "there is no kubeconfig" in named.stderr


def test_a_stopped_cluster_can_be_drawn_and_listed(tmp_path: Path) -> None:
    a_stopped_cluster(tmp_path / "there")
    drawn = galeractl("--local", "there", "topology")
    assert (drawn.exit_code, drawn.stdout.splitlines()[0]) == (0, "local-1  OFFLINE")
    listed = galeractl("local", "status", "--dir", "there", "--json")
    assert listed.exit_code == 0
    assert [node["programs"] for node in json.loads(listed.stdout)["nodes"]] == ["stopped", "stopped"]


def test_a_table_for_people(tmp_path: Path) -> None:
    a_stopped_cluster(tmp_path / ".galera")
    told = galeractl("status")
    assert "OFFLINE" in told.stdout
    assert "to do: galeractl local start" in told.stdout
    assert "\x1b" not in told.stdout


def test_commands_in_messages_fit_the_cluster_that_was_named(tmp_path: Path) -> None:
    a_stopped_cluster(tmp_path / "a place")
    assert "to do: galeractl --local 'a place' local start" in galeractl("--local", "a place", "status").stdout
    assert "galeractl --local nowhere local start" in galeractl("--local", "nowhere", "status").stderr


def test_recovering_a_stopped_cluster_is_explained_and_refused(tmp_path: Path) -> None:
    a_stopped_cluster(tmp_path / ".galera")
    assert galeractl("recover").exit_code == 0
    refused = galeractl("recover", "--without", "db-1", "--yes")
    assert refused.exit_code == 4
    assert "to do:" in refused.stderr


def test_the_account_of_a_named_node(tmp_path: Path) -> None:
    place = a_stopped_cluster(tmp_path / ".galera")
    told = json.loads(galeractl("local", "dsn", "db-1", "--json").stdout)
    assert told == {
        "host": "127.77.250.11",
        "port": 3306,
        "user": "app",
        "password": local_dir.read_secret(place, "app"),
    }
    assert galeractl("local", "dsn").exit_code == 1  # nobody is ready


def test_the_options_of_a_sub_command_win(tmp_path: Path) -> None:
    a_stopped_cluster(tmp_path / "one")
    told = galeractl("--local", "two", "local", "--dir", "three", "status", "--dir", "one")
    assert told.exit_code == 0


def test_wiping_a_stopped_node_removes_its_volume(tmp_path: Path) -> None:
    place = a_stopped_cluster(tmp_path / ".galera")
    assert galeractl("local", "wipe", "db-1").exit_code == 0
    assert not place.node("db-1").volume.exists()
    assert place.node("db-0").volume.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("mode",), ("mode", "single"), ("mode", "multi"), ("mode", "default"), ("preference",), ("preference", "db-1"),
        ("preference", "db-1", "prefer"), ("preference", "db-1", "neutral"), ("preference", "db-1", "must-not"),
        ("preference", "db-1", "default"), ("maintenance", "on", "db-1"), ("maintenance", "off", "db-1"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_word_of_an_order_is_understood_before_a_cluster_is_looked_for(words: tuple[str, ...]) -> None:
    said = galeractl(*words)
    assert said.exit_code == 2
    assert "there is none in ./.galera" in said.output


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("mode", "dual"), "'dual' is not one of 'single', 'multi', 'default'"),
        (("preference", "db-1", "no"), "'no' is not one of 'prefer', 'neutral', 'must-not', 'default'"),
        (("maintenance", "db-1"), "'db-1' is not one of 'on', 'off'"),
        (("maintenance", "on"), "Missing argument 'NODE'"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_a_word_that_is_none_of_them_is_named(words: tuple[str, ...], named: str) -> None:
    said = galeractl(*words)
    assert said.exit_code == 2
    assert named in said.output
