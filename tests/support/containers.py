"""Nodes in containers, each made as the pod of the chart is: two containers that share network, volume and directory.

A third one holds the network, as the pause container of a pod does: so the address of a node is known before its
programs start, and stays when one of them starts anew. Nodes find each other by the names that Docker's own DNS gives
to containers of one network.

testcontainers starts the containers. Its Ryuk, which would remove what a killed run leaves behind, is an image of its
own and not needed: everything here carries the label LABEL, and each run begins with `remove_leftovers`.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient
from testcontainers.core.network import Network

from tests.support.images import built

GALERA = os.environ.get("GALERA_IMAGE", built("galera"))
PEERFINDER = os.environ.get("PEERFINDER_IMAGE", built("peerfinder"))
LABEL = "galera-kit.test"
SECRETS = {"root-password": "root-secret", "monitor-password": "monitor-secret", "agent-token": "token-secret"}
START_SECONDS = 90.0

# What the chart gives its containers: no capability, nothing writable but volumes and /tmp.
CONFINED = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "tmpfs": {"/tmp": ""},
}


def wait_for(what: str, condition: Callable[[], Any], seconds: float = START_SECONDS) -> Any:
    """Give the first true value of `condition`; fails by name after some seconds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s")
        time.sleep(0.2)
    return value


def client() -> Any:
    """The engine, as testcontainers reaches it: a client of Docker's SDK."""
    return DockerClient().client


def remove_leftovers() -> None:
    """Remove what an earlier run left behind when it was killed."""
    engine, mine = client(), {"label": LABEL}
    for container in engine.containers.list(all=True, filters=mine):
        container.remove(force=True, v=True)
    for network in engine.networks.list(filters=mine):
        network.remove()
    for volume in engine.volumes.list(filters=mine):
        volume.remove()


@dataclass(frozen=True)
class Ended:
    """What a container that ran to its end left."""

    status: int
    output: str


@contextmanager
def container(
    image: str,
    command: list[str] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    volumes: Mapping[str, dict[str, str]] | None = None,
    tmpfs: Mapping[str, str] | None = None,
    **options: Any,
) -> Iterator[Any]:
    """A running container of Docker's SDK, started by testcontainers and removed at the end."""
    started = DockerContainer(image, env=dict(environment or {})).with_kwargs(labels={LABEL: "1"}, **options)
    for source, mount in (volumes or {}).items():
        started = started.with_volume_mapping(source, mount["bind"], mount["mode"])
    for place, size in (tmpfs or {}).items():
        started = started.with_tmpfs_mount(place, size or None)
    if command is not None:
        started = started.with_command(command)
    try:
        started.start()
        yield started.get_wrapped_container()
    finally:
        started.stop()


def run(image: str, command: list[str] | None = None, **options: Any) -> Ended:
    """Run a container to its end."""
    with container(image, command, **options) as one:
        status = one.wait(timeout=120)["StatusCode"]
        return Ended(status, one.logs().decode(errors="replace"))


@contextmanager
def volume() -> Iterator[str]:
    """A volume of Docker's, by name; it takes owner and mode from the image that first mounts it."""
    made = client().volumes.create(f"galera-kit-{uuid.uuid4().hex[:12]}", labels={LABEL: "1"})
    try:
        yield made.name
    finally:
        made.remove(force=True)


@dataclass
class Node:
    """One node: the holder of its network, and its two containers while they run."""

    name: str
    holder: Any
    address: str
    volumes: dict[str, dict[str, str]]
    _cluster: Cluster
    programs: dict[str, Any] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def galera(self) -> Any:
        """The container of the entrypoint."""
        return self.programs["galera"]

    def start(self) -> None:
        """Start both containers; those of before are removed."""
        self._stack.close()
        cluster = self._cluster
        shared: dict[str, Any] = {
            **CONFINED,
            **cluster.options,
            "network_mode": f"container:{self.holder.id}",
            "volumes": self.volumes,
        }
        own = {"POD_NAME": self.name, "POD_IP": self.address, "POD_NAMESPACE": "test"}
        self.programs["peerfinder"] = self._stack.enter_context(
            container(
                cluster.image,
                ["serve"],
                entrypoint=["peerfinder"],
                environment={**own, **cluster.sidecar_environment()},
                **shared,
            )
        )
        self.programs["galera"] = self._stack.enter_context(
            container(cluster.image, environment={**own, **cluster.environment}, **shared)
        )

    def remove(self) -> None:
        """Remove both containers; volume and network stay."""
        self._stack.close()

    def execute(self, *command: str, **environment: str) -> Ended:
        """Run a program beside the server."""
        done = self.galera.exec_run(list(command), environment=environment)
        return Ended(done.exit_code, done.output.decode(errors="replace").strip())

    def sql(self, statement: str, user: str = "root", password: str = SECRETS["root-password"], host: str = "") -> str:
        """What the server answers, tab-separated and without headings; by its socket, or at `host`."""
        where = [f"--host={host}"] if host else []
        done = self.execute("mariadb", *where, f"--user={user}", "-N", "-e", statement, MYSQL_PWD=password)
        if done.status:
            raise AssertionError(f"{self.name}: {statement}: {done.output}")
        return done.output

    def is_ready(self) -> bool:
        """Whether clients may be sent there; fails at once with its last words when the entrypoint has ended."""
        self.galera.reload()
        if self.galera.status == "exited":
            raise AssertionError(f"{self.name} ended: {self.logs()[-3000:]}")
        return self.execute("peerfinder", "ready").status == 0

    def logs(self) -> str:
        """What the entrypoint and its server said."""
        return str(self.galera.logs().decode(errors="replace"))


@dataclass
class Cluster:
    """Nodes on one network of Docker's, with one memory, in files."""

    image: str
    nodes: list[Node]
    environment: dict[str, str]
    options: dict[str, Any]

    def sidecar_environment(self) -> dict[str, str]:
        """What the chart would give the sidecar, with names instead of a Service and a file instead of a ConfigMap."""
        return {
            "PEERFINDER_RUN_DIR": "/run/galera",
            "PEERFINDER_VOLUME": "/var/lib/galera",
            "PEERFINDER_PEER": " ".join(f"{node.name}={node.name}" for node in self.nodes),
            "PEERFINDER_TOKEN_FILE": "/run/secrets/galera/agent-token",
            "PEERFINDER_REPLICAS_FILE": "/etc/galera/cluster/replicas",
            "PEERFINDER_MEMORY": "file:/memory/memory.json",
            "PEERFINDER_MONITOR_PASSWORD_FILE": "/run/secrets/galera/monitor-password",
        }

    def start(self) -> None:
        """Start all nodes at once and wait until every one is ready."""
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            try:
                wait_for(f"{node.name} is ready", node.is_ready)
            except AssertionError as error:
                raise AssertionError(
                    f"{error}: {node.execute('peerfinder', 'ready').output}\n{node.logs()[-3000:]}"
                ) from None


@contextmanager
def cluster(
    folder: Path,
    size: int = 3,
    *,
    image: str = GALERA,
    environment: Mapping[str, str] | None = None,
    mounts: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Iterator[Cluster]:
    """A cluster that is not started yet; `folder` holds its secrets and memory, `mounts` are folders by their target.

    `environment` is added to what the chart sets, an empty value takes a variable away; `options` are Docker's.
    """
    given = {
        "GALERA_CLUSTER_NAME": "test",
        "GALERA_BUFFER_POOL_SIZE": str(128 << 20),
        "GALERA_GCACHE_SIZE": str(128 << 20),
        "MARIADB_ROOT_PASSWORD_FILE": "/run/secrets/galera/root-password",
        "MARIADB_MONITOR_PASSWORD_FILE": "/run/secrets/galera/monitor-password",
        **(environment or {}),
    }
    made = Cluster(image, [], {name: value for name, value in given.items() if value}, dict(options or {}))
    files = _files(folder, size)
    with ExitStack() as stack:
        network = stack.enter_context(Network(docker_network_kw={"labels": {LABEL: "1"}}))
        for number in range(size):
            name = f"db-{number}"
            volumes: dict[str, dict[str, str]] = {}
            for target in ("/var/lib/galera", "/run/galera"):
                volumes[stack.enter_context(volume())] = {"bind": target, "mode": "rw"}
            for source, target in files.items():
                volumes[source] = {"bind": target, "mode": "rw" if target == "/memory" else "ro"}
            for target, source in (mounts or {}).items():
                volumes[source] = {"bind": target, "mode": "ro"}
            holder = stack.enter_context(_holder(image, network, name))
            holder.reload()
            (address,) = [one["IPAddress"] for one in holder.attrs["NetworkSettings"]["Networks"].values()]
            made.nodes.append(Node(name, holder, address, volumes, made))
            stack.callback(made.nodes[-1].remove)
        yield made


@contextmanager
def _holder(image: str, network: Network, name: str) -> Iterator[Any]:
    started = (
        DockerContainer(image)
        .with_kwargs(labels={LABEL: "1"}, entrypoint=["sleep"], init=True, hostname=name)
        .with_command(["infinity"])
        .with_network(network)
        .with_network_aliases(name)
    )
    try:
        started.start()
        yield started.get_wrapped_container()
    finally:
        started.stop()


def _files(folder: Path, size: int) -> dict[str, str]:
    """The Secret, the memory and the number of nodes as folders of this machine, by their place in a container."""
    secrets, memory, scale = (folder / part for part in ("secrets", "memory", "scale"))
    for part in (secrets, memory, scale):
        part.mkdir(parents=True)
        part.chmod(0o755)
    memory.chmod(0o777)  # the user of the containers is unknown to this machine
    for name, value in {
        **{secrets / key: text for key, text in SECRETS.items()},
        scale / "replicas": str(size),
    }.items():
        name.write_text(value)
        name.chmod(0o644)
    (memory / "memory.json").write_text("{}")
    (memory / "memory.json").chmod(0o666)
    return {str(secrets): "/run/secrets/galera", str(memory): "/memory", str(scale): "/etc/galera/cluster"}
