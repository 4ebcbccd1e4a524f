"""galeractl on a laptop: real sidecars behind the port-forwards of a pretended Kubernetes."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import Datadir, DecisionSummary
from peerfinder.core.view import Member, View
from tests.support import kube_api
from tests.support.kube_api import KubeApi
from tests.support.kube_objects import (
    SCHEDULER,
    a_container,
    a_machine,
    a_pending_pod,
    a_pod,
    a_stateful_set,
    an_event,
)
from tests.support.pages import DOCS
from tests.support.sidecars import PORT, TOKEN, Sidecars, wait_for

HISTORY = "6f0e2a34-0000-11f1-8000-00000000000a"
EPOCH = Ballot(1, "db-0")
WAITS = DecisionSummary("wait", 5, "waiting for db-2", "galeractl recover --without db-2", ("db-2",), True)
MEMORY = {"uuid": HISTORY, "ballot": {"number": 1, "node": "db-0"}, "replicas": 3}
LABELS = {"app.kubernetes.io/name": "galera", "app.kubernetes.io/instance": "my", "app.kubernetes.io/component": "node"}
STATUS = json.loads((DOCS / "status.schema.json").read_text())


class Laptop:
    """A person with a kubeconfig, and what is in their Kubernetes."""

    def __init__(self, api: KubeApi, home: Path) -> None:
        self.api, self.home = api, home
        self.context = "lab"
        self.write_config()

    def write_config(self, **changes: Any) -> None:
        """Write the kubeconfig."""
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": self.context,
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "jane", "namespace": "shop"}}],
            "clusters": [{"name": "lab", "cluster": {
                "server": self.api.url, "certificate-authority": str(self.api.directory / "ca.crt")}}],
            "users": [{"name": "jane", "user": {"token": self.api.token}}],
        }  # fmt: skip
        (self.home / "config").write_text(json.dumps(config | changes))

    def __call__(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("POD_", "KUBE"))}
        given = clean | {"KUBECONFIG": str(self.home / "config")} | environment
        command = [sys.executable, "-m", "galeractl", *words]
        return subprocess.run(
            command, capture_output=True, text=True, env=given, cwd=self.home, timeout=100, check=False
        )

    def status(self, *words: str) -> Any:
        """The answer of status --json."""
        told = self(*words, "status", "--json")
        assert told.returncode == 1, told.stderr  # nothing here is ever whole
        answer = json.loads(told.stdout)
        jsonschema.validate(answer, STATUS)
        return answer

    def put_release(self, name: str, full_name: str) -> None:
        """Make what the chart makes of a release."""
        found = a_stateful_set(name, fullnameOverride=full_name)
        self.api.put("statefulsets", full_name, found)
        self.api.put("configmaps", f"{full_name}-memory", {"data": {"memory": json.dumps(MEMORY)}})
        token = base64.b64encode(TOKEN.encode()).decode()
        self.api.put("secrets", full_name, {"data": {"agent-token": token}})

    def put_pod(self, raw: dict[str, Any]) -> None:
        """Make a pod."""
        raw["metadata"]["labels"] = LABELS
        self.api.put("pods", raw["metadata"]["name"], raw)


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecars]:
    """Three nodes were in one Primary; db-2 has not come back."""
    these = Sidecars(tmp_path_factory.mktemp("nodes"))
    these.memory.write_text(json.dumps(MEMORY))
    members = tuple(Member(f"6f0e2a34-0000-11f1-9000-00000000000{n}", f"db-{n}") for n in range(3))
    for node in these.nodes:
        view = View(EPOCH, 3, members, 0)
        record = NodeRecord(node.name, promise=EPOCH, lineage=(Epoch(EPOCH, HISTORY, 0),), views=(view,))
        node.facts = replace(
            node.facts, datadir=Datadir.PRESENT, position=Position(HISTORY, 812), record=record, decision=WAITS
        )
    for node in these.nodes[:2]:
        node.start(these.dns.address)
    for node in these.nodes[:2]:
        wait_for("two reports", lambda node=node: node.snapshot and len(node.snapshot.reports) == 2, 60)  # type: ignore[misc]
    yield these
    these.close()


@pytest.fixture
def laptop(crashed: Sidecars, tmp_path: Path) -> Iterator[Laptop]:
    """Two pods that run, and a third one that waits for a machine."""
    with kube_api.running(tmp_path, tls=True) as api:
        found = Laptop(api, tmp_path)
        found.put_release("my", "db")
        for node in crashed.nodes[:2]:
            found.put_pod(a_pod(node.name, machine=f"node{node.name[-1]}", address=node.address))
            api.put("nodes", f"node{node.name[-1]}", a_machine(f"node{node.name[-1]}"))
            api.forwards[node.name] = (node.address, PORT)
        found.put_pod(a_pending_pod("db-2"))
        yield found


def test_every_node_is_asked_and_the_pod_of_a_silent_one_is_told(laptop: Laptop) -> None:
    told = laptop.status()
    assert (told["cluster"], told["state"], told["uuid"]) == ("db", "NO_QUORUM", HISTORY)
    assert [node["role"] for node in told["nodes"]] == ["waiting", "waiting", "pending"]
    assert [node["seqno"] for node in told["nodes"]] == [812, 812, None]
    assert told["nodes"][2]["reason"] == f"its pod is Pending: {SCHEDULER}"
    shown = laptop("status")
    assert shown.returncode == 1
    assert "galeractl --context lab -n shop --release my recover --without db-2" in shown.stdout
    assert "kubectl --context lab -n shop scale statefulset db" in shown.stdout
    drawn = laptop("topology")
    assert drawn.returncode == 0
    assert f"- db-2  [-,pending,-,-,-,]  its pod is Pending: {SCHEDULER}" in drawn.stdout
    page = laptop("page")
    assert page.stdout.startswith("kubectl --context lab port-forward -n shop db-0 8008:8008\nhttp://127.0.0.1:8008/ ")
    for said in (shown, drawn, page):
        assert TOKEN not in said.stdout + said.stderr


def test_a_machine_without_power_and_a_pod_that_is_not_there_are_named(laptop: Laptop) -> None:
    dark = a_machine("node1", status="Unknown", message="Kubelet stopped posting node status.")
    laptop.api.put("nodes", "node1", dark)
    del laptop.api.forwards["db-1"]
    del laptop.api.objects["pods", "db-2"]
    refused = an_event("FailedCreate", "exceeded quota: small")
    laptop.api.put("events", "e1", refused | {"involvedObject": {"kind": "StatefulSet", "name": "db"}})
    told = laptop.status()
    assert told["nodes"][1]["flags"] == ["needs-operator", "machine-not-ready"]
    assert told["nodes"][1]["seqno"] == 812  # db-0 hears it
    assert told["nodes"][2]["reason"] == "it has no pod: FailedCreate: exceeded quota: small"


def test_an_image_that_is_not_there_and_a_container_that_crashes_are_named(laptop: Laptop) -> None:
    lacking = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off"}}
    laptop.put_pod(a_pod("db-2", phase="Pending", initContainerStatuses=[a_container("peerfinder", **lacking)]))
    assert laptop.status()["nodes"][2]["reason"] == "its container peerfinder has no image: ImagePullBackOff (Back-off)"
    crashes = a_container(
        "galera", restarts=3, last={"exitCode": 2, "reason": "Error"}, waiting={"reason": "CrashLoopBackOff"}
    )
    laptop.put_pod(a_pod("db-2", containerStatuses=[crashes]))
    told = laptop.status()["nodes"][2]
    assert told["reason"] == "its container galera ends again and again (3 restarts): exit code 2"
    assert told["remedy"] == "kubectl -n shop logs db-2 -c galera --previous"


def test_what_a_person_may_not_see_is_left_out(laptop: Laptop) -> None:
    laptop.api.forbidden |= {"nodes", "events", "configmaps"}
    told = laptop.status()
    assert (told["state"], told["uuid"]) == ("NO_QUORUM", HISTORY)  # an agent told the memory
    assert [node["role"] for node in told["nodes"]] == ["waiting", "waiting", "pending"]


def test_a_word_for_the_memory_is_stored_in_its_configmap(laptop: Laptop) -> None:
    explained = laptop("recover", "--json")
    assert explained.returncode == 0
    assert "db-2" in json.loads(explained.stdout)["would"]
    stored = laptop("recover", "--without", "db-2", "--yes", "--timeout", "1")
    assert stored.returncode == 3, stored.stderr  # these nodes have no servers that could follow
    memory = json.loads(laptop.api.objects["configmaps", "db-memory"]["data"]["memory"])
    assert (memory["override"]["without"], memory["version"]) == (["db-2"], 1)


def test_a_word_that_may_not_be_stored_is_told(laptop: Laptop) -> None:
    laptop.api.forbidden.add("PUT configmaps")
    refused = laptop("recover", "--without", "db-2", "--yes")
    assert refused.returncode == 4
    assert "update configmap db-memory in namespace shop is forbidden" in refused.stderr


def test_a_cluster_of_no_nodes_is_offline(laptop: Laptop) -> None:
    found = a_stateful_set("my", fullnameOverride="db")
    found["spec"]["replicas"] = 0
    laptop.api.put("statefulsets", "db", found)
    for name in ("db-0", "db-1", "db-2"):
        del laptop.api.objects["pods", name]
    told = laptop.status()
    assert (told["state"], told["nodes"]) == ("OFFLINE", [])
    assert "kubectl -n shop scale statefulset db --replicas=3" in told["summary"]


def test_of_two_releases_one_has_to_be_named(laptop: Laptop) -> None:
    laptop.put_release("other", "other-galera")
    several = laptop("status")
    assert several.returncode == 2
    assert "2 releases are in namespace shop (context lab)" in several.stderr
    assert "--release NAME: my, other" in several.stderr
    assert laptop.status("--release", "my")["cluster"] == "db"
    assert json.loads(laptop("status", "--json", GALERACTL_RELEASE="my").stdout)["cluster"] == "db"
    unknown = laptop("--release", "none", "status")
    assert unknown.returncode == 2
    assert "there is no release none in namespace shop" in unknown.stderr


TROUBLE = {
    "unknown context": (["--context", "prod"], 2, "there is no context prod in the kubeconfig", "--context NAME: lab"),
    "nothing in the namespace": (
        ["-n", "elsewhere"],
        2,
        "there is no namespace elsewhere (context lab)",
        "there is: -n shop --release my",
    ),
    "two clusters at once": (["--local", "x", "--release", "my"], 2, "--local names another cluster", ""),
}


@pytest.mark.parametrize(("words", "code", "seen", "remedy"), TROUBLE.values(), ids=TROUBLE)
def test_what_was_named_wrongly_is_told(laptop: Laptop, words: list[str], code: int, seen: str, remedy: str) -> None:
    told = laptop(*words, "status")
    assert told.returncode == code
    assert seen in told.stderr
    assert remedy in told.stderr
    assert "Traceback" not in told.stderr


def test_credentials_that_are_not_accepted(laptop: Laptop) -> None:
    laptop.api.token = "a-new-one"
    told = laptop("status")
    assert told.returncode == 1
    assert "does not accept your credentials (context lab)" in told.stderr
    assert "kubectl --context lab auth whoami" in told.stderr


FORBIDDEN = {
    "the StatefulSets": ("statefulsets", "you may not list statefulsets.apps in namespace shop"),
    "the pods": ("pods", "you may not list pods in namespace shop"),
    "the token": ("secrets", "you may not get secret db in namespace shop"),
    "the way to the agents": ("portforward", "you may not create and get pods/portforward in namespace shop"),
}


@pytest.mark.parametrize(("what", "seen"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_a_right_that_is_lacking_is_named_with_another_way(laptop: Laptop, what: str, seen: str) -> None:
    laptop.api.forbidden.add(what)
    told = laptop("status")
    assert told.returncode == 1
    assert seen in told.stderr
    assert "ask in a pod: kubectl --context lab exec -n shop" in told.stderr


def test_an_api_server_that_does_not_answer(laptop: Laptop) -> None:
    config = json.loads((laptop.home / "config").read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    laptop.write_config(**config)
    told = laptop("status")
    assert told.returncode == 1
    assert "the API server at https://127.0.0.1:1 cannot be asked (context lab)" in told.stderr
    assert "Connection refused" in told.stderr


def test_without_a_kubeconfig_all_ways_are_told(laptop: Laptop) -> None:
    (laptop.home / "config").unlink()
    told = laptop("status")
    assert told.returncode == 2
    assert "there is none in ./.galera, and there is no kubeconfig" in told.stderr
    assert "galeractl local start" in told.stderr
    named = laptop("-n", "shop", "status")
    assert named.returncode == 2
    assert "there is no kubeconfig" in named.stderr


BROKEN = {
    "no YAML": "{[",
    "no object": "[]",
    "nothing": "",
    "no cluster of this name": json.dumps({
        "current-context": "lab", "contexts": [{"name": "lab", "context": {"cluster": "x", "user": "y"}}],
        "clusters": [], "users": []}),
}  # fmt: skip


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_kubeconfig_that_cannot_be_used_is_named(laptop: Laptop, text: str) -> None:
    (laptop.home / "config").write_text(text)
    told = laptop("status")
    assert told.returncode in {1, 2}
    assert "kubeconfig" in told.stderr
    assert "Traceback" not in told.stderr
    assert "unexpected" not in told.stderr
