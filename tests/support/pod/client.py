"""A client inside the cluster, in a pod of its own: it never stops writing and remembers exactly what it was promised.

Runs in the pod with the image's Python and nothing but PyMySQL; the tests mount this file. Every worker has a table
`probe.w<N>` and writes the rows 1, 2, 3 ... into it, each once. An error is a failed request; whether its row is there
is then unknown, and the worker goes on with the next row.

- a *held* worker keeps its connection, as a pool does, and reconnects when it breaks;
- a *fresh* worker makes a new connection for every row.

    client.py write --host H --held 3 --fresh 1     write until /tmp/stop is there; /tmp/state.json says how it goes
    client.py sql HOST STATEMENT...                 run statements, print the rows of each as one JSON line
    client.py connect HOST PORT...                  print which ports take a connection, as JSON
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pymysql

PASSWORD = Path("/run/secrets/galera/root-password")
STATE, STOP = Path("/tmp/state.json"), Path("/tmp/stop")
PERIOD = 0.02  # between two rows of a worker
GAPS_FROM = 0.15  # shorter pauses between two answers are not worth a word


def connect(host: str, read_timeout: float = 10.0) -> pymysql.Connection[Any]:
    """Connect as root, whatever bytes the password has."""
    return pymysql.connect(
        host=host, user="root", password=PASSWORD.read_bytes(), autocommit=True,
        connect_timeout=3, read_timeout=read_timeout, write_timeout=read_timeout,
    )  # fmt: skip


class Worker:
    """One stream of rows."""

    def __init__(self, number: int, host: str, *, held: bool, elsewhere: set[str]) -> None:
        """`elsewhere`: nodes that other held workers have; at the start this one looks for another."""
        self.number, self.host, self.held, self.elsewhere = number, host, held, elsewhere
        self.connection: pymysql.Connection[Any] | None = None
        self.node = ""
        self.row = 0
        self.acknowledged = 0
        self.failed: list[dict[str, Any]] = []
        self.gaps: list[tuple[float, float]] = []
        self.last = 0.0

    def run(self) -> None:
        """Write until told to stop."""
        while not STOP.exists():
            began = time.time()
            self.write()
            time.sleep(max(0.0, PERIOD - (time.time() - began)))
        self.note_gap(time.time())

    def write(self) -> None:
        """One request: connect where there is no connection, and write the next row."""
        self.row += 1
        step = "connect"
        try:
            if self.connection is None:
                self.connection = connect(self.host)
                self.node = self.ask_node()
            step = "write"
            with self.connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO probe.w{self.number} VALUES (%s, @@wsrep_node_name)", (self.row,))
        except (pymysql.MySQLError, OSError) as error:
            self.note_failure(step, error)
            return
        now = time.time()
        self.note_gap(now)
        self.acknowledged += 1
        self.last = now
        if not self.held:
            self.drop()

    def choose(self, tries: int = 200) -> None:
        """Connect to a node that no other held worker has, as far as the Service gives one."""
        for _ in range(tries):
            self.connection = connect(self.host)
            self.node = self.ask_node()
            if self.node not in self.elsewhere:
                break
            self.drop()
        self.elsewhere.add(self.node)

    def ask_node(self) -> str:
        if self.connection is None:
            return ""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT @@wsrep_node_name")
            return str(cursor.fetchone()[0])

    def note_failure(self, step: str, error: Exception) -> None:
        code = error.args[0] if error.args else 0
        self.failed.append(
            {
                "row": self.row,
                "at": time.time(),
                "step": step,
                "node": self.node,
                "code": code,
                "text": str(error)[:160],
            }
        )
        self.drop()
        time.sleep(0.02)

    def note_gap(self, now: float) -> None:
        if self.last and now - self.last >= GAPS_FROM:
            self.gaps.append((self.last, now))

    def drop(self) -> None:
        if self.connection is not None:
            with contextlib.suppress(pymysql.MySQLError):
                self.connection.close()
        self.connection = None

    def state(self) -> dict[str, Any]:
        return {
            "number": self.number, "held": self.held, "node": self.node, "rows": self.row, "last": self.last,
            "acknowledged": self.acknowledged, "failed": self.failed[:], "gaps": self.gaps[:],
        }  # fmt: skip


def write(host: str, held: int, fresh: int) -> None:
    """Make the tables, then write."""
    workers = []
    elsewhere: set[str] = set()
    with connect(host, 60) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE IF NOT EXISTS probe")
        for number in range(held + fresh):
            cursor.execute(f"DROP TABLE IF EXISTS probe.w{number}")
            cursor.execute(f"CREATE TABLE probe.w{number} (id BIGINT PRIMARY KEY, node VARCHAR(64))")
            workers.append(Worker(number, host, held=number < held, elsewhere=elsewhere))
    for worker in workers[:held]:
        worker.choose()
    threads = [threading.Thread(target=worker.run, daemon=True) for worker in workers]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        publish(workers, stopped=False)
        time.sleep(0.25)
    publish(workers, stopped=True)


def publish(workers: list[Worker], *, stopped: bool) -> None:
    """Write the state for the test to read."""
    aside = STATE.with_suffix(".new")
    aside.write_text(json.dumps({"now": time.time(), "stopped": stopped, "workers": [w.state() for w in workers]}))
    aside.rename(STATE)


def sql(host: str, statements: list[str]) -> None:
    """Run statements on one connection."""
    with connect(host, 120) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            print(json.dumps(cursor.fetchall(), default=str))


def knock(host: str, ports: list[int]) -> None:
    """Try to open each port for two seconds."""
    found = {}
    for port in ports:
        try:
            socket.create_connection((host, port), timeout=2).close()
            found[port] = True
        except OSError:
            found[port] = False
    print(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("write")
    writing.add_argument("--host", required=True)
    writing.add_argument("--held", type=int, default=3)
    writing.add_argument("--fresh", type=int, default=1)
    asking = commands.add_parser("sql")
    asking.add_argument("host")
    asking.add_argument("statements", nargs="+")
    knocking = commands.add_parser("connect")
    knocking.add_argument("host")
    knocking.add_argument("ports", type=int, nargs="+")
    given = parser.parse_args()
    if given.command == "write":
        STOP.unlink(missing_ok=True)
        STATE.unlink(missing_ok=True)
        write(given.host, given.held, given.fresh)
    elif given.command == "sql":
        sql(given.host, given.statements)
    else:
        knock(given.host, given.ports)


if __name__ == "__main__":
    main()
