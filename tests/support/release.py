"""A release of the chart in a real Kubernetes, as its user and as its judge sees it."""

from __future__ import annotations

import json
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.support import kubectl as kube
from tests.support.client_pod import ClientPod
from tests.support.cluster import wait_for
from tests.support.figures import keep
from tests.support.images import built
from tests.support.pod_processes import PYTHON, send_signal

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts/galera"
IMAGE = os.environ.get("GALERA_KIT_IMAGE", built("galera"))
READY_SECONDS = 240.0
"""A deadline for all that should take seconds: long enough for a machine that is busy with something else."""

LEAN = {
    "image": {"repository": IMAGE.rpartition(":")[0], "tag": IMAGE.rpartition(":")[2], "pullPolicy": "IfNotPresent"},
    "preset": "small",
    "persistence": {"size": "2Gi"},
}
"""Values of every release under test: what differs from the defaults, so that several fit on one machine."""


class Release:
    """One release; `name` is also the name of its StatefulSet, as it contains the chart's."""

    def __init__(self, namespace: kube.Namespace, name: str = "galera") -> None:
        self.ns, self.name = namespace, name
        self.client = ClientPod(namespace, IMAGE, secret=name, service=name)
        self.installed_after = 0.0  # seconds from helm install to all Ready
        self.restarts_at_birth: dict[str, int] = {}
        self._restarts: dict[str, int] = {}

    # --- what a user does ---

    def install(self, values: dict[str, Any] | None = None, *, replicas: int = 3) -> None:
        """Run helm install."""
        self._helm("install", {"replicas": replicas, **(values or {})})

    def upgrade(self, values: dict[str, Any] | None = None, *, replicas: int = 3) -> None:
        """Run helm upgrade with these values (not those of before)."""
        self._helm("upgrade", {"replicas": replicas, **(values or {})})

    def uninstall(self) -> None:
        """Run helm uninstall, and wait until the pods are gone."""
        kube.helm("uninstall", self.name, "-n", self.ns.name)
        wait_for("the pods to end", lambda: not self.pods(), READY_SECONDS)

    def scale(self, replicas: int) -> None:
        """Scale by plain kubectl."""
        self.ns("scale", "statefulset", self.name, f"--replicas={replicas}")

    def _helm(self, verb: str, values: dict[str, Any]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = kube.write_values(Path(folder) / "values.json", _merged(LEAN, values))
            kube.helm(verb, self.name, str(CHART), "-n", self.ns.name, "-f", str(path), seconds=120)

    # --- what it sees ---

    def pods(self) -> dict[str, dict[str, Any]]:
        """The pods of the StatefulSet by name."""
        found = self.ns.objects("pods", f"app.kubernetes.io/instance={self.name},app.kubernetes.io/name=galera")
        owned = [p for p in found if any(o["kind"] == "StatefulSet" for o in p["metadata"].get("ownerReferences", []))]
        return {pod["metadata"]["name"]: pod for pod in owned}

    def node(self, ordinal: int) -> str:
        """The name of a node."""
        return f"{self.name}-{ordinal}"

    def ready(self) -> set[str]:
        """The nodes that are Ready and not about to go."""
        return {name for name, pod in self.pods().items() if _is_ready(pod)}

    def wait_ready(self, replicas: int = 3, seconds: float = READY_SECONDS) -> float:
        """Wait until exactly the nodes 0 .. replicas-1 are there, Ready, and one cluster; the seconds it took."""
        began = time.monotonic()
        wanted = {self.node(ordinal) for ordinal in range(replicas)}
        wait_for(
            f"{replicas} Ready nodes",
            lambda: self.ready() == wanted == set(self.pods()) and self.status()["state"] == "ONLINE",
            seconds,
            self.words,
        )
        return time.monotonic() - began

    def wait_replaced(self, uids: set[str], seconds: float = READY_SECONDS) -> None:
        """Wait until none of these pods is there any more, and every node has a pod."""
        replicas = int((self.ns.get("statefulset", self.name) or {})["spec"]["replicas"])
        wait_for(
            "new pods",
            lambda: len(now := {pod["metadata"]["uid"] for pod in self.pods().values()}) == replicas and not now & uids,
            seconds,
            self.words,
        )

    def words(self) -> str:
        """What the nodes and Kubernetes said last."""
        lines = [self.ns("get", "pods", "-o", "wide")]
        for name in self.pods():
            for container in ("galera", "peerfinder"):
                lines.append(f"--- {name} {container}")
                lines.append(self.log(name, container, 25))
        return "\n".join([*lines, *self.ns.events()[-25:]])

    def log(self, pod: str, container: str = "galera", lines: int = -1, *, previous: bool = False) -> str:
        """The log of a container; why not, where there is none."""
        try:
            return self.ns("logs", pod, "-c", container, f"--tail={lines}", *(["--previous"] if previous else []))
        except kube.Failed as failed:
            return failed.stderr

    def status(self, ordinal: int = 0) -> dict[str, Any]:
        """What `galeractl status --json` in a pod says; it exits with 1 while the cluster is not ONLINE."""
        try:
            text = self.ns.exec(self.node(ordinal), "galera", "galeractl", "status", "--json")
        except kube.Failed as failed:
            text = failed.stdout
        try:
            return dict(json.loads(text))
        except ValueError:  # not even the container answers
            return {"state": "", "nodes": []}

    def signal(self, pod: str, container: str, pattern: str, signal: str) -> None:
        """Signal the processes of a container whose command line contains `pattern`."""
        send_signal(self.ns, pod, container, pattern, signal)

    def kill_all_servers(self) -> None:
        """SIGKILL every mariadbd in the same moment; returns when it is done."""
        script = (
            "import os,sys,time,pathlib\n"
            "pid = int(pathlib.Path('/run/galera/mysqld.pid').read_text())\n"
            "time.sleep(max(0, float(sys.argv[1]) - time.time())); os.kill(pid, 9)\n"
        )
        moment = str(self.client.now() + 4)  # by then every exec has begun
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda pod: self.ns.exec(pod, "galera", PYTHON, "-c", script, moment), sorted(self.pods())))

    # --- what must always hold ---

    def note_restarts(self) -> None:
        """Remember how often each container was restarted."""
        self._restarts = self.count_restarts()

    def assert_no_restart(self, *, but: tuple[str, ...] = ()) -> None:
        """No container of a pod that is still the same was restarted, except `POD/CONTAINER` named in `but`."""
        now = self.count_restarts()
        unwanted = {
            key.partition(" ")[2]: count - self._restarts[key]
            for key, count in now.items()
            if key in self._restarts and count != self._restarts[key] and key.partition(" ")[2] not in but
        }
        assert unwanted == {}, f"containers were restarted: {unwanted}\n{self.words()}"

    def count_restarts(self) -> dict[str, int]:
        """How often each container of each pod (by uid and name) was restarted."""
        counts = {}
        for name, pod in self.pods().items():
            statuses = [*pod["status"].get("containerStatuses", []), *pod["status"].get("initContainerStatuses", [])]
            for status in statuses:
                counts[f"{pod['metadata']['uid']} {name}/{status['name']}"] = int(status["restartCount"])
        return counts

    def host(self, name: str) -> str:
        """Where a node is reached by name."""
        return f"{name}.{self.name}-headless"

    def assert_nothing_lost(self) -> int:
        """Stop the client; all it was promised is on every node, nothing else, all tables equal, one history.

        Gives the number of acknowledged rows.
        """
        state = self.client.stop()
        nodes = sorted(self.ready())
        assert nodes
        tables = [worker["number"] for worker in state["workers"]]
        statements = ["SET SESSION wsrep_sync_wait=15", "SELECT @@wsrep_cluster_name"]
        statements += [f"SELECT id FROM probe.w{number} ORDER BY id" for number in tables]
        statements += [f"CHECKSUM TABLE probe.w{number}" for number in tables]
        statements += ["SHOW GLOBAL STATUS LIKE 'wsrep_cluster_state_uuid'"]
        answers = {node: self.client.sql(self.host(node), *statements)[2:] for node in nodes}
        first = answers[nodes[0]]
        for node in nodes:
            assert answers[node] == first, f"{node} and {nodes[0]} differ"
        lost = 0
        for worker, rows in zip(state["workers"], first, strict=False):
            present = {row[0] for row in rows}
            unknown = {failure["row"] for failure in worker["failed"]}
            acknowledged = set(range(1, worker["rows"] + 1)) - unknown
            assert len(acknowledged) == worker["acknowledged"]
            lost += len(acknowledged - present)
            assert present - acknowledged <= unknown, "rows that nobody wrote"
        written = sum(int(worker["acknowledged"]) for worker in state["workers"])
        keep("assert_nothing_lost", lost=lost, acknowledged=written)
        assert lost == 0, f"{lost} acknowledged rows are missing"
        return written


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = {c["type"]: c["status"] for c in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


def _merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in more.items():
        both[key] = _merged(both[key], value) if isinstance(value, dict) and isinstance(both.get(key), dict) else value
    return both
