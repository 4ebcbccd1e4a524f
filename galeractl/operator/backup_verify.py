"""galeractl backup verify: is it good?"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click

from backup.adapters.objectstore import Store
from backup.core.manifest import Manifest
from backup.core.names import parse_name
from backup.core.store import StoreTrouble
from backup.core.verification import Level
from backup.run.catalog import entries
from backup.run.reading import read_manifest
from backup.run.verifying import Means, Progress, verify
from galeractl.adapters.transfer_bar import TransferBar
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.selection import answer, answers_json, selection
from galeractl.operator.storage import key_of, open_store, takes_key, takes_store, troubles
from galeractl.operator.working import INTERRUPTED, work
from peerfinder.core.codec import to_json

MEBI = 1 << 20


@click.command("verify")
@takes_store("--from")
@takes_key
@click.argument("name", required=False, metavar="[NAME]")
@click.option(
    "--level", default=Level.PREPARE.value, show_default=True, type=click.Choice([one.value for one in Level]),
    help="checksum: read all of it; prepare: also unpack and prepare it; start: also run a server on it, check tables.",
)  # fmt: skip
@click.option(
    "--work-dir", default="/var/tmp", show_default=True, type=click.Path(path_type=Path), metavar="DIR",  # noqa: S108 - see Means
    help="Where it is unpacked.",
)  # fmt: skip
@click.option(
    "--use-memory", default=256, show_default=True, type=click.IntRange(32), metavar="MIB",
    help="For preparing it, and for the server.",
)  # fmt: skip
@answers_json
def command(
    *, url: str, store_options: tuple[str, ...], key_file: Path | None, name: str | None, level: str, work_dir: Path,
    use_memory: int,
) -> None:  # fmt: skip
    """Read a backup back and prove that it is good; without NAME the newest.

    What was found is stored beside it, good or bad, and shown by `galeractl backup list`. The levels `prepare` and
    `start` need the programs of the server's own version, and room for all of the data.

    Exit codes: 0 it is good; 1 it is bad, or the store failed; 2 usage, no such backup, or another key; 4 it could not
    be found out: the answer says what is missing.
    """
    with troubles():
        store = open_store(url, store_options)
        key = key_of(key_file)
        wanted = name or _newest([str(one.name) for one in entries(store) if one.manifest], url)
        manifest = _manifest_of(store, wanted)
        progress = Progress()
        means = Means(key, work_dir, use_memory * MEBI)
        with TransferBar(quiet=selection().json) as bar:

            def show() -> None:
                unit = "tables" if progress.stage == "checking tables" else ""
                bar.show(f"{progress.stage} {wanted}", progress.done, progress.total, unit=unit)

            task = partial(verify, store, manifest, Level(level), means, progress)
            result = work(task, show, lambda: os._exit(INTERRUPTED))
    if not result.ok:
        seen = f"{wanted} is bad: {result.reason}"
        raise Trouble(seen, "make another one now: galeractl backup create", Code.FAILED)
    counts = ", ".join(f"{number} {what}" for what, number in result.counts.items())
    text = f"{wanted} is good ({result.level}): {counts}; {result.seconds:.0f} s"
    answer({"name": wanted, "store": store.url} | to_json(result), text)


def _newest(names: list[str], url: str) -> str:
    if not names:
        raise Trouble(f"{url}: there is no backup", "galeractl backup create", Code.USAGE)
    return names[-1]


def _manifest_of(store: Store, name: str) -> Manifest:
    try:
        parse_name(name)
    except ValueError as error:
        raise StoreTrouble(str(error), "galeractl backup list", wrong=True) from None
    return read_manifest(store, name)
