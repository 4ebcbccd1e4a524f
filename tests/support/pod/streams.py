"""Clients of every habit inside the cluster, side by side over several routes to it; each remembers what it felt.

Runs in the client's pod with the image's Python and nothing but PyMySQL; the tests mount this file. A *route* is
NAME=WRITE_HOST:PORT,READ_HOST:PORT. On each route go

- `pooled`: one row after the other over a connection that is kept; one that was closed while nothing was asked is
  opened anew, as a pool does that tests before it lends;
- `fresh`: a new connection for each row;
- `long`: transactions of a second, ROWS rows each, over a kept connection that rests between two of them;
- `reads`: a new connection for each question, which node it is and who the writer is.

    streams.py run ROUTE...                            go on until /tmp/streams.stop is there
    streams.py reach HOST PORT TRIES                   the nodes that new connections come to, as JSON
"""

from __future__ import annotations

import contextlib
import json
import select
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pymysql

PASSWORD = Path("/run/secrets/galera/root-password")
STATE, STOP = Path("/tmp/streams.json"), Path("/tmp/streams.stop")
PERIOD = 0.05  # seconds between two rows or questions of a stream
ROWS, STEP, REST = 5, 0.2, 0.4  # of a long transaction: rows, seconds between them, seconds to the next one
GAPS_FROM = 0.1  # seconds; shorter pauses between two answers are not worth a word
SECONDS = 15.0  # that a client waits for an answer: longer than a proxy lets it wait for a writer


class Stream:
    """One client on one route."""

    def __init__(self, route: str, kind: str, place: str) -> None:
        self.route, self.kind = route, kind
        self.host, _, port = place.partition(":")
        self.port = int(port)
        self.line: pymysql.Connection[Any] | None = None
        self.step = ""
        self.resting = 0.0
        self.last = 0.0
        self.answered = self.reconnects = self.read_at_writer = 0
        self.gaps: list[tuple[float, float]] = []
        self.failed: list[dict[str, Any]] = []
        self.reached: Counter[str] = Counter()

    @property
    def table(self) -> str:
        return f"streams.{self.route}_{self.kind}"

    def run(self) -> None:
        while not STOP.exists():
            began = time.time()
            try:
                getattr(self, self.kind)()
            except (pymysql.MySQLError, OSError) as error:
                code = error.args[0] if error.args else 0
                self.failed.append({"at": time.time(), "step": self.step, "code": code, "text": str(error)[:160]})
                self.drop()
            else:
                self.note()
            time.sleep(max(0.01, self.resting, PERIOD - (time.time() - began)))
        self.note_gap(time.time())

    def pooled(self) -> None:
        self.borrow()
        self.ask(f"INSERT INTO {self.table} VALUES (NULL, @@wsrep_node_name)")

    def fresh(self) -> None:
        self.open()
        self.ask(f"INSERT INTO {self.table} VALUES (NULL, @@wsrep_node_name)")
        self.drop()

    def long(self) -> None:
        line = self.borrow()
        line.begin()
        for _ in range(ROWS):
            self.ask(f"INSERT INTO {self.table} VALUES (NULL, @@wsrep_node_name)")
            time.sleep(STEP)
        self.step = "commit"
        line.commit()
        self.resting = REST

    def reads(self) -> None:
        self.open()
        node, writer = self.ask("SELECT @@wsrep_node_name, node FROM galerakit.writer")
        self.reached[node] += 1
        self.read_at_writer += node == writer
        self.drop()

    def borrow(self) -> pymysql.Connection[Any]:
        """The kept connection; another one where it was closed while it was idle."""
        if self.line is not None and select.select([self.line._sock], [], [], 0)[0]:  # type: ignore[attr-defined]
            self.reconnects += 1
            self.drop()
        return self.line or self.open()

    def open(self) -> pymysql.Connection[Any]:
        self.step = "connect"
        self.line = connect(self.host, self.port)
        return self.line

    def ask(self, statement: str) -> Any:
        self.step = "statement"
        assert self.line is not None
        with self.line.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()

    def drop(self) -> None:
        if self.line is not None:
            with contextlib.suppress(pymysql.MySQLError, OSError):
                self.line.close()
        self.line = None

    def note(self) -> None:
        now = time.time()
        self.note_gap(now)
        self.answered += 1
        self.last = now

    def note_gap(self, now: float) -> None:
        usual = ROWS * STEP + REST if self.kind == "long" else 0.0
        if self.last and now - self.last >= GAPS_FROM + usual:
            self.gaps.append((self.last + usual, now))

    def state(self) -> dict[str, Any]:
        return {
            "route": self.route, "kind": self.kind, "answered": self.answered, "last": self.last,
            "gaps": self.gaps[:], "failed": self.failed[:], "reconnects": self.reconnects,
            "read_at_writer": self.read_at_writer, "reached": dict(self.reached),
        }  # fmt: skip


def connect(host: str, port: int) -> pymysql.Connection[Any]:
    """Connect as root."""
    return pymysql.connect(
        host=host, port=port, user="root", password=PASSWORD.read_bytes(), autocommit=True,
        connect_timeout=SECONDS, read_timeout=SECONDS, write_timeout=SECONDS,
    )  # fmt: skip


def run(routes: list[str]) -> None:
    """Make the tables, then go on until told to stop."""
    streams = []
    for route in routes:
        name, _, places = route.partition("=")
        writes, _, reads = places.partition(",")
        streams += [Stream(name, kind, writes) for kind in ("pooled", "fresh", "long")]
        streams.append(Stream(name, "reads", reads))
    with connect(streams[0].host, streams[0].port) as line, line.cursor() as cursor:
        cursor.execute("CREATE DATABASE IF NOT EXISTS streams")
        for stream in streams:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {stream.table} (id BIGINT AUTO_INCREMENT PRIMARY KEY, n VARCHAR(64))"
            )
    threads = [threading.Thread(target=stream.run, daemon=True) for stream in streams]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        publish(streams)
        time.sleep(0.3)
    publish(streams)


def publish(streams: list[Stream]) -> None:
    """Write the state for the test to read."""
    aside = STATE.with_suffix(".new")
    aside.write_text(json.dumps({"now": time.time(), "streams": [stream.state() for stream in streams]}))
    aside.rename(STATE)


def reach(host: str, port: int, tries: int) -> None:
    """Connect again and again, and say where that led to."""
    reached: Counter[str] = Counter()
    for _ in range(tries):
        with connect(host, port) as line, line.cursor() as cursor:
            cursor.execute("SELECT @@wsrep_node_name")
            reached[str((cursor.fetchone() or [""])[0])] += 1
    print(json.dumps(reached))


if __name__ == "__main__":
    if sys.argv[1] == "run":
        STOP.unlink(missing_ok=True)
        STATE.unlink(missing_ok=True)
        run(sys.argv[2:])
    else:
        reach(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
