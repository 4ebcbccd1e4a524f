"""A real cluster for tests: `galeractl local` from the outside, its files and its SQL from the inside.

Making three nodes from nothing costs half a minute (two state transfers with their fixed pause of ten seconds),
so one stopped cluster is made once and each test gets a copy of its directory.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql

START_SECONDS = 90.0
SMALL = ("innodb_log_file_size=16M", "innodb_buffer_pool_size=48M")
ENVIRONMENT = os.environ | {"GALERA_GCACHE_SIZE": str(32 << 20)}
BY_SST = ("GALERA_STATE_TRANSFER", "sst")  # for tests of Galera's own state transfer, to be put into ENVIRONMENT


class Gone(AssertionError):
    """What a test waited for did not come; the message shows what every node said last."""


def wait_for(what: str, condition: Callable[[], Any], seconds: float, last_words: Callable[[], str] = str) -> Any:
    """Wait until `condition` gives something true, and give it; raises Gone."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Gone(f"waited {seconds:.0f} s in vain for {what}\n{last_words()}")
        time.sleep(0.1)


class Node:
    """One node's files and its server."""

    def __init__(self, directory: Path, name: str) -> None:
        self.name = name
        self.home = directory / "nodes" / name
        self.run = self.home / "run"
        self.volume = self.home / "volume"
        self.datadir = self.volume / "data"
        self._secrets = directory / "secrets"

    def facts(self) -> dict[str, Any]:
        """What its entrypoint published last; empty before the first word."""
        try:
            return dict(json.loads((self.run / "node.json").read_text()))
        except (OSError, ValueError):
            return {}

    def decision(self) -> tuple[str, str]:
        """The kind and sentence of its last published decision."""
        found = self.facts().get("decision") or {}
        return found.get("kind", ""), found.get("reason", "")

    def record(self) -> dict[str, Any]:
        """What it remembers."""
        return dict(json.loads((self.volume / "node-record.json").read_text()))

    def log(self) -> str:
        """What its entrypoint and server said."""
        path = self.home / "log" / "entrypoint.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements in one session as root over the socket; gives the rows of the last one."""
        password = (self._secrets / "root").read_bytes().rstrip(b"\n")
        socket = str(self.run / "mysqld.sock")
        line: Any = pymysql.connect(unix_socket=socket, user="root", password=password, autocommit=True)
        try:
            with line.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return list(cursor.fetchall())
        finally:
            line.close()

    def status(self, name: str) -> str:
        """One status variable; '' while the server does not answer."""
        try:
            rows = self.sql(f"SHOW GLOBAL STATUS LIKE '{name}'")
        except pymysql.Error:
            return ""
        return str(rows[0][1]) if rows else ""


class LocalCluster:
    """A directory of `galeractl local`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def node(self, name: str) -> Node:
        """One of its nodes."""
        return Node(self.directory, name)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes that have a home."""
        homes = sorted((self.directory / "nodes").iterdir())
        return tuple(self.node(home.name) for home in homes)

    def galeractl(self, *words: str, expect: int | None = 0, seconds: float = 150.0) -> Any:
        """Run a command on this cluster and give its JSON (or text); `expect` is the exit status, None for any."""
        command = [sys.executable, "-m", "galeractl", "--local", str(self.directory), "--json", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds, env=ENVIRONMENT)
        if expect is not None and done.returncode != expect:
            raise AssertionError(
                f"{' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}\n{self.words()}"
            )
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout + done.stderr

    def start(self, *names: str, wait: bool = True, options: tuple[str, ...] = (), expect: int | None = 0) -> None:
        """Start nodes, or all."""
        flags = [word for option in options for word in ("--mariadb-option", option)]
        waiting = [] if wait else ["--no-wait"]
        self.galeractl("local", "start", *names, *flags, *waiting, "--timeout", str(START_SECONDS), expect=expect)

    def stop(self, *names: str) -> None:
        """Stop nodes gracefully, or all."""
        self.galeractl("local", "stop", *names)

    def kill(self, *names: str, what: str = "node") -> None:
        """A power cut of nodes, of all when none is named."""
        self.galeractl("local", "kill", *(names or [node.name for node in self.nodes]), "--what", what)

    def status(self) -> dict[str, Any]:
        """What `galeractl status` says."""
        return dict(self.galeractl("status", expect=None))

    def recover(self, *words: str, expect: int = 0) -> Any:
        """Run `galeractl recover` without a terminal."""
        return self.galeractl("recover", *words, "--yes", expect=expect)

    def wait_for_decision(self, name: str, kind: str, sentence: str, seconds: float = 60.0) -> str:
        """Wait until a node says `kind` with `sentence` in its reason; gives the whole reason."""
        node = self.node(name)

        def said() -> str:
            found, reason = node.decision()
            return reason if found == kind and sentence in reason else ""

        return str(wait_for(f"{name} to {kind}: {sentence}", said, seconds, self.words))

    def wait_for_synced(self, *names: str, seconds: float = START_SECONDS) -> None:
        """Wait until nodes are Synced in a Primary component."""
        wanted = [self.node(name) for name in names] or list(self.nodes)

        def synced() -> bool:
            return all(
                node.status("wsrep_local_state_comment") == "Synced"
                and node.status("wsrep_cluster_status") == "Primary"
                for node in wanted
            )

        wait_for(f"{', '.join(node.name for node in wanted)} to be Synced", synced, seconds, self.words)

    def words(self) -> str:
        """What every node said last, for a message."""
        parts = []
        for node in self.nodes:
            lines = [line for line in node.log().splitlines() if " entrypoint " in line or "ERROR" in line]
            parts.append("\n".join([f"--- {node.name}", *(line[:400] for line in lines[-14:])]))
        return "\n".join(parts)

    def dns(self, mode: str) -> None:
        """Have the cluster's name server misbehave: 'ok', 'empty', 'servfail' ... (galeractl.local.zone)."""
        path = self.directory / "zone.json"
        zone = json.loads(path.read_text()) | {"mode": mode}
        aside = path.with_name("zone.json.test")
        aside.write_text(json.dumps(zone))
        aside.chmod(0o644)
        aside.rename(path)

    def uuids(self) -> set[str]:
        """The histories that running nodes are in."""
        return {node.status("wsrep_cluster_state_uuid") for node in self.nodes} - {""}

    def checksums(self) -> set[str]:
        """CHECKSUM TABLE of the test table on every node."""
        return {str(node.sql("CHECKSUM TABLE lab.t")[0][1]) for node in self.nodes}

    def rows(self, name: str = "db-0") -> int:
        """How many rows the test table has on a node, every committed write applied."""
        return int(self.node(name).sql("SET STATEMENT wsrep_sync_wait=1 FOR SELECT COUNT(*) FROM lab.t")[0][0])

    def write(self, name: str, rows: int = 5) -> None:
        """Write rows through a node."""
        for _row in range(rows):
            self.node(name).sql("INSERT INTO lab.t (v) VALUES (UUID())")

    def destroy(self) -> None:
        """End its programs and remove its directory."""
        self.galeractl("local", "kill", *[node.name for node in self.nodes], expect=None)
        self.galeractl("local", "stop", expect=None)
        shutil.rmtree(self.directory, ignore_errors=True)


def create(directory: Path) -> LocalCluster:
    """Make a new cluster of three with a small table, all Synced; its nodes were started 2, 1, 0."""
    cluster = LocalCluster(directory)
    cluster.start(options=SMALL)
    cluster.node("db-0").sql("CREATE DATABASE lab")
    cluster.node("db-0").sql("CREATE TABLE lab.t (id BIGINT AUTO_INCREMENT PRIMARY KEY, v CHAR(36) NOT NULL)")
    cluster.write("db-0", 20)
    return cluster


@contextmanager
def copied(original: Path, directory: Path) -> Iterator[LocalCluster]:
    """A copy of a stopped cluster, ended and removed afterwards."""
    subprocess.run(["cp", "-a", "--sparse=always", str(original), str(directory)], check=True)
    cluster = LocalCluster(directory)
    try:
        yield cluster
    finally:
        cluster.destroy()
