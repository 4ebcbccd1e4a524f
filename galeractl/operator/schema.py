"""galeractl schema: is it the same on every node, and how is it changed?"""

from __future__ import annotations

import importlib

import click

COMMANDS = {
    "check": ("galeractl.operator.schema_check", "Compare what is defined on the nodes, and with --data their rows."),
    "apply": ("galeractl.operator.schema_apply", "Change what is defined by the statements of a file, on all nodes."),
}


class Schema(click.Group):
    """Imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return found


@click.group("schema", cls=Schema)
def command() -> None:
    """Compare what is defined on the nodes and their rows, or change it.

    Exit codes: 0 equal, or done; 1 different, or failed; 2 usage; 3 a node did not answer in time, or is missing;
    4 refused.
    """
