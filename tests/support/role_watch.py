"""Who is labelled primary, and Ready, at every moment: a watch of the pods, which misses no change.

Two at once would be two nodes behind the Service for writes.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import IO, Any

from tests.support.kubectl import Namespace

ROLE = "galerakit/role"


class RoleWatch:
    """Follows the pods from `start` to `stop`."""

    def __init__(self, namespace: Namespace) -> None:
        self._ns = namespace
        self._pods: dict[str, bool] = {}  # whether it is labelled primary and Ready
        self._doubled_since: float | None = None
        self.doubled: list[tuple[float, float, str]] = []  # begin, end, and who
        self.changes = 0
        self._stopped = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopped.set()
        if self._process is not None:
            self._process.kill()
        self._thread.join(10)

    def since(self, mark: float) -> float:
        """Seconds since a moment of this machine's clock in which two were labelled primary and Ready."""
        now = time.time()
        open_one = [(self._doubled_since, now, "")] if self._doubled_since is not None else []
        return sum(end - max(begin, mark) for begin, end, _who in [*self.doubled, *open_one] if end > mark)

    def _follow(self) -> None:
        while not self._stopped.is_set():
            self._process = subprocess.Popen(
                ["kubectl", "-n", self._ns.name, "get", "pods", "-l", "app.kubernetes.io/component=node", "--watch",
                 "--output-watch-events", "-o", "json"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            if self._process.stdout is not None:
                for event in events(self._process.stdout):
                    self._take(event)
            self._process.wait()
            time.sleep(0.2)  # the API server ends each watch after a while; the next one begins with all pods

    def _take(self, event: dict[str, Any]) -> None:
        pod, now = event["object"], time.time()
        name = pod["metadata"]["name"]
        if event["type"] == "DELETED":
            self._pods.pop(name, None)
        else:
            conditions = {one["type"]: one["status"] for one in pod.get("status", {}).get("conditions", [])}
            labelled = pod["metadata"].get("labels", {}).get(ROLE) == "primary"
            self._pods[name] = labelled and conditions.get("Ready") == "True"
        self.changes += 1
        primaries = sorted(name for name, is_one in self._pods.items() if is_one)
        if len(primaries) > 1 and self._doubled_since is None:
            self._doubled_since, self._who = now, " ".join(primaries)
        elif len(primaries) < 2 and self._doubled_since is not None:
            self.doubled.append((self._doubled_since, now, self._who))
            self._doubled_since = None


def events(stream: IO[str]) -> Iterator[dict[str, Any]]:
    """The JSON documents of a stream, which come one after the other, over several lines each."""
    text = ""
    decoder = json.JSONDecoder()
    for line in stream:
        text += line
        if line.startswith("}"):  # the end of a document at the left margin
            while text.strip():
                try:
                    event, end = decoder.raw_decode(text.lstrip())
                except ValueError:
                    break
                yield event
                text = text.lstrip()[end:]
