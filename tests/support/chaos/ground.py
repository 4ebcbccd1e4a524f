"""The cluster that a run breaks: a copy of a stopped one, its clients, and what every node holds at the end. Acts."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymysql

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.core.network import AGENT_PORT
from galeractl.local import creation
from tests.support.chaos.findings import Final
from tests.support.chaos.transactions import NAMES, READ_SECONDS, TABLES
from tests.support.cluster import SMALL, LocalCluster

NODES = 3
FINAL_SECONDS = 60  # for one node to apply what it has and to answer
LISTS = "SELECT k, vals FROM chaos_lists ORDER BY k"


def make_original(directory: Path, network: int) -> Path:
    """A stopped cluster with the clients' tables, on a network number of its own."""
    place = Place(directory)
    settings = creation.create_or_open(place, NODES, SMALL, "")
    local_dir.write_settings(place, replace(settings, network=network))
    cluster = LocalCluster(directory)
    cluster.start()
    cluster.node("db-0").sql("USE app", *TABLES)
    for name in local_dir.read_settings(place).names:
        cluster.stop(name)
    return directory


@contextmanager
def copied(original: Path, directory: Path, options: tuple[str, ...]) -> Iterator[LocalCluster]:
    """A copy of it with more options of mariadbd; its programs are ended afterwards, its files stay."""
    shutil.rmtree(directory, ignore_errors=True)
    subprocess.run(["cp", "-a", "--sparse=always", str(original), str(directory)], check=True)
    creation.create_or_open(Place(directory), None, options, "")
    cluster = LocalCluster(directory)
    try:
        yield cluster
    finally:
        cluster.galeractl("local", "kill", *[node.name for node in cluster.nodes], expect=None)
        cluster.galeractl("local", "stop", expect=None)


@contextmanager
def clients(cluster: LocalCluster, history: Path, seed: int, *, multi: bool) -> Iterator[None]:
    """Clients that write meanwhile; all have ended when this is left."""
    command = [sys.executable, "-m", "tests.support.chaos.clients", str(cluster.directory), str(history)]
    with subprocess.Popen([*command, "--seed", str(seed), *(["--multi"] if multi else [])]) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(READ_SECONDS + 10)
            except subprocess.TimeoutExpired:
                process.kill()


def writer_of(addresses: dict[str, str]) -> str:
    """The node whose agent says that it is the writer, '' if none does."""
    for name, address in addresses.items():
        line = http.client.HTTPConnection(address, AGENT_PORT, timeout=0.5)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(line):
            line.request("GET", "/primary")
            if line.getresponse().status == http.client.OK:
                return name
    return ""


def final_of(cluster: LocalCluster, name: str) -> Final:
    """Everything that a node holds, each write before this moment applied."""
    password = (cluster.directory / "secrets" / "root").read_bytes().rstrip(b"\n")
    line: Any = pymysql.connect(
        unix_socket=str(cluster.node(name).run / "mysqld.sock"), user="root", password=password, database="app",
        autocommit=True, read_timeout=FINAL_SECONDS, init_command="SET SESSION wsrep_sync_wait = 1",
    )  # fmt: skip
    with contextlib.closing(line), line.cursor() as cursor:

        def ask(question: str) -> list[tuple[Any, ...]]:
            cursor.execute(question)
            return list(cursor.fetchall())

        return Final(
            node=name,
            uuid=str(ask("SHOW GLOBAL STATUS LIKE 'wsrep_cluster_state_uuid'")[0][1]),
            values=tuple(int(row[0]) for row in ask("SELECT v FROM chaos_set ORDER BY id")),
            lists={int(key): tuple(int(one) for one in text.split(",")) for key, text in ask(LISTS)},
            balances={int(row[0]): int(row[1]) for row in ask("SELECT id, balance FROM chaos_accounts")},
            transfers=tuple(
                (int(row[0]), int(row[1]), int(row[2]), int(row[3]))
                for row in ask("SELECT n, f, t, amount FROM chaos_transfers ORDER BY id")
            ),
            counter=int(ask("SELECT n FROM chaos_counter")[0][0]),
            checksums=tuple((str(row[0]), str(row[1])) for row in ask(f"CHECKSUM TABLE {', '.join(NAMES)}")),
        )


def keep(directory: Path, kept: Path, *files: Path) -> None:
    """Keep everything of a run but its data: logs, records, run directories, history."""
    shutil.rmtree(kept, ignore_errors=True)
    ignored = shutil.ignore_patterns("data", "new-data", "secrets", "*.sock")
    shutil.copytree(directory, kept, ignore=ignored, ignore_dangling_symlinks=True)
    for file in files:
        if file.exists():
            shutil.copy(file, kept)
    for grastate in directory.glob("nodes/*/volume/data/grastate.dat"):
        shutil.copy(grastate, kept / "nodes" / grastate.parts[-4] / "grastate.dat")
