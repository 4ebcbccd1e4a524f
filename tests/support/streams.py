"""Clients of every habit over several routes, from outside their pod. What runs in it: tests/support/pod/streams.py."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support import kubectl as kube
from tests.support.client_pod import ClientPod
from tests.support.cluster import wait_for
from tests.support.pod_processes import PYTHON, send_signal

_START = (  # it outlives this exec, which would wait for whoever holds its output
    "import subprocess,sys; log = open('/tmp/streams.log', 'w')\n"
    "subprocess.Popen(sys.argv[1:], start_new_session=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)"
)


@dataclass(frozen=True)
class Felt:
    """What one client felt since a moment."""

    gap: float  # the longest time without an answer
    failed: tuple[dict[str, Any], ...]


class Streams:
    """The clients of one test; `routes` are named, each with where it writes and where it reads."""

    def __init__(self, pod: ClientPod, routes: Mapping[str, tuple[str, str]]) -> None:
        self.pod, self.routes = pod, dict(routes)

    def start(self) -> None:
        """Begin; returns when every client has been answered."""
        send_signal(self.pod.ns, self.pod.name, "client", "/scripts/streams.py run", "SIGKILL")
        words = [f"{name}={writes},{reads}" for name, (writes, reads) in self.routes.items()]
        self._exec("rm", "-f", "/tmp/streams.json", "/tmp/streams.stop")
        self._exec(PYTHON, "-c", _START, PYTHON, "/scripts/streams.py", "run", *words)
        self.wait_answered(0.0)

    def stop(self) -> None:
        """End, whatever became of them."""
        self._exec("touch", "/tmp/streams.stop")

    def state(self) -> dict[str, Any]:
        """How it goes; empty before the first word."""
        try:
            return dict(json.loads(self._exec("cat", "/tmp/streams.json")))
        except kube.Failed:
            return {}

    def wait_answered(self, mark: float | None = None, seconds: float = 90) -> None:
        """Wait until every client was answered after this moment, or the one that is named."""
        since = self.pod.now() if mark is None else mark
        wait_for(
            "every client to be answered",
            lambda: (state := self.state()) and all(one["last"] > since for one in state["streams"]),
            seconds,
            lambda: f"{self._exec('cat', '/tmp/streams.log')}\n{self._late(since)}",
        )

    def felt(self, mark: float) -> dict[tuple[str, str], Felt]:
        """What each client felt since the mark, by route and kind."""
        found = {}
        for one in self.state()["streams"]:
            gaps = [end - max(begin, mark) for begin, end in one["gaps"] if end > mark]
            failed = tuple(failure for failure in one["failed"] if failure["at"] > mark)
            found[one["route"], one["kind"]] = Felt(max(gaps, default=0.0), failed)
        return found

    def reach(self, place: str, tries: int = 50) -> dict[str, int]:
        """How often each node answered new connections to a place."""
        host, _, port = place.partition(":")
        text = self._exec(PYTHON, "/scripts/streams.py", "reach", host, port, str(tries), seconds=120)
        return dict(json.loads(text))

    def _late(self, since: float) -> list[Any]:
        streams = (self.state() or {"streams": []})["streams"]
        return [(one["route"], one["kind"], one["failed"][-2:]) for one in streams if one["last"] <= since]

    def _exec(self, *command: str, seconds: float = kube.SECONDS) -> str:
        return self.pod.ns.exec(self.pod.name, "client", *command, seconds=seconds)
