"""`peerfinder`: what the first argument chooses, and how little it imports for that."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def run(*arguments, program=("-m", "peerfinder")):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=30, check=False)


@pytest.mark.parametrize("word", ["-h", "-help", "--help", "help"])
def test_help_shows_the_drop_in_and_every_sub_command_on_stderr(word):
    shown = run(word)
    assert (shown.returncode, shown.stdout) == (0, "")
    for words in (
        "-service=SERVICE -ns=NAMESPACE -on-start=COMMAND",
        "peerfinder serve",
        "peerfinder ready",
        "peerfinder list",
    ):
        assert words in shown.stderr


def test_version():
    assert run("--version").stdout.startswith("peerfinder ")


def test_list_is_a_command_with_its_own_help():
    shown = run("list", "--help")
    assert (shown.returncode, shown.stdout.split()[:3]) == (0, ["Usage:", "peerfinder", "list"])


def test_without_arguments_the_drop_in_says_what_it_needs():
    assert "Incomplete args" in run().stderr


def test_nothing_heavy_is_imported_before_it_is_needed():
    heavy = "{'click', 'dns', 'logging', 'json', 'argparse', 'subprocess', 'tornado', 'kubernetes'}"
    code = f"import sys; import peerfinder.cli; print(sorted({heavy} & set(sys.modules)))"
    assert run(program=("-c", code)).stdout == "[]\n"
