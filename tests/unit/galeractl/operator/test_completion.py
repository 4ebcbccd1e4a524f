"""What a shell completes, as its script asks for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from galeractl.cli import COMMANDS, cli
from galeractl.operator.completion import SHELLS, VARIABLE


def completed(*words: str, before: str = "") -> list[str]:
    """What TAB offers behind these words."""
    asked = {VARIABLE: "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    code = f"import sys\nsys.argv[0] = 'galeractl'\n{before}\nfrom galeractl.cli import main\nmain()"
    # no cluster is named, no kubeconfig is there, and nothing below this directory: what is told needs none
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | asked | {"KUBECONFIG": "/nowhere"},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.split()]


def test_every_command_is_offered() -> None:
    assert completed("galeractl", "''") == list(COMMANDS)


def test_commands_are_completed_without_importing_them() -> None:
    refuse = (
        "class No:\n"
        "    def find_spec(self, name, *_rest):\n"
        "        assert name not in ('galeractl.operator.status', 'pymysql', 'rich', 'kubernetes'), name\n"
        "sys.meta_path.insert(0, No())"
    )
    assert completed("galeractl", "sta", before=refuse) == ["status"]


def test_options_and_sub_commands_are_completed() -> None:
    assert completed("galeractl", "recover", "--boot") == ["--bootstrap"]
    assert completed("galeractl", "local", "pau") == ["pause"]
    assert completed("galeractl", "completion", "z") == ["zsh"]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("called", "name"), [("galeractl", "galeractl"), ("kubectl galera", "kubectl-galera")])
def test_the_script_is_for_the_name_that_was_called(shell: str, called: str, name: str) -> None:
    told = CliRunner().invoke(cli, ["completion", shell], prog_name=called)
    assert told.exit_code == 0
    assert VARIABLE in told.stdout
    assert name in told.stdout


def test_an_unknown_shell_is_a_usage_error() -> None:
    told = CliRunner().invoke(cli, ["completion", "tcsh"])
    assert told.exit_code == 2
    assert "tcsh" in told.stderr


def test_bash_completes_with_it(tmp_path: Path) -> None:
    program = tmp_path / "galeractl"
    program.write_text(f"#!{sys.executable}\nfrom galeractl.cli import main\nmain()\n")
    program.chmod(0o755)
    script = CliRunner().invoke(cli, ["completion", "bash"], prog_name="galeractl").stdout
    (tmp_path / "script").write_text(script)
    asked = (
        f"PATH={tmp_path}:$PATH; source {tmp_path}/script\n"
        "COMP_WORDS=(galeractl topol); COMP_CWORD=1; _galeractl_completion galeractl; echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["topology"]
