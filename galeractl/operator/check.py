"""galeractl check: does a client get what it came for?

It goes the way of an application, through a Service or any other address, and asks no agent: it logs in, wants a
server in a Primary component, and writes and reads a row. The row is one of a temporary table, which belongs to the
connection alone: no statement is replicated, nothing is left behind.
"""

from __future__ import annotations

import time
from pathlib import Path

import click

from galeractl.adapters.server import Lost, Server
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.selection import answer, answers_json

AGAIN_SECONDS = 1.0


@click.command("check")
@click.option("--host", "hosts", multiple=True, required=True, help="Where to connect; repeatable: each is tried.")
@click.option("--port", type=int, default=3306, show_default=True)
@click.option("--user", required=True, help="Who logs in.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--database", default="mysql", show_default=True, help="Where the temporary table is made.")
@click.option("--size", type=int, default=1, show_default=True, help="At least so many members.")
@click.option("--timeout", type=float, default=60.0, show_default=True, help="Seconds to try again.")
@answers_json
def command(
    hosts: tuple[str, ...], port: int, user: str, password_file: Path, database: str, size: int, timeout: float
) -> None:
    """Connect as a client does: is a Primary there, does it take a row?

    Changes nothing that is stored. Exit codes: 0 yes, 2 usage, 3 not within the timeout.
    """
    password = password_file.read_text().rstrip("\n")  # as the programs of a node read their files
    deadline = time.monotonic() + timeout
    members = {}
    for host in hosts:
        while True:
            try:
                members[host] = _members(host, port, user, password, database, size)
                break
            except Lost as lost:
                if time.monotonic() >= deadline:
                    raise Trouble(f"{host}:{port}: {lost}", "galeractl status", Code.TIMED_OUT) from None
            time.sleep(AGAIN_SECONDS)
    lines = [f"{host}: Primary of {number}, took a row and gave it back" for host, number in members.items()]
    answer({"hosts": members, "ok": True}, "\n".join(lines))


def _members(host: str, port: int, user: str, password: str, database: str, size: int) -> int:
    """Look at one host as a client; gives the size of its component, or raises Lost with what is wrong."""
    server = Server(host, port, user, password, database)
    try:
        status = dict(server.run("SHOW GLOBAL STATUS LIKE 'wsrep\\_%'"))
        if status.get("wsrep_cluster_status") != "Primary" or status.get("wsrep_ready") != "ON":
            raise Lost(f"the server is in no Primary component ({status.get('wsrep_cluster_status')})", refused=True)
        members = int(status["wsrep_cluster_size"])
        if members < size:
            raise Lost(f"its component has {members} members, fewer than {size}", refused=True)
        server.run("CREATE TEMPORARY TABLE galerakit_check (word VARCHAR(9)) ENGINE=InnoDB")
        server.run("INSERT INTO galerakit_check VALUES (%s)", ("written",))
        if server.run("SELECT word FROM galerakit_check") != (("written",),):
            raise Lost("it did not give back the row that it took", refused=True)
        return members
    finally:
        server.close()
