"""A release of the chart, seen from outside: the agents through port-forwards, the pods and machines through the API.

Of each node the word of its own agent counts, as everywhere. Where the way to it is broken, the others' word of it
does; and where there is none, Kubernetes tells what became of its pod. What a person may not see (machines, events, the
memory's ConfigMap) is left out and never guessed; without the pods and the agents' token there is nothing to say.
"""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from galeractl.adapters import agent
from galeractl.adapters.agent import Line
from galeractl.adapters.api_server import ApiServer, Forbidden
from galeractl.adapters.kube_objects import Release, machine_trouble, newest_warning, pod_of, release_of
from galeractl.adapters.kubeconfig import Access
from galeractl.adapters.sql import PORT, ROOT, Login, SqlLine
from galeractl.core.hearsay import hearsay
from galeractl.core.pods import PodFacts, complaint_of, copying_anew
from galeractl.core.sight import ClusterSight, Sight
from galeractl.core.trouble import Trouble
from galeractl.operator import releases
from galeractl.operator.selection import Selection
from peerfinder.adapters.memory_configmap import MemoryConfigMap
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.names import by_ordinal

FORWARD_SECONDS = 5.0  # for a way to an agent, and for its answer: through two servers and perhaps a far network
AT_ONCE = 8  # questions to the API server

T = TypeVar("T")


def find(chosen: Selection) -> LaptopCluster:
    """Give the release that the options and the kubeconfig name; Trouble where there is none."""
    access = releases.open_access(chosen)
    namespace = chosen.namespace or access.namespace or releases.DEFAULT_NAMESPACE
    chosen.is_found(access.context, namespace)
    api = ApiServer(access.configuration, namespace)
    try:
        release = releases.find(api, access, namespace, chosen.release)
    except OSError as error:
        raise releases.trouble_of(error, access, namespace) from None
    chosen.is_found(access.context, namespace, release.name)
    return LaptopCluster(api, access, release)


@dataclass(slots=True)
class LaptopCluster:
    """One release of the chart."""

    api: ApiServer
    access: Access
    release: Release
    _token: str = field(default="", repr=False)

    def look(self) -> ClusterSight:
        """See all nodes at (nearly) one moment; Trouble where the API server does not let that be."""
        try:
            return self._look()
        except OSError as error:
            raise releases.trouble_of(error, self.access, self.release.namespace) from None

    def swap(self, expected_version: int, memory: ClusterMemory) -> bool:
        """Swap the cluster memory; False when it has changed. Raises OSError and ValueError."""
        return self._memory.swap(expected_version, memory)

    @property
    def _memory(self) -> MemoryConfigMap:
        return MemoryConfigMap(self.api, self.release.memory)

    def _look(self) -> ClusterSight:
        release, token = self.release, self._known_token()
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            asked_set = pool.submit(self.api.stateful_set, release.set_name)
            asked_pods = pool.submit(self.api.pods, release.selector)
            asked_memory = pool.submit(self._read_memory)
            now = release_of(asked_set.result()) or release
            pods = [pod_of(raw, release.set_name) for raw in asked_pods.result()]
            memory = asked_memory.result()
        expected = tuple(f"{release.set_name}-{ordinal}" for ordinal in range(now.replicas))
        there = {pod.name: pod for pod in self._with_machines(pods)}
        seen = self._ask({name: there.get(name) for name in by_ordinal({*expected, *there})}, token)
        if memory is None:
            memory = _told_memory(seen.values())
        scale = f"kubectl -n {release.namespace} scale statefulset {release.set_name} --replicas=3"
        return ClusterSight(
            cluster=release.set_name,
            expected=expected,
            nodes=seen,
            memory=memory if isinstance(memory, ClusterMemory) else None,
            memory_problem="" if isinstance(memory, ClusterMemory) else memory,
            agent_port=release.port,
            nobody="" if seen else f"its StatefulSet is scaled to 0; {scale}",
        )

    def line(self, node: Sight, seconds: float) -> tuple[Line, str]:
        """Give the way to the agent of a node, and the token that it asks for."""
        return self._line(node.name, max(seconds, FORWARD_SECONDS)), self._known_token()

    def sql_line(self, node: Sight, login: Login | None) -> SqlLine:
        """Give the way to the server of a node, a port-forward, as root or whoever was named."""
        who = login or Login(ROOT, self._read_secret(self.release.root_key, "password of root").encode())
        connect = partial(self.api.forward, node.name, PORT, FORWARD_SECONDS)
        return SqlLine(connect, node.name, who.user, who.password)

    def copy_anew(self, names: tuple[str, ...]) -> str:
        """Give the commands by which nodes copy everything anew."""
        return copying_anew(self.release.namespace, names)

    def _known_token(self) -> str:
        """The token of the agents, read once; Trouble where it may not be read."""
        if not self._token:
            self._token = self._read_secret(self.release.token_key, "token of the agents").strip()
        return self._token

    def _line(self, name: str, seconds: float = FORWARD_SECONDS) -> Line:
        """The way to a node's agent: a port-forward of its own for each question."""
        port = self.release.port
        return Line(lambda: self.api.forward(name, port, FORWARD_SECONDS), f"{name}:{port}", seconds)

    def _ask(self, pods: Mapping[str, PodFacts | None], token: str) -> dict[str, Sight]:
        """Ask every node that can be asked; then the others' word, and Kubernetes', of those that did not answer."""
        seen = dict(zip(pods, _all_at_once(lambda name: self._ask_one(name, pods[name], token), pods), strict=True))
        told = [one.snapshot for one in seen.values() if one.snapshot]
        for name, one in seen.items():
            if one.snapshot is None and (heard := hearsay(name, told)):
                seen[name] = replace(one, snapshot=heard, answered=True)
        silent = [name for name, one in seen.items() if one.report is None]
        for name, pod in zip(silent, _all_at_once(lambda name: self._explain(name, pods[name]), silent), strict=True):
            seen[name] = replace(seen[name], pod=pod)
        return seen

    def _ask_one(self, name: str, pod: PodFacts | None, token: str) -> Sight:
        if pod is None or not pod.can_be_asked:
            return Sight(name, pod.address if pod else "", problem="its pod does not run", pod=pod)
        forbidden: list[Forbidden] = []
        line = self._line(name)
        answer = agent.ask(replace(line, connect=lambda: _noting(line, forbidden)), token)
        if forbidden:
            raise forbidden[0]
        if isinstance(answer, agent.NoAnswer):
            return Sight(name, pod.address, None, answer.reason, answer.answered, pod=pod)
        if answer.me != name:
            return Sight(name, pod.address, None, f"{answer.me} answers in its place", pod=pod)
        return Sight(name, pod.address, answer, "", answered=True, pod=pod)

    def _explain(self, name: str, pod: PodFacts | None) -> PodFacts:
        """The same pod with the newest warning among its events, where something is wrong with it."""
        release = self.release
        if pod is None:
            pod = PodFacts(name, release.namespace, release.set_name, is_there=False)
            return replace(pod, warning=self._warning("StatefulSet", release.set_name))
        return replace(pod, warning=self._warning("Pod", name)) if complaint_of(pod) else pod

    def _warning(self, kind: str, name: str) -> str:
        try:
            return newest_warning(self.api.events(kind, name))
        except OSError:  # not this person's to know
            return ""

    def _with_machines(self, pods: list[PodFacts]) -> list[PodFacts]:
        names = sorted({pod.machine for pod in pods if pod.machine})
        trouble = dict(zip(names, _all_at_once(self._machine_trouble, names), strict=True))
        return [replace(pod, machine_trouble=trouble.get(pod.machine, "")) for pod in pods]

    def _machine_trouble(self, name: str) -> str:
        try:
            return machine_trouble(self.api.machine(name))
        except OSError:  # not this person's to know
            return ""

    def _read_memory(self) -> ClusterMemory | str | None:
        """The memory; None where it may not be read, else why it cannot be."""
        try:
            return self._memory.read()
        except Forbidden:
            return None
        except (OSError, ValueError) as error:
            return str(error)

    def _read_secret(self, key: str, what: str) -> str:
        release = self.release
        where = f"secret {release.secret} in namespace {release.namespace}"
        in_a_pod = f"kubectl exec -n {release.namespace} {release.set_name}-0 -c galera -- galeractl status"
        try:
            data = self.api.secret(release.secret).get("data") or {}
        except Forbidden:
            raise Trouble(
                f"you may not get {where}, which holds the {what}",
                f"ask for the right to get this one Secret; or ask in a pod: {in_a_pod}",
            ) from None
        except FileNotFoundError:
            raise Trouble(f"there is no {where}, which should hold the {what}", "make it again") from None
        try:
            return base64.b64decode(data[key]).decode()
        except (KeyError, ValueError):
            seen = f"{where} has no key {key}, which should hold the {what}"
            raise Trouble(seen, f"ask in a pod: {in_a_pod}") from None


def _noting(line: Line, forbidden: list[Forbidden]) -> socket.socket:
    try:
        return line.connect()
    except Forbidden as error:
        forbidden.append(error)
        raise


def _told_memory(seen: Iterable[Sight]) -> ClusterMemory | str:
    """The memory as an agent has just read it, for a person who may not read it."""
    fresh = [one.snapshot.memory for one in seen if one.snapshot and one.snapshot.memory_fresh and one.snapshot.memory]
    newest = max(fresh, key=lambda memory: memory.version, default=None)
    return newest or "you may not read its ConfigMap, and no agent has read it just now"


def _all_at_once(ask: Callable[[str], T], names: Iterable[str]) -> list[T]:
    names = list(names)
    with ThreadPoolExecutor(max_workers=max(1, len(names))) as pool:
        return list(pool.map(ask, names))
