"""A mariadbd with Galera that a test starts by itself, without the entrypoint: plain wsrep options, nothing more."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymysql

from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.position import ZERO_UUID
from peerfinder.core.record import NodeRecord, Start, StartKind
from peerfinder.core.report import Datadir, Phase
from tests.support.sidecars import Node, wait_for

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
MONITOR, PASSWORD = "monitor", "tr0ub4dor"
PORT = 3306
BALLOT = Ballot(1, "db-0")  # of the bootstrap that every such cluster comes from


def provider() -> str:
    """The path of the Galera library that `make server` found."""
    looked = subprocess.run([ROOT / "scripts/obtain-server", "--check"], capture_output=True, text=True, check=True)
    return looked.stdout.rpartition(" with ")[2].strip()


def make_template(directory: Path) -> Path:
    """Fill a datadir to be copied."""
    options = ["--no-defaults", f"--datadir={directory}", f"--user={getpass.getuser()}", "--skip-test-db"]
    subprocess.run(
        ["mariadb-install-db", *options, "--auth-root-authentication-method=normal"],
        env=ENVIRONMENT,
        capture_output=True,
        check=True,
    )
    return directory


class PlainServer:
    """The server of one node; its data come from a template or from a server that was stopped."""

    def __init__(self, node: Node, data: Path, members: tuple[Node, ...]) -> None:
        self.node, self.members = node, members
        self.process: subprocess.Popen[bytes] | None = None
        shutil.copytree(data, node.volume / "data", dirs_exist_ok=True, ignore=shutil.ignore_patterns("galera.cache"))

    def start(self, *more: str) -> None:
        """Start it; returns at once."""
        address, run = self.node.address, self.node.run
        evs = "evs.keepalive_period=PT0.5S;evs.inactive_check_period=PT0.25S"
        evs += ";evs.suspect_timeout=PT2S;evs.inactive_timeout=PT4S"
        gmcast = f"gmcast.listen_addr=tcp://{address}:4567;ist.recv_addr={address}:4568"
        command = [
            "mariadbd", "--no-defaults", f"--user={getpass.getuser()}", f"--datadir={self.node.volume / 'data'}",
            f"--socket={run / 'mysqld.sock'}", f"--pid-file={run / 'pid'}", f"--bind-address={address}",
            f"--port={PORT}", "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2", "--innodb-buffer-pool-size=32M",
            "--performance-schema=OFF", "--wsrep-on=ON", f"--wsrep-provider={provider()}",
            f"--wsrep-node-name={self.node.name}", f"--wsrep-node-address={address}",
            f"--wsrep-status-file={run / 'wsrep_status.json'}", "--wsrep-sst-method=mariabackup",
            "--wsrep-cluster-address=gcomm://" + ",".join(node.address for node in self.members),
            f"--wsrep-provider-options={gmcast};gcache.size=8M;pc.recovery=true;{evs}", *more,
        ]  # fmt: skip
        with (run.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, stdout=log, env=ENVIRONMENT)

    def bootstrap(self) -> None:
        """Start it as a Primary of one, with the monitor's account; returns when it serves."""
        self.start("--wsrep-new-cluster")
        self.wait_synced()
        self.sql(
            f"CREATE USER {MONITOR}@localhost IDENTIFIED BY '{PASSWORD}'",
            f"GRANT SELECT ON mysql.wsrep_cluster TO {MONITOR}@localhost",
            f"GRANT SELECT ON mysql.wsrep_cluster_members TO {MONITOR}@localhost",
        )

    def announce(self, kind: StartKind = StartKind.BOOTSTRAP) -> None:
        """Let the node's entrypoint say that this server runs; it says so at the next beat."""
        assert self.process is not None
        node, start = self.node, Start(kind, (Epoch(BALLOT, ZERO_UUID, 0),), None)
        record = NodeRecord(node.name, BALLOT, start=start)
        node.facts = replace(
            node.facts, phase=Phase.RUNNING, datadir=Datadir.PRESENT, record=record, server_pid=self.process.pid
        )

    def end(self) -> None:
        """Let it die, if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def wait_synced(self) -> None:
        """Wait until it serves."""
        wait_for(f"{self.node.name} is Synced", self._is_synced, seconds=60)

    def sql(self, *queries: str) -> Any:
        """Run queries as root; gives the rows of the last."""
        socket = str(self.node.run / "mysqld.sock")
        with pymysql.connect(unix_socket=socket, user="root", autocommit=True) as connection:
            cursor = connection.cursor()
            for query in queries:
                cursor.execute(query)
            return cursor.fetchall()

    def stop(self) -> None:
        """End it in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def kill(self) -> None:
        """Let it die."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def _is_synced(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.node.run.parent / "server.log").read_text()[-2000:]
        try:
            ((_, state),) = self.sql("SHOW STATUS LIKE 'wsrep_local_state_comment'")
        except pymysql.Error:
            time.sleep(0.1)
            return False
        return bool(state == "Synced")
