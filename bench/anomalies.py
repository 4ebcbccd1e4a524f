"""`python -m bench.anomalies`: how often do the anomalies happen that Galera has and this project does not take away?

Lost update (P4): two clients read a number, add one to what they read, and write it. What was acknowledged must be what
the number has become; each one that is missing overwrote another's. Stale read: a row is written on one node, and when
that was acknowledged it is looked for on another. Three nodes of `galeractl local`, two minutes, everything is removed.
"""
# ruff: noqa: S608 - numbers only

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import click
import pymysql

from bench import disasters, machine
from bench.__main__ import DOCUMENT
from bench.clients import Account, Line
from bench.kit import KitCluster, kit_cluster
from bench.table import put_between_markers

MARKS = ("<!-- anomalies: begin -->", "<!-- anomalies: end -->")
CONFLICTS = (1020, 1205, 1213)
"""ER_CHECKREAD, ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK: the transaction was rolled back, and the client tries again."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the two clients count: on one node or on two, with a lock or without, with which check of the snapshot."""

    said: str
    nodes: tuple[str, str]
    locks: bool = False
    snapshot: str = "ON"


WAYS = (
    Way("both on one node, read and write", ("db-0", "db-0")),
    Way("both on one node, `innodb_snapshot_isolation=OFF`", ("db-0", "db-0"), snapshot="OFF"),
    Way("both on one node, `SELECT ... FOR UPDATE`", ("db-0", "db-0"), locks=True),
    Way("on two nodes, read and write", ("db-0", "db-1")),
    Way("on two nodes, `innodb_snapshot_isolation=OFF`", ("db-0", "db-1"), snapshot="OFF"),
    Way("on two nodes, `SELECT ... FOR UPDATE`", ("db-0", "db-1"), locks=True),
)


def count_up(account: Account, way: Way, rounds: int, tally: list[int]) -> None:
    """Add one so many times, each time to what was read; `tally` gets [acknowledged, rolled back]."""
    line = Line(account)
    line.run(f"SET SESSION innodb_snapshot_isolation={way.snapshot}")
    while tally[0] < rounds:
        try:
            line.run("BEGIN")
            ((read,),) = line.run(f"SELECT n FROM number WHERE id = 1{' FOR UPDATE' if way.locks else ''}")
            line.run(f"UPDATE number SET n = {int(read) + 1} WHERE id = 1")
            line.run("COMMIT")
            tally[0] += 1
        except pymysql.Error as error:
            if error.args[0] not in CONFLICTS:
                raise
            tally[1] += 1
            line = Line(account)
            line.run(f"SET SESSION innodb_snapshot_isolation={way.snapshot}")
    line.close()


def lost_updates(cluster: KitCluster, way: Way, rounds: int) -> str:
    """One row of the table: what was acknowledged, rolled back, and lost."""
    first = Line(cluster.account("db-0"))
    first.run("DROP TABLE IF EXISTS number")
    first.run("CREATE TABLE number (id INT PRIMARY KEY, n INT)")
    first.run("INSERT INTO number VALUES (1, 0)")
    tallies = [[0, 0], [0, 0]]
    accounts = [cluster.account(name) for name in way.nodes]
    for account in accounts:
        line = Line(account)
        line.run("SET SESSION wsrep_sync_wait = 1")
        assert line.run("SELECT n FROM number") == [(0,)]
        line.close()
    clients = [
        threading.Thread(target=count_up, args=(account, way, rounds, tally))
        for account, tally in zip(accounts, tallies, strict=True)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    first.run("SET SESSION wsrep_sync_wait = 1")
    ((n,),) = first.run("SELECT n FROM number")
    first.close()
    done, back = (sum(tally[place] for tally in tallies) for place in (0, 1))
    return f"| {way.said} | {done} | {back} | {done - int(n)} |"


def stale_reads(cluster: KitCluster, rounds: int, wait: int) -> str:
    """One row of the table: how often a row that was acknowledged was not there on another node."""
    writer, reader = Line(cluster.account("db-0")), Line(cluster.account("db-1"))
    writer.run("DROP TABLE IF EXISTS fresh")
    writer.run("CREATE TABLE fresh (id INT PRIMARY KEY)")
    reader.run("SET SESSION wsrep_sync_wait = 1")
    reader.run("SELECT COUNT(*) FROM fresh")
    reader.run(f"SET SESSION wsrep_sync_wait = {wait}")
    stale = 0
    for number in range(rounds):
        writer.run(f"INSERT INTO fresh VALUES ({number})")
        stale += not reader.run(f"SELECT id FROM fresh WHERE id = {number}")
    for line in (writer, reader):
        line.close()
    return f"| `wsrep_sync_wait={wait}` | {rounds} | {stale} |"


def measure(cluster: KitCluster, rounds: int, tell: Callable[[str], None]) -> str:
    """Start the cluster and give both tables."""
    disasters.await_synced(cluster, cluster.first_start())
    lost, stale = [], []
    for way in WAYS:
        lost.append(lost_updates(cluster, way, rounds))
        tell(lost[-1])
    for wait in (0, 1):
        stale.append(stale_reads(cluster, rounds, wait))
        tell(stale[-1])
    return "\n".join([
        "| Two clients that add one to what they read | Acknowledged | Rolled back, tried again | Lost |",
        "| --- | --- | --- | --- |",
        *lost,
        "",
        "| Read on another node when the write was acknowledged | Reads | Stale |",
        "| --- | --- | --- |",
        *stale,
    ])  # fmt: skip


@click.command(help=__doc__)
@click.option("--rounds", default=2000, show_default=True, help="Additions of each client, and reads.")
@click.option("--write", is_flag=True, help="Put the tables into docs/benchmarks.md.")
def main(*, rounds: int, write: bool) -> None:
    """Measure, print, and perhaps write."""
    where = machine.conditions()
    with kit_cluster() as cluster:
        tables = measure(cluster, rounds, lambda text: click.echo(text, err=True))
    text = "\n".join([*(f"- {name}: {value}" for name, value in where.items()), "", tables])
    click.echo(text)
    if write:
        DOCUMENT.write_text(put_between_markers(DOCUMENT.read_text(encoding="utf-8"), text, MARKS), encoding="utf-8")


if __name__ == "__main__":
    main()
