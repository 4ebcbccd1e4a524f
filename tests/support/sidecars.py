"""Real sidecars on loopback addresses, with node.json files that a test writes and a DNS that it can break."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from galeractl.local.nameserver import Nameserver
from peerfinder.adapters.clock import now, read_boot_id
from peerfinder.core.codec import from_json, to_json
from peerfinder.core.lineage import Ballot
from peerfinder.core.report import Datadir, NodeFacts, Phase
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.vote import VoteRequest

TOKEN = "correct-horse"
PORT = 8008
BEAT_SECONDS = 0.3
VOTE_REQUEST = to_json(VoteRequest(Ballot(4, "db-0"), ("db-0", "db-1", "db-2")))


def network() -> int:
    """The third part of 127.78.x.y for this worker of the test run, so that workers do not meet."""
    return 20 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def wait_for(what: str, condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Give the first true value of `condition`; fails by name after some seconds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.03)
    return value


class Node:
    """One node: its directories, its heart-beat, its sidecar."""

    def __init__(self, root: Path, ordinal: int) -> None:
        self.root, self.name = root, f"db-{ordinal}"
        self.address = f"127.78.{network()}.{10 + ordinal}"
        self.run, self.volume = root / self.name / "run", root / self.name / "volume"
        self.run.mkdir(parents=True)
        (self.volume / "data").mkdir(parents=True)
        self.facts = NodeFacts(self.name, Phase.WAITING, Datadir.EMPTY, read_boot_id(), start_id=self.name)
        self.beating = True
        self.process: subprocess.Popen[bytes] | None = None
        self.log = root / f"{self.name}.log"

    def beat(self) -> None:
        """Write node.json with the heart-beat of now."""
        self.write_node(json.dumps(to_json(replace(self.facts, written_at=now()))))

    def write_node(self, text: str) -> None:
        """Write any text as node.json."""
        beside = self.run / "node.json.new"
        beside.write_text(text)
        beside.replace(self.run / "node.json")

    def start(self, nameserver: str, *more: str) -> None:
        """Start the sidecar, by flags."""
        command = [
            sys.executable, "-m", "peerfinder", "serve", "--name", self.name, "--run-dir", str(self.run),
            "--volume", str(self.volume), "--service", "db", "--nameserver", nameserver, "--address", self.address,
            "--port", str(PORT), "--token-file", str(self.root / "token"),
            "--replicas-file", str(self.root / "replicas"), "--memory", f"file:{self.root / 'memory.json'}", *more,
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log, stdout=log)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the sidecar by a signal; gives its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(10)

    @property
    def snapshot(self) -> ClusterSnapshot | None:
        """What cluster.json says, None before there is one."""
        try:
            return from_json(ClusterSnapshot, json.loads((self.run / "cluster.json").read_text()))
        except FileNotFoundError:
            return None

    def http(
        self, path: str, *, token: str | None = None, method: str = "GET", body: str | None = None
    ) -> tuple[int, Any, dict[str, str]]:
        """Ask the sidecar by HTTP: status, body (parsed where it is JSON), headers. Status 0: no answer."""
        connection = http.client.HTTPConnection(self.address, PORT, timeout=5)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            text = reply.read().decode()
            is_json = "json" in (reply.getheader("Content-Type") or "")
            return reply.status, json.loads(text) if is_json and text else text, dict(reply.getheaders())
        except OSError:
            return 0, "", {}
        finally:
            connection.close()

    def ask(self, question: object) -> dict[str, Any]:
        """Ask over agent.sock."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(str(self.run / "agent.sock"))
            line.sendall(json.dumps(question).encode() + b"\n")
            with line.makefile() as file:
                answer: dict[str, Any] = json.loads(file.readline())
        return answer

    @contextmanager
    def entrypoint(self, answer: Callable[[dict[str, Any]], object]) -> Iterator[None]:
        """A fake entrypoint on entrypoint.sock that answers each line by a function."""
        path = self.run / "entrypoint.sock"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()

            def serve() -> None:
                while True:
                    try:
                        line, _ = listener.accept()
                    except OSError:
                        return
                    with line, line.makefile() as file:
                        line.sendall(json.dumps(answer(json.loads(file.readline()))).encode() + b"\n")

            threading.Thread(target=serve, daemon=True).start()
            try:
                yield
            finally:
                listener.shutdown(socket.SHUT_RDWR)
        path.unlink()


class Sidecars:
    """Some nodes, their DNS, their token, their memory."""

    def __init__(self, root: Path, count: int = 3) -> None:
        self.root = root
        (root / "token").write_text(TOKEN + "\n")
        (root / "replicas").write_text(f"{count}\n")
        self.memory = root / "memory.json"
        self.memory.write_text("{}")
        self.nodes = [Node(root, ordinal) for ordinal in range(count)]
        self.zone()
        self.dns = Nameserver(root / "zone.json")
        self.dns.start()
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)
        self._heart.start()

    def zone(self, **keys: object) -> None:
        """Write the zone; `mode` breaks it."""
        hosts = {node.name: {"address": node.address} for node in self.nodes}
        zone = {"domain": "cluster.local", "namespace": "default", "service": "db", "hosts": hosts, **keys}
        beside = self.root / "zone.new"
        beside.write_text(json.dumps(zone))
        beside.replace(self.root / "zone.json")

    def start(self) -> None:
        """Start all sidecars and wait until each knows every node."""
        for node in self.nodes:
            node.start(self.dns.address)
        for node in self.nodes:
            wait_for(f"{node.name} sees all nodes", lambda node=node: self.sees_all(node))  # type: ignore[misc]

    def sees_all(self, node: Node) -> bool:
        """Whether a node's snapshot has a report of every node."""
        return node.snapshot is not None and len(node.snapshot.reports) == len(self.nodes)

    def close(self) -> None:
        """End everything."""
        self._ended.set()
        self._heart.join()
        for node in self.nodes:
            if node.process is not None and node.process.poll() is None:
                node.process.kill()
                node.process.wait()
        self.dns.stop()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            for node in self.nodes:
                if node.beating:
                    node.beat()
