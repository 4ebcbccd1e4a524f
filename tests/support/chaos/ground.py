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
from tests.support.chaos.faults import OWN_CLOCK, SMALL_VOLUME, Schedule
from tests.support.chaos.findings import Final
from tests.support.chaos.machine import small_volumes
from tests.support.chaos.transactions import NAMES, READ_SECONDS, TABLES
from tests.support.cluster import SMALL, LocalCluster

RUNS_OF_A_CLUSTER = 10  # then it begins anew: its logs have grown, and what they say of a failure is to be found
FINAL_SECONDS = 60  # for one node to apply what it has and to answer
LISTS = "SELECT k, vals FROM chaos_lists ORDER BY k"


def make_original(directory: Path, nodes: int, network: int, *, isolated: bool) -> Path:
    """A stopped cluster, on a network number of its own."""
    place = Place(directory)
    settings = creation.create_or_open(place, nodes, SMALL, "", isolated=isolated)
    local_dir.write_settings(place, replace(settings, network=network))
    cluster = LocalCluster(directory)
    try:
        cluster.start()
        for name in local_dir.read_settings(place).names:
            cluster.stop(name)
    except BaseException:
        _end(cluster)
        raise
    return directory


class Ground:
    """Where one run after the other takes place: a cluster lives on while nothing is wrong with it."""

    def __init__(self, originals: dict[int, Path], yard: Path, network: int, options: tuple[str, ...]) -> None:
        """`originals`: stopped clusters by their number of nodes; `network`: the number that copies of them get."""
        self._originals, self._yard, self._network, self._options = originals, yard, network, options
        self._cluster: LocalCluster | None = None
        self._nodes, self._runs = 0, 0
        self._mounts = contextlib.ExitStack()

    def cluster(self, schedule: Schedule) -> LocalCluster:
        """A cluster for this schedule, whole or stopped; the tables are made by `prepare`."""
        special = bool(schedule.kinds & (SMALL_VOLUME | OWN_CLOCK))
        if self._cluster and (special or schedule.nodes != self._nodes or self._runs >= RUNS_OF_A_CLUSTER):
            self.discard()
        if self._cluster is None:
            self._cluster = self._copy(schedule)
        self._runs = RUNS_OF_A_CLUSTER if special else self._runs + 1
        return self._cluster

    def discard(self) -> None:
        """End the cluster; its files stay until the next one."""
        if self._cluster:
            _end(self._cluster)
            self._mounts.close()
        self._cluster, self._runs = None, 0

    def _copy(self, schedule: Schedule) -> LocalCluster:
        directory = self._yard / "copy"
        shutil.rmtree(directory, ignore_errors=True)
        subprocess.run(
            ["cp", "-a", "--sparse=always", str(self._originals[schedule.nodes]), str(directory)], check=True
        )
        place = Place(directory)
        settings = creation.create_or_open(place, None, self._options, "")
        local_dir.write_settings(place, replace(settings, network=self._network))
        if schedule.kinds & SMALL_VOLUME:
            self._mounts.enter_context(small_volumes(directory))
        self._nodes, self._runs = schedule.nodes, 0
        return LocalCluster(directory)


def _end(cluster: LocalCluster) -> None:
    cluster.galeractl("local", "kill", *[node.name for node in cluster.nodes], expect=None)
    cluster.galeractl("local", "stop", expect=None)


def prepare(cluster: LocalCluster) -> None:
    """Give a whole cluster the clients' tables, empty."""
    cluster.nodes[0].sql("USE app", *(f"DROP TABLE IF EXISTS {name}" for name in NAMES), *TABLES)


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
