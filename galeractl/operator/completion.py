"""galeractl completion: the script by which a shell completes commands and options.

The script calls the program again at each TAB, with what was typed in the environment; the answer comes from the
declarations of the commands alone, so no cluster is ever asked for it.
"""

from __future__ import annotations

import click

from galeractl.core.trouble import Trouble
from galeractl.operator.selection import answer, answers_json

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_GALERACTL_COMPLETE"
"""What the script sets when it calls the program; the same for every name of the program."""


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@answers_json
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in a shell.

    \b
    bash   source <(galeractl completion bash)                           in ~/.bashrc
    zsh    source <(galeractl completion zsh)                            in ~/.zshrc, after compinit
    fish   galeractl completion fish > ~/.config/fish/completions/galeractl.fish

    It completes the name that it was called by, galeractl or kubectl-galera, and never asks a cluster.

    Exit codes: 0 printed, 2 no such shell.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    from click.shell_completion import get_completion_class

    root = ctx.find_root()
    found = get_completion_class(shell)
    if found is None:
        raise Trouble(f"this click knows no completion of {shell}", "install click 8.1 or later")
    program = (root.info_name or "galeractl").replace(" ", "-")  # `kubectl galera` is the file kubectl-galera
    script = found(root.command, {}, program, VARIABLE).source()
    answer({"shell": shell, "program": program, "script": script}, script.strip("\n"))
