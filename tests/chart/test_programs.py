"""What the chart says to the programs, they understand: commands, variables, the values that are passed on."""

from __future__ import annotations

import click
import pytest

from entrypoint.cli import cli as entrypoint
from galeractl.cli import cli as galeractl
from peerfinder.serve.command import command as serve
from tests.support.chart import example, render

EVERYTHING = example("galera-settings") | example("accounts")


def variables(option, prefix):
    """The variables that an option can come from; with a prefix, click makes one of its name."""
    named = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or [])
    return {*named, f"{prefix}_{option.name.upper()}"} if prefix else set(named)


def options(command, prefix=""):
    return [(one, variables(one, prefix)) for one in command.params if isinstance(one, click.Option)]


def given(container, prefix):
    return {
        one["name"]: one.get("value")
        for one in render(EVERYTHING).container(container)["env"]
        if one["name"].startswith(prefix)
    }


def command_of(program, words):
    found = program.get_command(click.Context(program), words[0])
    assert found is not None
    return found


def options_of(container):
    prefix = serve.context_settings["auto_envvar_prefix"]
    return options(serve, prefix) if container == "peerfinder" else options(command_of(entrypoint, ["run"]))


@pytest.mark.parametrize(("container", "prefix"), [("peerfinder", "PEERFINDER_"), ("galera", "GALERA_")])
def test_every_variable_is_one_of_an_option(container, prefix):
    understood = set().union(*(names for _option, names in options_of(container)))
    assert given(container, prefix).keys() - understood == set()


@pytest.mark.parametrize("container", ["peerfinder", "galera"])
def test_every_required_option_is_given(container):
    there = {one["name"] for one in render().container(container)["env"]}
    assert [one.name for one, names in options_of(container) if one.required and not names & there] == []


def test_the_programs_that_are_called_are_there():
    assert command_of(entrypoint, render().container("galera")["command"][1:])
    assert command_of(entrypoint, render().container("galera")["livenessProbe"]["exec"]["command"][1:])


def test_the_client_of_helm_test_is_called_as_it_wants_to_be():
    program, *words = render(example("accounts")).one("Pod")["spec"]["containers"][0]["command"]
    assert program == "galeractl"
    check = command_of(galeractl, words)
    assert {word.partition("=")[0] for word in words[1:]} <= {name for one in check.params for name in one.opts}
