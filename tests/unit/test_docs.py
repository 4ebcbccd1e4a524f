"""The documentation names what the programs have: commands, options, variables, codes, metrics, paths, words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

import click
import pytest

import entrypoint.core.options
from entrypoint.cli import cli as entrypoint_cli
from galeractl.cli import cli as galeractl_cli
from galeractl.core.diagnose import Diagnosis
from galeractl.core.nodeline import NodeLine
from galeractl.core.programs import Programs
from galeractl.core.trouble import Code
from galeractl.local.zone import Mode
from peerfinder.core.report import Phase
from peerfinder.core.standing import Standing
from peerfinder.core.state import State
from peerfinder.dropin.flags import FLAGS
from peerfinder.dropin.listing import command as list_command
from peerfinder.serve.command import command as serve_command
from tests.support.pages import DOCS, OPERATIONS, ROOT, is_said, section, sections, sources

Named = tuple[str, click.Command]


def commands(name: str, command: click.Command) -> Iterator[Named]:
    """A command and all below it, each with the words that a user types."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from commands(f"{name} {below}", found)


COMMANDS = (
    *commands("galeractl", galeractl_cli),
    *commands("entrypoint", entrypoint_cli),
    *commands("peerfinder serve", serve_command),
    *commands("peerfinder list", list_command),
)
EACH = pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[name for name, _command in COMMANDS])


@pytest.mark.parametrize("name", [name for name, _command in COMMANDS])
def test_every_command_is_named(name):
    assert is_said(name, OPERATIONS) or name in sections()


@EACH
def test_every_option_is_in_the_part_of_its_command(name, command):
    options = [one for parameter in command.params if isinstance(parameter, click.Option) for one in parameter.opts]
    assert [one for one in options if not is_said(one, section(name))] == []


@EACH
def test_every_variable_of_an_option_is_beside_it(name, command):
    prefix = (command.context_settings or {}).get("auto_envvar_prefix")
    lacking = []
    for option in (one for one in command.params if isinstance(one, click.Option)):
        given = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
        if prefix and not given and option.opts[0] != "--help":
            given = [f"{prefix}_{option.name}".upper()]
        rows = [line for line in section(name).splitlines() if is_said(option.opts[-1], line)]
        lacking += [one for one in given if not any(is_said(one, row) for row in rows)]
    assert lacking == []


def codes_in(text: str) -> list[str]:
    """The numbers of `Exit codes: 0 done, 1 failed ...`."""
    told = re.search(r"Exit (?:codes|status):(.*?)(?:\n\s*\n|$)", text, re.DOTALL)
    return re.findall(r"(?:^|[,;]|\.)\s*(\d+)(?= )", told[1]) if told else []


def documented_codes(text: str) -> set[str]:
    """Codes in rows of a table and in sentences."""
    sentences = " ".join(re.findall(r"Exit codes:? ((?:.|\n)*?)\.\s", text))
    return {*re.findall(r"^\| (\d+) \|", text, re.MULTILINE), *re.findall(r"(?:^|[ ,;])(\d+)\b", sentences)}


@EACH
def test_every_exit_code_of_its_help_is_in_the_part_of_a_command(name, command):
    whole = section(name) + (section(name.split()[0]) if name.startswith(("galeractl", "entrypoint")) else "")
    assert set(codes_in(command.help or "")) <= documented_codes(whole)


def test_exit_codes_are_read_from_help():
    assert codes_in(galeractl_cli.help or "") == ["0", "1", "2", "3", "4"]
    assert codes_in(entrypoint_cli.help or "") == ["0", "1", "2"]
    assert codes_in(serve_command.help or "") == ["0", "1", "2"]


def test_the_table_of_exit_codes_is_the_programs():
    listed = re.findall(r"^\| (\d+) \|", OPERATIONS.partition("### galeractl status")[0], re.MULTILINE)
    assert [int(code) for code in listed] == [*(int(code) for code in Code), 130]


def variables_that_are_read() -> set[str]:
    found = set()
    for path, text in sources("peerfinder", "entrypoint", "galeractl"):
        found |= set(re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', text))
        if path == "entrypoint/core/passwords.py":
            found |= {f"MARIADB_{name}" for name in re.findall(r'\bvalue\("([A-Z_]+)"\)', text)}
        found |= set(re.findall(r'^MARKER = "([A-Z_]+)"', text, re.MULTILINE))
        found |= set(re.findall(r'setdefault\("([A-Z_]+)"', text))
    return found - {"PATH"}


@pytest.mark.parametrize("variable", sorted(variables_that_are_read()))
def test_every_variable_that_is_read_is_named(variable):
    assert is_said(variable, OPERATIONS)


def metrics() -> list[str]:
    text = (ROOT / "peerfinder/serve/metrics.py").read_text()
    gauges = re.findall(r'_gauge\("(\w+)"', text)
    return [f"galerakit_{name}" for name in gauges] + [f"{one}_info" for one in re.findall(r'"(galerakit_\w+)"', text)]


def test_the_metrics_are_the_programs():
    assert sorted(re.findall(r"^\| `(galerakit_\w+)` \|", OPERATIONS, re.MULTILINE)) == sorted(metrics())


def paths() -> list[str]:
    found = re.findall(r'\(r"(/[^"]*)", \w+, everything\)', (ROOT / "peerfinder/serve/api.py").read_text())
    return [path.replace(both[0], one) for path in found for both in [alternatives(path)] for one in both[1]]


def alternatives(path: str) -> tuple[str, list[str]]:
    several = re.search(r"\((.*)\)", path)
    return (several[0], several[1].split("|")) if several else (path, [path])


def test_the_paths_are_the_programs():
    table = sections()["HTTP API of the agent"]
    assert sorted(re.findall(r"^\| `(?:GET|POST) (/[^\s`]*)` \|", table, re.MULTILINE)) == sorted(paths())


WORDS = {
    "a field of status": [one.name for one in (*fields(Diagnosis), *fields(NodeLine)) if one.name != "nodes"],
    "a role": list(Standing),
    "a phase": list(Phase),
    "a state of programs": [one for one in Programs if one is not Programs.UNKNOWN],
    "a fault of DNS": [one.value for one in Mode],
    "a protected option": list(entrypoint.core.options.PROTECTED),
}


@pytest.mark.parametrize("kind", WORDS)
def test_every_word_of_an_answer_is_explained(kind):
    assert [str(word) for word in WORDS[kind] if f"`{word}`" not in OPERATIONS] == []


@pytest.mark.parametrize("state", State)
def test_every_state_of_a_cluster_is_explained(state):
    assert f"| {state} | " in OPERATIONS


@pytest.mark.parametrize("flag", [flag.name for flag in FLAGS])
def test_every_flag_of_the_dropin_has_its_row(flag):
    rows = [line for line in (DOCS / "peerfinder-dropin.md").read_text().splitlines() if line.startswith("| `-")]
    assert any(f"`-{flag}`" in row for row in rows)
