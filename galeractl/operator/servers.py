"""The servers of a cluster, reached by SQL: as root where its password is at hand, else as whoever was named.

On this machine the way is the socket of each node; in a pod the own socket, and the network to the other pods; from a
laptop a port-forward to each pod, and the password from the release's Secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import click

from galeractl.adapters.sql import Login, Session, SqlLine
from galeractl.core.sight import ClusterSight, Sight
from galeractl.core.sql import SqlError
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.cluster import Cluster

T = TypeVar("T")
R = TypeVar("R")
Function = TypeVar("Function", bound=Callable[..., Any])


@runtime_checkable
class HasServers(Protocol):
    """A cluster whose servers can be reached from here."""

    def sql_line(self, node: Sight, login: Login | None) -> SqlLine:
        """Give the way to the server of a node; Trouble where nobody is known who could log in."""

    def copy_anew(self, names: tuple[str, ...]) -> str:
        """Give the commands by which nodes copy everything anew, from those that are left."""


def takes_login(function: Function) -> Function:
    """Give a command the options that name an account."""
    user = click.option("--user", metavar="NAME", help="Who logs in.  [default: root, with the cluster's own password]")
    file = click.option(
        "--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with its password."
    )
    return user(file(function))


def login_of(user: str | None, password_file: Path | None) -> Login | None:
    """Give the account that was named, None where none was."""
    if user is None and password_file is None:
        return None
    if user is None or password_file is None:
        raise Trouble("an account is a name and a password", "--user NAME --password-file FILE", Code.USAGE)
    return Login(user, password_file.read_bytes().rstrip(b"\n"))


def servers_of(cluster: Cluster) -> HasServers:
    """Give the same cluster as one of servers; Trouble where they cannot be reached from here."""
    if not isinstance(cluster, HasServers):
        raise Trouble("the servers of this cluster cannot be reached by SQL from here", "run it in a pod of it")
    return cluster


@contextmanager
def sessions(
    cluster: HasServers, sight: ClusterSight, names: Iterable[str], login: Login | None
) -> Iterator[tuple[dict[str, Session], dict[str, SqlError]]]:
    """Open a session on each of these nodes; gives those that opened, and why the others did not."""
    lines = {name: cluster.sql_line(sight.nodes[name], login) for name in names}
    opened, failed = parted(at_once(lines, lambda _name, line: Session(line)))
    try:
        yield opened, failed
    finally:
        for one in opened.values():
            one.close()


def at_once(what: Mapping[str, T], ask: Callable[[str, T], R]) -> dict[str, R | SqlError]:
    """Ask all at the same time, each in a thread of its own; gives the answers, or why there is none."""

    def one(item: tuple[str, T]) -> R | SqlError:
        try:
            return ask(*item)
        except SqlError as error:
            return error

    with ThreadPoolExecutor(max(1, len(what))) as pool:
        return dict(zip(what, pool.map(one, what.items()), strict=True))


def parted(found: Mapping[str, R | SqlError]) -> tuple[dict[str, R], dict[str, SqlError]]:
    """Part the answers from the errors."""
    answers = {name: one for name, one in found.items() if not isinstance(one, SqlError)}
    return answers, {name: one for name, one in found.items() if isinstance(one, SqlError)}
