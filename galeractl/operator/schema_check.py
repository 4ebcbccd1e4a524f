"""galeractl schema check: is the same defined on every node, and are the rows the same?

What is defined is read on all nodes at once. Where that differs it is read again, until a difference has been seen
twice in the same form or is gone (`core.schema`). The rows are compared by `schema_rows`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from galeractl.adapters import definitions
from galeractl.adapters.sql import Session
from galeractl.adapters.terminal import Progress
from galeractl.adapters.transfer_bar import TransferBar
from galeractl.core.schema import Difference, Schema, differences, lasting
from galeractl.core.sight import ClusterSight
from galeractl.core.sql import SqlError
from galeractl.core.trouble import Code, Trouble
from galeractl.core.wishes import role_in
from galeractl.operator.cluster import selected
from galeractl.operator.schema_answer import Checked, code_of, tell
from galeractl.operator.schema_rows import RowCheck, Wanted
from galeractl.operator.selection import answers_json, selection
from galeractl.operator.servers import at_once, login_of, parted, servers_of, sessions, takes_login
from peerfinder.core.names import by_ordinal

ROUNDS = 6  # of reading what differs anew; a DDL statement is applied within the first or second
AGAIN_SECONDS = 0.5
DEFAULT_RATE = 50_000.0


@dataclass(frozen=True, slots=True)
class Compared:
    """What is defined, by node, and what differs; `is_settled`: it has been seen twice in the same form."""

    schemas: Mapping[str, Schema]
    different: tuple[Difference, ...]
    is_settled: bool
    failed: Mapping[str, SqlError]


@click.command("check")
@click.option("--data", is_flag=True, help="Compare the rows as well, while clients go on writing.")
@click.option("--database", "databases", multiple=True, metavar="D", help="Only this database (repeatable).")
@click.option("--table", "tables", multiple=True, metavar="D.T", help="With --data: only this table (repeatable).")
@click.option(
    "--rate", default=DEFAULT_RATE, type=click.FloatRange(min=0), show_default=True, metavar="ROWS/s",
    help="With --data: not more rows a second from each node; 0: as fast as it goes.",
)  # fmt: skip
@takes_login
@answers_json
def command(
    *, data: bool, databases: tuple[str, ...], tables: tuple[str, ...], rate: float, user: str | None,
    password_file: Path | None,
) -> None:  # fmt: skip
    """Compare what is defined on the nodes, and with --data their rows.

    Compared are databases, tables with their columns, indexes, constraints and options, views, routines, triggers,
    events and sequences, of every member of the Primary component; with --data the rows of all tables in InnoDB.
    Changes nothing. Rows that go on differing are locked on the writer for some milliseconds, two seconds at most.

    Exit codes: 0 equal; 1 different; 2 usage; 3 equal as far as it could be seen, but a node did not answer in time or
    is no member, or changes went on all the time.
    """
    if not data and tables:
        raise click.UsageError("--table is for --data: what is defined is compared by --database")
    login = login_of(user, password_file)
    cluster = selected()
    servers, sight = servers_of(cluster), cluster.look()
    members = by_ordinal(tuple(sight.primaries))
    if not members:
        raise Trouble("there is no Primary component, so nothing can be compared", "galeractl status")
    progress = Progress(quiet=selection().json)
    with sessions(servers, sight, members, login) as (opened, failed):
        if not opened:
            raise nobody(failed)
        compared = compare(opened, progress, databases)
        versions = frozenset(one.server.version for one in sight.primaries.values())
        checked = Checked(compared.schemas, compared.different, compared.is_settled, absent(sight, failed), versions)
        checked.missing.update({name: str(error) for name, error in compared.failed.items()})
        left = {name: one for name, one in opened.items() if name not in compared.failed}
        if data and len(left) > 1:
            reference = role_in(sight).node if role_in(sight).node in left else next(iter(left))
            with sessions(servers, sight, (reference,), login) as (beside, refused):
                if refused:
                    raise nobody(refused)
                with TransferBar(quiet=selection().json) as bar:
                    check = RowCheck(left, beside[reference], reference, Wanted(databases, tables, rate), bar)
                    different = {(one.key.database, one.key.name) for one in checked.different}
                    checked.tables = list(check.results(different))
                if check.failed is not None:
                    checked.missing[check.failed.node] = str(check.failed)
    tell(checked, servers.copy_anew(checked.odd) if checked.odd else "", selection().address)
    sys.exit(code_of(checked))


def compare(opened: Mapping[str, Session], progress: Progress, databases: tuple[str, ...] = ()) -> Compared:
    """Read and compare, again and again while what differs is not the same as before."""
    before: tuple[Difference, ...] = ()
    failed = dict[str, SqlError]()
    schemas: Mapping[str, Schema] = {}
    try:
        for number in range(ROUNDS):
            progress.show("reading what is defined" + (", again" if number else ""))
            schemas, late = parted(at_once(opened, lambda _name, one: definitions.read(one, databases)))
            failed |= late
            opened = {name: one for name, one in opened.items() if name in schemas}
            different = differences(schemas)
            if not different:
                return Compared(schemas, (), is_settled=True, failed=failed)
            if lasts := lasting(before, different):
                return Compared(schemas, lasts, is_settled=len(lasts) == len(different), failed=failed)
            before = different
            time.sleep(AGAIN_SECONDS)
    finally:
        progress.done()
    return Compared(schemas, (), is_settled=False, failed=failed)


def absent(sight: ClusterSight, failed: Mapping[str, SqlError]) -> dict[str, str]:
    """Name the nodes that are not compared, each with the reason."""
    outside = by_ordinal({*sight.expected, *sight.nodes} - {*sight.primaries})
    told = dict.fromkeys(outside, "it is no member of the Primary component")
    return told | {name: str(error) for name, error in failed.items()}


def nobody(failed: Mapping[str, SqlError]) -> Trouble:
    """Say why no server lets anybody in."""
    said = "; ".join(f"{name}: {error}" for name, error in failed.items())
    remedy = "name an account that may read everything: --user NAME --password-file FILE"
    late = all(error.is_late for error in failed.values())
    return Trouble(f"no server could be asked ({said})", remedy, Code.TIMED_OUT if late else Code.FAILED)
