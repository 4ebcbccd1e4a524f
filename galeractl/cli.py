"""The command line of a cluster: `galeractl`, and the same program as `kubectl galera`.

This file knows the names of the commands and where their code is; a command's module is imported when it is called, so
that `--help` is quick. Whatever an order ends in (`Trouble`) becomes a message here: what was seen, what to do next.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from galeractl.core.trouble import Code, Trouble
from galeractl.operator.completion import VARIABLE
from galeractl.operator.selection import Selection

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS = {  # name: (module, its one line of help)
    "status": ("galeractl.operator.status", "Say what state the cluster is in, and what every node does."),
    "topology": ("galeractl.operator.topology", "Draw the nodes as a tree, one line each."),
    "takeover": ("galeractl.operator.takeover", "Have another node take the writes."),
    "history": ("galeractl.operator.history", "Say who was the writer, when, and why it changed."),
    "page": ("galeractl.operator.page", "Say where the status page is."),
    "mode": ("galeractl.operator.mode", "Say whether one node takes writes or every ready one, or change it."),
    "preference": ("galeractl.operator.preference", "Say which node is to be the writer, or change it."),
    "maintenance": (
        "galeractl.operator.maintenance",
        "Take a node out of service and keep it running, or put it back.",
    ),
    "recover": ("galeractl.operator.recover", "Say why nobody starts, and end a wait that only a person can end."),
    "backup": ("galeractl.operator.backup", "Make, list, verify and delete backups of the cluster."),
    "schema": ("galeractl.operator.schema", "Compare what is defined on the nodes and their rows, or change it."),
    "check": ("galeractl.operator.check", "Connect as a client does: is a Primary there, does it take a row?"),
    "completion": (
        "galeractl.operator.completion",
        "Print the script that completes commands and options in a shell.",
    ),
    "local": ("galeractl.local.commands", "Run a cluster on this machine: start, stop, kill, wipe ..."),
    "demo": ("galeractl.local.demo", "Start three nodes here, break them in three ways, count what was lost."),
}


class Commands(click.Group):
    """Imports a command when it is called, and turns `Trouble` into a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_module, line) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the names of commands without importing them, and the options."""
        from click.shell_completion import CompletionItem

        names = [CompletionItem(name, help=line) for name, (_module, line) in COMMANDS.items()]
        return [one for one in names if one.value.startswith(incomplete)] + click.Command.shell_complete(
            self, ctx, incomplete
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; nobody ever sees a traceback unless GALERACTL_TRACEBACK asks for it."""
        try:
            return super().invoke(ctx)
        except Trouble as trouble:
            show(trouble, ctx.ensure_object(Selection))
            ctx.exit(int(trouble.code))
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:  # the reader has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(int(Code.OK))
        except Exception as error:
            if os.environ.get("GALERACTL_TRACEBACK"):
                raise
            unexpected = f"unexpected: {type(error).__name__}: {error}"
            remedy = "run it again with GALERACTL_TRACEBACK=1 and report what it prints"
            show(Trouble(unexpected, remedy), ctx.ensure_object(Selection))
            ctx.exit(int(Code.FAILED))


def show(trouble: Trouble, selection: Selection) -> None:
    """Print what was seen and what to do next: on standard error, or as JSON where JSON was asked for."""
    remedy = selection.address(trouble.remedy)
    if selection.json:
        print(json.dumps({"error": trouble.seen, "remedy": remedy, "exit_code": int(trouble.code)}, indent=2))
        return
    print(f"galeractl: {trouble.seen}", file=sys.stderr)
    if remedy:
        print(f"  to do: {remedy}", file=sys.stderr)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--local",
    "directory",
    metavar="DIR",
    help="The directory of a local cluster; else in a pod the pod's own, else ./.galera, if it is there, else the "
    "release that the kubeconfig leads to.",
)
@click.option("--context", metavar="NAME", help="The context of the kubeconfig.  [default: its current one]")
@click.option("-n", "--namespace", metavar="NAME", help="The namespace of the release.  [default: the context's]")
@click.option("--release", metavar="NAME", envvar="GALERACTL_RELEASE", help="The release, where there are several.")
@click.version_option(package_name="galera-kit", prog_name="galeractl", message="%(prog)s %(version)s")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON; every command takes it.")
@click.pass_context
def cli(
    ctx: click.Context, *, directory: str | None, context: str | None, namespace: str | None, release: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Ask a MariaDB Galera cluster how it is, and tell it what to do.

    A first cluster on this machine:

    \b
        galeractl local start          three nodes in ./.galera, ready when it returns
        galeractl status               how is it?
        galeractl local dsn            where can an application connect?
        galeractl local kill db-1      a power cut; galeractl local start db-1 ends it
        galeractl local stop

    In Kubernetes, from a machine with a kubeconfig: galeractl -n NAMESPACE status
    and inside of a pod: kubectl exec POD -c galera -- galeractl status

    Exit codes: 0 done, 1 failed (or: not whole), 2 usage, 3 timed out, 4 refused because it could lose data.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    given = {name for name in ("context", "namespace", "release") if _is_typed(ctx, name)}
    if directory and given:
        raise click.UsageError(f"--local names another cluster than --{min(given)}: give one of them")
    ctx.obj = Selection(directory, as_json, context, namespace, release, names_kubernetes=bool(given))


def _is_typed(ctx: click.Context, option: str) -> bool:
    return ctx.get_parameter_source(option) is click.core.ParameterSource.COMMANDLINE


def main() -> None:
    """Run the program; the name in its help is the one it was called by."""
    called = os.path.basename(sys.argv[0])  # noqa: PTH119 - a name, not a path
    cli.main(prog_name="kubectl galera" if called == "kubectl-galera" else "galeractl", complete_var=VARIABLE)


if __name__ == "__main__":
    main()
