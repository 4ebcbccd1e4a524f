"""Asks every node's server four times a second how it is, each in a thread of its own. Acts."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pymysql

from tests.support.chaos.samples import Sample

EVERY_SECONDS = 0.25
READ_SECONDS = 2  # longer only where the server is paused or its machine overloaded
WANTED = (
    "wsrep_cluster_status", "wsrep_local_state_comment", "wsrep_cluster_state_uuid", "wsrep_incoming_addresses",
    "wsrep_cluster_size", "wsrep_last_committed",
)  # fmt: skip
QUESTION = f"SHOW GLOBAL STATUS WHERE Variable_name IN {WANTED}"


class Sampler:
    """Samples of a cluster from `start` until `stop`."""

    def __init__(self, directory: Path, addresses: Mapping[str, str]) -> None:
        self._names = {address: name for name, address in addresses.items()}
        self._sockets = {name: directory / "nodes" / name / "run" / "mysqld.sock" for name in addresses}
        self._password = (directory / "secrets" / "root").read_bytes().rstrip(b"\n")
        self._ended = threading.Event()
        self._samples: list[Sample] = []
        self._threads = [threading.Thread(target=self._watch, args=(name,), daemon=True) for name in addresses]
        self.latest: dict[str, Sample] = {}

    @property
    def samples(self) -> tuple[Sample, ...]:
        """All samples so far."""
        return tuple(self._samples)

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        for thread in self._threads:
            thread.join(READ_SECONDS + 2)

    def _watch(self, name: str) -> None:
        line: Any = None
        while not self._ended.wait(EVERY_SECONDS):
            try:
                if line is None:
                    line = self._connect(name)
                asked = time.monotonic()
                with line.cursor() as cursor:
                    cursor.execute(QUESTION)
                    told = dict(cursor.fetchall())
                self._keep(name, asked, told)
            except (pymysql.MySQLError, OSError):
                if line is not None and line.open:
                    line.close()
                line = None
        if line is not None and line.open:
            line.close()

    def _connect(self, name: str) -> Any:
        return pymysql.connect(
            unix_socket=str(self._sockets[name]), user="root", password=self._password, autocommit=True,
            connect_timeout=READ_SECONDS, read_timeout=READ_SECONDS,
        )  # fmt: skip

    def _keep(self, name: str, asked: float, told: dict[str, str]) -> None:
        hosts = [part.rpartition(":")[0] for part in told.get("wsrep_incoming_addresses", "").split(",")]
        sample = Sample(
            node=name, asked=asked, answered=time.monotonic(),
            status=told.get("wsrep_cluster_status", ""), state=told.get("wsrep_local_state_comment", ""),
            uuid=told.get("wsrep_cluster_state_uuid", ""),
            members=tuple(sorted(self._names.get(host, host or "?") for host in hosts)),
            size=int(told.get("wsrep_cluster_size", 0)),
            committed=int(told.get("wsrep_last_committed", -1)),
        )  # fmt: skip
        self._samples.append(sample)
        self.latest[name] = sample
