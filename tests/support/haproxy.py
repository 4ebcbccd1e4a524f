"""HAProxy in front of a local cluster, with the configuration that the chart ships.

What is put in its place: the name of the Service (a local cluster's is `db`), the name server, and by PROXY_ADDRESS the
address that it listens on, which is one of the cluster's own network.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
from helm_python import chart as helm

from galeractl.core.network import DNS_PORT
from tests.support.chart import CHART
from tests.support.cluster import LocalCluster, wait_for

READ_WRITE, READ_ONLY, DEFAULT, STATUS = 6446, 6447, 3306, 8404
LAST = 200  # of its address: the name server is .1, nodes are .10 and above


def configuration(dns_address: str) -> str:
    """The chart's haproxy.cfg for a local cluster."""
    values = {"fullnameOverride": "db", "proxy": {"enabled": True}}
    with helm.Chart.load(CHART) as loaded:
        rendered = loaded.render(values, name="db", namespace="default", is_install=True)
    text = str(helm.values_from_yaml(rendered["galera/templates/proxy/configmap.yaml"])["data"]["haproxy.cfg"])
    for there, here in (
        ("db-headless.default.", "db.default."),
        ("parse-resolv-conf", f"nameserver local {dns_address}:{DNS_PORT}"),
    ):
        assert there in text
        text = text.replace(there, here)
    return text


def program() -> str:
    """Where HAProxy is."""
    found = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    assert found, "no haproxy on this machine: make proxy"
    return found


class Proxy:
    """A running HAProxy."""

    def __init__(self, address: str, log: Path) -> None:
        self.address, self._log = address, log

    def connect(self, port: int, *, user: str, password: str, seconds: float = 15.0) -> pymysql.Connection[Any]:
        """A client's connection."""
        return pymysql.connect(
            host=self.address, port=port, user=user, password=password, autocommit=True,
            connect_timeout=seconds, read_timeout=seconds, write_timeout=seconds,
        )  # fmt: skip

    def ask(self, path: str) -> tuple[int, str]:
        """A question to its status port."""
        try:
            with urllib.request.urlopen(f"http://{self.address}:{STATUS}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def states(self, backend: str) -> dict[str, str]:
        """What it takes each node for: UP, DOWN, NOLB (nobody new) or MAINT (no address)."""
        rows = csv.DictReader(io.StringIO(self.ask("/;csv")[1].removeprefix("# ")))
        return {
            row["svname"]: row["status"].split()[0]
            for row in rows
            if row["pxname"] == backend and row["svname"] not in ("BACKEND", "nobody")
        }

    def takers(self, backend: str) -> set[str]:
        """The nodes that it sends new clients to."""
        return {name for name, state in self.states(backend).items() if state == "UP"}

    def words(self) -> str:
        """What it said last, for a message."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])


@contextmanager
def running(cluster: LocalCluster, folder: Path) -> Iterator[Proxy]:
    """An HAProxy for the length of a block, once it has asked every node."""
    address = str(cluster.galeractl("local", "status")["nodes"][0]["address"])
    network = address.rpartition(".")[0]
    path, log = folder / "haproxy.cfg", folder / "haproxy.log"
    path.write_text(configuration(f"{network}.1"))
    proxy = Proxy(f"{network}.{LAST}", log)
    with log.open("w") as output:
        process = subprocess.Popen(
            [program(), "-db", "-f", str(path)], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env=os.environ | {"PROXY_ADDRESS": proxy.address, "PROXY_STATUS_ADDRESS": proxy.address},
        )  # fmt: skip
        try:
            wait_for("HAProxy to know the writer", lambda: _is_settled(proxy, process), 30, proxy.words)
            yield proxy
        finally:
            process.kill()
            process.wait()


def _is_settled(proxy: Proxy, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, proxy.words()
    try:
        return len(proxy.takers("writer")) == 1 and bool(proxy.takers("readers"))
    except OSError:
        return False
