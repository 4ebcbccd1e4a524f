"""The `entrypoint` command: run, plan, render."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from entrypoint.core.quantity import parse_quantity


def _size(_context: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    """Read a size as Kubernetes writes it; an empty text, as a chart gives for "not set", is none."""
    try:
        return parse_quantity(value) if value else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


_OPTIONS = (
    click.option("--name", envvar=["POD_NAME", "HOSTNAME"], required=True, help="This node: NAME-ORDINAL."),
    click.option("--address", envvar="POD_IP", required=True, help="The address peers reach this node at."),
    click.option(
        "--cluster-name", envvar="GALERA_CLUSTER_NAME", required=True, help="Galera refuses members of others."
    ),
    click.option(
        "--volume",
        envvar="GALERA_VOLUME",
        default="/var/lib/galera",
        show_default=True,
        help="The data volume; the datadir is its data/.",
    ),
    click.option(
        "--run-dir", envvar="GALERA_RUN_DIR", default="/run/galera", show_default=True, help="Shared with the sidecar."
    ),
    click.option(
        "--config-dir",
        envvar="GALERA_CONFIG_DIR",
        default="/etc/galera/conf.d",
        show_default=True,
        help="Your *.cnf snippets, read last.",
    ),
    click.option(
        "--initdb-dir",
        envvar="GALERA_INITDB_DIR",
        default="/docker-entrypoint-initdb.d",
        show_default=True,
        help="*.sql, *.sql.gz, *.sh for a new cluster, run once on the node that starts it.",
    ),
    click.option("--sql-port", envvar="GALERA_SQL_PORT", type=int, default=3306, show_default=True),
    click.option("--galera-port", envvar="GALERA_GALERA_PORT", type=int, default=4567, show_default=True),
    click.option("--ist-port", envvar="GALERA_IST_PORT", type=int, default=4568, show_default=True),
    click.option("--sst-port", envvar="GALERA_SST_PORT", type=int, default=4444, show_default=True),
    click.option(
        "--user",
        envvar="GALERA_SERVER_USER",
        default="mysql",
        show_default=True,
        help="Who the server runs as when this program is root.",
    ),
    click.option("--monitor-user", envvar="MARIADB_MONITOR_USER", default="monitor", show_default=True),
    click.option(
        "--failure-detection",
        envvar="GALERA_FAILURE_DETECTION",
        type=click.Choice(["fast", "default"]),
        default="fast",
        show_default=True,
        help="fast: a dead node is noticed in 2 s; default: Galera's 5 s.",
    ),
    click.option(
        "--gcache-size",
        envvar="GALERA_GCACHE_SIZE",
        callback=_size,
        metavar="SIZE",
        help="Bytes, or as 2Gi. Default: a twentieth of the volume, 128 MiB to 4 GiB.",
    ),
    click.option(
        "--buffer-pool-size",
        envvar="GALERA_BUFFER_POOL_SIZE",
        callback=_size,
        metavar="SIZE",
        help="Bytes, or as 2Gi. Default: from the memory limit.",
    ),
    click.option(
        "--applier-threads", envvar="GALERA_APPLIER_THREADS", type=int, default=None, help="Default: two a CPU."
    ),
    click.option(
        "--patience",
        envvar="GALERA_PATIENCE",
        type=float,
        default=120.0,
        show_default=True,
        help="Seconds of waiting after which the node says that it needs an operator, still waiting.",
    ),
    click.option(
        "--volume-size",
        envvar="GALERA_VOLUME_SIZE",
        callback=_size,
        metavar="SIZE",
        help="Bytes that were asked for, or as 8Gi; where its file system is larger. Default: the file system's.",
    ),
    click.option(
        "--drain-seconds",
        envvar="GALERA_DRAIN_SECONDS",
        type=float,
        default=0.0,
        show_default=True,
        help="How long a serving node that is told to stop serves on; nodes of higher ordinals then stop first.",
    ),
    click.option(
        "--state-transfer",
        envvar="GALERA_STATE_TRANSFER",
        type=click.Choice(["copy", "sst"]),
        default="copy",
        show_default=True,
        help="How a node without data gets them. copy: from another node's sidecar, then the write sets it lacks; "
        "sst: by Galera's own state transfer, which is also what is left where no copy can be had.",
    ),
    click.option(
        "--stall-seconds",
        envvar="GALERA_STALL_SECONDS",
        type=float,
        default=300.0,
        show_default=True,
        help="How long a starting server or a state transfer may stand still before it is ended; 0: for ever.",
    ),
    click.option(
        "--restore-from",
        envvar=["GALERA_RESTORE_FROM", "INIT_BUCKET_URI"],
        default="",
        metavar="URL",
        help="A new cluster begins with a backup in this store, as in s3://bucket/prefix, and not empty.",
    ),
    click.option(
        "--restore-backup",
        envvar="GALERA_RESTORE_BACKUP",
        default="",
        metavar="NAME",
        help="Which one. Default: the newest that nobody has found to be bad.",
    ),
    click.option(
        "--restore-option",
        envvar="GALERA_RESTORE_OPTIONS",
        multiple=True,
        metavar="K=V",
        help="Of the store: endpoint, region, path-style ... (repeatable; in the variable with spaces between them).",
    ),
    click.option(
        "--restore-credentials",
        envvar="GALERA_RESTORE_CREDENTIALS",
        default="",
        metavar="DIR",
        help="A directory whose files become environment variables of the program that reads the store, alone.",
    ),
    click.option(
        "--restore-key-file",
        envvar="GALERA_RESTORE_KEY_FILE",
        default="",
        metavar="FILE",
        help="The key of an encrypted backup.",
    ),
)


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="galera-kit")
def cli() -> None:
    """What must this Galera node do now? The first process of the database container.

    It finds out what the data volume holds, agrees with the other nodes on who starts the cluster, and runs
    the server. In doubt it waits and says why. Passwords come from the environment, as in the official
    image: MARIADB_ROOT_PASSWORD, MARIADB_MONITOR_PASSWORD, MARIADB_DATABASE, MARIADB_USER, MARIADB_PASSWORD,
    each also as <NAME>_FILE, and with MYSQL_ in place of MARIADB_.

    Exit status: 0 stopped as ordered, 1 failed, 2 wrong usage or environment.
    """


@cli.command()
@_with_options
@click.option("--log-format", envvar="GALERA_LOG_FORMAT", type=click.Choice(["text", "json"]), default="text")
def run(log_format: str, **options: Any) -> None:
    """Run this node until SIGTERM."""
    from entrypoint.run.command import run_node

    sys.exit(run_node(options, log_format))


@cli.command()
@_with_options
@click.option("--json", "as_json", is_flag=True, help="Facts and decision as JSON.")
def plan(*, as_json: bool, **options: Any) -> None:
    """Show the facts and the decision, and do nothing."""
    from entrypoint.run.planning import show_plan

    sys.exit(show_plan(options, as_json=as_json))


@cli.command()
@_with_options
@click.option("--peer", "peers", multiple=True, help="Address of a member to join; none: a bootstrap.")
def render(peers: tuple[str, ...], **options: Any) -> None:
    """Print the server's configuration as a start would write it, its password hidden."""
    from entrypoint.run.planning import show_configuration

    sys.exit(show_configuration(options, peers))


@cli.command()
@click.option(
    "--run-dir", envvar="GALERA_RUN_DIR", default="/run/galera", show_default=True, help="Shared with the sidecar."
)
def alive(run_dir: str) -> None:
    """Tell whether the node's first process works: a liveness probe.

    Exit status: 0 it does, 1 its heart has not beaten for a minute.
    """
    from entrypoint.run.alive import check

    works, reason = check(Path(run_dir))
    click.echo(reason)
    sys.exit(0 if works else 1)


def main() -> None:
    """Run the command line."""
    cli(prog_name="entrypoint")


if __name__ == "__main__":
    main()
