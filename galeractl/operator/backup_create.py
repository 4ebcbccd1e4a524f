"""galeractl backup create: a healthy secondary is copied into a store."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import click

from backup.adapters.agent import CopyRefused, Way
from backup.adapters.dump import What
from backup.adapters.objectstore import Store
from backup.adapters.zstd import LEVEL, MOST_LEVEL
from backup.core.manifest import Manifest
from backup.core.names import Kind
from backup.run.pruning import store_time
from backup.run.source import Logical, Physical, Source
from backup.run.storing import PART_BYTES, How, Progress, store_backup
from galeractl.adapters.transfer_bar import TransferBar
from galeractl.core.copy_source import Choice, choose
from galeractl.core.sight import ClusterSight
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.cluster import Cluster, selected
from galeractl.operator.login import login_of
from galeractl.operator.selection import answer, answers_json, selection
from galeractl.operator.storage import key_of, open_store, takes_key, takes_store, troubles
from galeractl.operator.working import work
from peerfinder.core.codec import to_json
from peerfinder.core.copying import MOST_THREADS, CopyOrder, Refused, Why
from peerfinder.core.frames import SILENT_SECONDS
from peerfinder.core.progress import amount
from peerfinder.core.report import Purpose

POLL_SECONDS = 2.0  # between two looks for a node that may be copied
MEBI = 1 << 20


@click.command("create")
@takes_store("--to")
@takes_key
@click.option("--node", default="", metavar="NODE", help="Copy this node; else a healthy secondary is chosen.")
@click.option("--allow-writer", is_flag=True, help="Also the writer, whose clients feel it.")
@click.option("--allow-few", is_flag=True, help="Also where fewer than two other nodes are Synced.")
@click.option(
    "--parallel", default=2, show_default=True, type=click.IntRange(1, MOST_THREADS), help="Threads of mariadb-backup."
)
@click.option("--level", default=LEVEL, show_default=True, type=click.IntRange(1, MOST_LEVEL), help="Of zstd.")
@click.option(
    "--part-size", default=PART_BYTES // MEBI, show_default=True, type=click.IntRange(1), metavar="MIB",
    help="Of one object of the backup.",
)  # fmt: skip
@click.option(
    "--limit", default=0, type=click.IntRange(0), metavar="KIB", help="At most so many KiB a second; 0: no limit."
)
@click.option("--logical", is_flag=True, help="Statements (mariadb-dump) in place of files; the node stays in service.")
@click.option("--database", "databases", multiple=True, metavar="D", help="Of a dump: this one (repeatable); else all.")
@click.option("--no-routines", is_flag=True, help="Of a dump: no procedures and functions.")
@click.option("--no-events", is_flag=True, help="Of a dump: no events.")
@click.option("--users", is_flag=True, help="Of a dump: accounts and roles, too.")
@click.option("--user", default="root", show_default=True, help="Of a dump: who logs in.")
@click.option(
    "--password-file", type=click.Path(dir_okay=False, path_type=Path), envvar="GALERACTL_PASSWORD_FILE",
    help="Of a dump: the file with the password.",
)  # fmt: skip
@click.option(
    "--timeout", default=60.0, show_default=True, metavar="S", help="How long to wait for a node that may be copied."
)
@answers_json
def create(*, url: str, store_options: tuple[str, ...], key_file: Path | None, logical: bool, **options: Any) -> None:
    """Copy a healthy secondary into a store.

    The node leaves flow control and is not ready meanwhile; it comes back by itself. A backup exists once its manifest
    is written, which is the last thing; what fails before leaves nothing.

    \b
    galeractl backup create --to s3://bucket/prefix
    galeractl backup create --to file:///backups --node db-2 --encrypt-key-file key
    galeractl backup create --to file:///backups --logical --database shop

    Exit codes: 0 made; 1 failed; 2 usage; 3 no node could be copied in time; 4 refused, with the reason of each node.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    _check_usage(logical=logical, **options)
    with troubles():
        store = open_store(url, store_options)
        key = key_of(key_file)
        store_time(store)  # can it be written to? Before a node is taken out of service for it
        cluster, how = selected(), How(key, options["level"], part_bytes=options["part_size"] * MEBI)
        manifest = _create(cluster, store, how, logical=logical, **options)
    ratio = manifest.raw_bytes / manifest.stored_bytes
    where = f", at {manifest.galera}" if manifest.galera else ""
    stored = f"{amount(manifest.stored_bytes)} ({ratio:.1f} to 1){', encrypted' if manifest.encryption else ''}"
    text = f"{manifest.name}: {amount(manifest.raw_bytes)} of {manifest.node}{where}, stored as {stored}"
    answer(to_json(manifest) | {"store": store.url}, text)


def _check_usage(*, logical: bool, databases: tuple[str, ...], **options: Any) -> None:
    of_dumps = [name for name in ("no_routines", "no_events", "users") if options[name]]
    if not logical and (databases or of_dumps):
        named = "--database" if databases else f"--{of_dumps[0].replace('_', '-')}"
        raise click.UsageError(f"{named} is of a dump: say --logical, too; a copy of the files has everything in it")


def _create(cluster: Cluster, store: Store, how: How, *, logical: bool, timeout: float, **options: Any) -> Manifest:
    """Try one node after the other until one gives a copy, or none will."""
    deadline = time.monotonic() + timeout
    order = CopyOrder(
        Purpose.BACKUP, options["parallel"], options["allow_writer"], options["allow_few"] or logical, options["limit"]
    )
    while True:
        sight = cluster.look()
        _check_node(sight, options["node"])
        choice = choose(sight, order, options["node"])
        refused = dict(choice.refused)
        for name in choice.nodes:
            source = _source(cluster, sight, name, order, logical=logical, **options)
            try:
                return _store(store, source, sight.cluster, how)
            except CopyRefused as error:  # it knows better than what was seen of it
                refused[name] = error.refused
        is_hopeful = any(one.passing or one.why is Why.BUSY for one in refused.values())
        if not is_hopeful or time.monotonic() + POLL_SECONDS > deadline:
            raise _nobody(Choice((), refused))
        time.sleep(POLL_SECONDS)


def _check_node(sight: ClusterSight, node: str) -> None:
    if node and node not in sight.nodes:
        raise Trouble(f"there is no node {node}; the nodes are {', '.join(sight.nodes)}", code=Code.USAGE)


def _source(
    cluster: Cluster, sight: ClusterSight, name: str, order: CopyOrder, *, logical: bool, user: str,
    password_file: Path | None, databases: tuple[str, ...], no_routines: bool, no_events: bool, users: bool,
    **_others: Any,
) -> Source:  # fmt: skip
    if logical:
        what = What(databases, not no_routines, not no_events, users)
        return Logical(name, login_of(sight.nodes[name], user, password_file), what)
    line, token = cluster.line(sight.nodes[name], SILENT_SECONDS)
    return Physical(Way(name, line.connect, line.host, token), order)


def _store(store: Store, source: Source, cluster: str, how: How) -> Manifest:
    progress = Progress()

    def stop() -> None:
        progress.is_stopped = True

    with TransferBar(quiet=selection().json) as bar:
        what = "dumping" if source.kind is Kind.LOGICAL else "copying"
        task = partial(store_backup, store, source, cluster, how, progress)
        return work(task, lambda: bar.show(f"{what} {source.node}", progress.raw, progress.total), stop)


def _nobody(choice: Choice) -> Trouble:
    """Say of each node why it is not copied."""
    refused = choice.refused
    if not refused:
        return Trouble("no node reports", "galeractl status", Code.REFUSED)
    lines = "".join(f"\n  {name}: {one.reason}" for name, one in sorted(refused.items()))
    best = min(refused.values(), key=_hope)
    code = Code.TIMED_OUT if best.passing or best.why is Why.BUSY else Code.REFUSED
    return Trouble(f"no node can be copied now{lines}", best.remedy, code)


def _hope(one: Refused) -> int:
    """Which refusal is nearest to an end: its remedy is told."""
    return (not one.passing) * 10 + [Why.BUSY, Why.FEW, Why.WRITER, Why.STATE].index(one.why)
