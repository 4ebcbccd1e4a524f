"""The client's pod, from outside: start it, ask it, stop it. What runs in it is tests/support/pod/*.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import kubectl as kube
from tests.support.cluster import wait_for
from tests.support.pod_processes import PYTHON, send_signal

SCRIPT = Path(__file__).parent / "pod/client.py"


@dataclass(frozen=True)
class Outage:
    """What clients felt since a moment: the longest time without an answer of any worker, and failed requests."""

    held_gap: float
    fresh_gap: float
    failures: tuple[dict[str, Any], ...]

    @property
    def gap(self) -> float:
        """The longest time that any worker was without an answer."""
        return max(self.held_gap, self.fresh_gap)


class ClientPod:
    """A pod `client` in the namespace of a release, restricted as the namespace may demand."""

    def __init__(
        self, namespace: kube.Namespace, image: str, *, secret: str, service: str, name: str = "client"
    ) -> None:
        self.ns, self.image, self.secret, self.service, self.name = namespace, image, secret, service, name
        self.labels = {"app": "client"}

    def create(self, node: str = "") -> None:
        """Make the pod, and wait until it runs; on this Kubernetes node if one is named."""
        self.ns.apply(
            {
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{self.name}-script"},
                "data": {path.name: path.read_text() for path in SCRIPT.parent.glob("*.py")},
            },
            self._pod(node),
        )  # fmt: skip
        wait_for("the client's pod", lambda: self._phase() == "Running", 120, lambda: "\n".join(self.ns.events()[-10:]))

    def _pod(self, node: str) -> dict[str, Any]:
        restricted = {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        secret = [{"name": "secret", "secret": {"secretName": self.secret}}] if self.secret else []
        mounted = [{"name": "secret", "mountPath": "/run/secrets/galera"}] if self.secret else []
        return {
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": self.name, "labels": self.labels},
            "spec": {
                **({"nodeName": node} if node else {}),
                "terminationGracePeriodSeconds": 1, "automountServiceAccountToken": False, "restartPolicy": "Never",
                "securityContext": {
                    "runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [{
                    "name": "client", "image": self.image, "imagePullPolicy": "IfNotPresent",
                    "command": [PYTHON, "-c", "import signal; signal.pause()"], "securityContext": restricted,
                    "volumeMounts": [
                        {"name": "script", "mountPath": "/scripts"}, {"name": "tmp", "mountPath": "/tmp"}, *mounted,
                    ],
                }],
                "volumes": [
                    {"name": "script", "configMap": {"name": f"{self.name}-script"}}, {"name": "tmp", "emptyDir": {}},
                    *secret,
                ],
            },
        }  # fmt: skip

    def _phase(self) -> str:
        pod = self.ns.get("pod", self.name)
        return str(pod["status"].get("phase")) if pod else ""

    def start(self, *, held: int = 3, fresh: int = 1, service: str = "") -> None:
        """Begin to write, through the Service; returns when every worker has been answered."""
        self._end_writers()
        script = (  # it outlives this exec, which would wait for whoever holds its output
            "import subprocess,sys; log = open('/tmp/client.log', 'w')\n"
            "subprocess.Popen(sys.argv[1:], start_new_session=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log)"
        )
        self._exec("rm", "-f", "/tmp/state.json", "/tmp/stop")
        self._exec(
            PYTHON, "-c", script, PYTHON, "/scripts/client.py", "write", "--host", service or self.service,
            "--held", str(held), "--fresh", str(fresh),
        )  # fmt: skip
        wait_for(
            "every worker's first answer",
            lambda: (state := self.state()) and all(worker["acknowledged"] for worker in state["workers"]),
            60,
            lambda: self._exec("cat", "/tmp/client.log"),
        )

    def _end_writers(self) -> None:
        """End those that a test which failed left behind: two writers would write into each other's tables."""
        send_signal(self.ns, self.name, "client", "/scripts/client.py write", "SIGKILL")

    def state(self) -> dict[str, Any]:
        """How it goes; empty before the first word."""
        try:
            return dict(json.loads(self._exec("cat", "/tmp/state.json")))
        except kube.Failed:
            return {}

    def now(self) -> float:
        """The client's clock: a mark for `since`."""
        return float(self._exec(PYTHON, "-c", "import time; print(time.time())"))

    def wait_written(self, seconds: float = 120) -> None:
        """Wait until every worker was answered after this moment."""
        mark = self.now()
        wait_for(
            "writes to go on",
            lambda: (state := self.state()) and all(worker["last"] > mark + 0.5 for worker in state["workers"]),
            seconds,
        )

    def since(self, mark: float) -> Outage:
        """What clients felt since the mark, up to now."""
        state = self.state()
        gaps: dict[bool, float] = {True: 0.0, False: 0.0}
        failures = []
        for worker in state["workers"]:
            found = [end - begin for begin, end in worker["gaps"] if end > mark]
            found.append(state["now"] - worker["last"])
            gaps[worker["held"]] = max(gaps[worker["held"]], *found)
            failures += [
                {**f, "held": worker["held"], "worker": worker["number"]} for f in worker["failed"] if f["at"] > mark
            ]
        return Outage(gaps[True], gaps[False], tuple(failures))

    def stop(self) -> dict[str, Any]:
        """End the writing; its last state."""
        self._exec("touch", "/tmp/stop")
        return dict(wait_for("the client to stop", lambda: (s := self.state()).get("stopped") and s, 60))

    def quit(self) -> None:
        """End the writing, whatever became of it."""
        self._exec("touch", "/tmp/stop")

    def sql(self, host: str, *statements: str) -> list[Any]:
        """Run statements at a host; the rows of each."""
        text = self._exec(PYTHON, "/scripts/client.py", "sql", host, *statements, seconds=150)
        return [json.loads(line) for line in text.splitlines()]

    def knock(self, host: str, *ports: int) -> dict[str, bool]:
        """Which ports of a host take a connection from here."""
        return dict(json.loads(self._exec(PYTHON, "/scripts/client.py", "connect", host, *map(str, ports))))

    def _exec(self, *command: str, seconds: float = kube.SECONDS) -> str:
        return self.ns.exec(self.name, "client", *command, seconds=seconds)
