"""galeractl schema apply: the statements of a file, done by all nodes, or by none of them.

Before: every node is there and whole, all have the same schema, and the server understands the whole file. Then one
statement after the other through the writer; each is asked for only while all nodes are there. Afterwards the schemas
are compared again, and what has become different is told.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from galeractl.adapters.sql import TO_CHANGE, Login, Session
from galeractl.adapters.terminal import Progress
from galeractl.core.changing import databases, hindrance, node_for, unwanted
from galeractl.core.script import Unclosed
from galeractl.core.sight import ClusterSight
from galeractl.core.sql import SqlError, quoted
from galeractl.core.statement import Statement, statements
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.applied_answer import Applied, Foreseen, Outcome, code_of, foretell, tell
from galeractl.operator.applying import Applying, mistakes
from galeractl.operator.cluster import Cluster, selected
from galeractl.operator.schema_check import Compared, compare, nobody
from galeractl.operator.selection import answers_json, selection
from galeractl.operator.servers import HasServers, login_of, servers_of, sessions, takes_login
from peerfinder.core.names import by_ordinal

MOST_MISTAKES = 5  # in one answer
_SIZE = (
    "SELECT TABLE_ROWS, DATA_LENGTH + INDEX_LENGTH FROM information_schema.TABLES "
    "WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s AND TABLE_TYPE <> 'VIEW'"
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What an order to change works on."""

    cluster: Cluster
    servers: HasServers
    login: Login | None
    database: str
    progress: Progress


@click.command("apply")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--from", "first", type=click.IntRange(1), default=1, metavar="N", help="Begin with this statement.")
@click.option("--allow-dml", is_flag=True, help="Also statements that change rows.")
@click.option("--database", default="", metavar="D", help="The database of names without one.")
@takes_login
@answers_json
def command(
    *, file: Path, dry_run: bool, first: int, allow_dml: bool, database: str, user: str | None,
    password_file: Path | None,
) -> None:  # fmt: skip
    """Change what is defined by the statements of a file, on all nodes at once.

    Each statement goes through the writer, and the group does it on all nodes at one point of its history (TOI): until
    it has ended, nobody writes. Transactions that use its table are aborted. It ends at the first error, and says which
    statements were done and how to go on. Statements of a client that a file may have: DELIMITER.

    \b
    galeractl schema apply change.sql --dry-run    what it would do, and to how many rows
    galeractl schema apply change.sql
    galeractl schema apply change.sql --from 3     go on after an error

    Refused unless all nodes are Synced members of the one Primary component, none in maintenance or a donor, and all
    have the same schema.

    Exit codes: 0 done; 1 a statement failed, or the nodes differ afterwards; 2 usage, or the server does not understand
    the file; 3 a node did not answer in time, afterwards; 4 refused.
    """  # noqa: D301 - a real backspace is how click is told not to wrap
    wanted = _read(file, first, allow_dml=allow_dml)
    cluster = selected()
    ground = Ground(
        cluster, servers_of(cluster), login_of(user, password_file), database, Progress(quiet=selection().json)
    )
    sight = cluster.look()
    if why := hindrance(sight):
        raise Trouble(f"nothing was changed: {why}", "galeractl status", Code.REFUSED)
    with _all(ground, sight) as opened:
        before = _alike(compare(opened, ground.progress))
    _understood(ground, sight, file, wanted)
    if dry_run:
        foretell(_foreseen(ground, sight, wanted, first))
        return
    applied = _apply(ground, sight, wanted, first)
    with _all(ground, cluster.look()) as opened:
        after = compare(opened, ground.progress)
    lost = dict.fromkeys(before.schemas.keys() - after.schemas.keys(), "it is no member any more")
    outcome = Outcome(applied, before.schemas, after, lost | {name: str(one) for name, one in after.failed.items()})
    tell(outcome, f"galeractl schema apply {file}")
    sys.exit(code_of(outcome))


def _read(file: Path, first: int, *, allow_dml: bool) -> tuple[Statement, ...]:
    """Read a file at the border: nothing but statements goes on from here."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        found = statements(text)
    except (OSError, UnicodeDecodeError, Unclosed) as error:
        raise Trouble(f"{file} cannot be read: {error}", "a file of SQL in UTF-8", Code.USAGE) from None
    if not found:
        raise Trouble(f"{file} holds no statement", "galeractl schema apply FILE", Code.USAGE)
    if first > len(found):
        raise Trouble(f"{file} has {len(found)} statements", f"--from 1 to --from {len(found)}", Code.USAGE)
    if why := unwanted(found[first - 1 :], allow_dml=allow_dml):
        remedy = "--allow-dml does them too; else take them out of the file"
        raise Trouble(f"nothing was changed: {file} has {why}", remedy, Code.REFUSED)
    return found


@contextmanager
def _all(ground: Ground, sight: ClusterSight) -> Iterator[dict[str, Session]]:
    """Sessions that read, on every member."""
    with sessions(ground.servers, sight, by_ordinal(tuple(sight.primaries)), ground.login) as (opened, failed):
        if failed:
            raise nobody(failed)
        yield opened


@contextmanager
def _writing(ground: Ground, sight: ClusterSight) -> Iterator[Session]:
    """A session on the node that takes the writes, as the file begins in."""
    line = ground.servers.sql_line(sight.nodes[node_for(sight)], ground.login)
    try:
        session = Session(line, TO_CHANGE, None)
    except SqlError as error:
        raise nobody({line.where: error}) from None
    try:
        if ground.database:
            session.rows(f"USE {quoted(ground.database)}")
        yield session
    except SqlError as error:
        raise Trouble(f"{line.where}: {error}", "galeractl status") from None
    finally:
        session.close()


def _alike(found: Compared) -> Compared:
    """The same schemas; Trouble where they are not the same now."""
    if found.failed:
        raise nobody(found.failed)
    if found.different or not found.is_settled:
        what = ", ".join(str(one.key) for one in found.different[:MOST_MISTAKES]) or "definitions that change just now"
        raise Trouble(f"nothing was changed: the nodes differ in {what}", "galeractl schema check", Code.REFUSED)
    return found


def _understood(ground: Ground, sight: ClusterSight, file: Path, wanted: tuple[Statement, ...]) -> None:
    """Have the server read the whole file before anything of it is done."""
    with _writing(ground, sight) as session:
        found = mistakes(session, wanted)
    if found:
        said = "".join(f"\nstatement {one}: {why}" for one, why in found[:MOST_MISTAKES])
        more = f"\nand {len(found) - MOST_MISTAKES} more" if len(found) > MOST_MISTAKES else ""
        raise Trouble(f"nothing was changed: the server does not understand {file}{said}{more}", "", Code.USAGE)


def _foreseen(ground: Ground, sight: ClusterSight, wanted: tuple[Statement, ...], first: int) -> tuple[Foreseen, ...]:
    """Say of each statement which table it is about, and how large that is."""
    found = []
    with _writing(ground, sight) as session:
        for one, current in zip(wanted, databases(wanted, ground.database), strict=True):
            place, _, name = one.about.rpartition(".")
            ((rows, size),) = (one.about and session.rows(_SIZE, (place or current, name))) or ((None, None),)
            found.append(Foreseen(one, rows, size))
    return tuple(found[first - 1 :])


def _apply(ground: Ground, sight: ClusterSight, wanted: tuple[Statement, ...], first: int) -> Applied:
    """Do the statements; gives how far it came."""
    where = node_for(sight)

    def in_the_way() -> str:
        now = ground.cluster.look()
        if why := hindrance(now):
            return why
        return "" if node_for(now) == where else f"the writer is {node_for(now)} now, and was {where}"

    with (
        _writing(ground, sight) as session,
        sessions(ground.servers, sight, (where,), ground.login) as (watching, failed),
    ):
        if failed:
            raise nobody(failed)
        applying = Applying(session, watching[where], ground.progress)
        try:
            stopped = applying.prepare(wanted[: first - 1]) or applying.run(wanted[first - 1 :], in_the_way)
        finally:
            ground.progress.done()
    return Applied(wanted[first - 1 :], tuple(applying.done), stopped)
