"""The cluster of the pod that this program runs in, as its own sidecar and all agents know it.

Nodes, addresses and the memory come from the own sidecar; of each node the word of its own agent counts. Whether the
programs of another pod run cannot be seen from here: what does not answer is unreachable.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from galeractl.adapters import agent, sidecar
from galeractl.adapters.sql import ROOT, SERVER_SOCKET, Login, SqlLine, at, unix
from galeractl.core.pods import copying_anew
from galeractl.core.sight import ClusterSight, Sight
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.selection import Pod
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.names import by_ordinal
from peerfinder.core.snapshot import ClusterSnapshot


@dataclass(frozen=True, slots=True)
class PodCluster:
    """The cluster that `pod` is a node of."""

    pod: Pod

    def look(self) -> ClusterSight:
        """See all nodes at (nearly) one moment; Trouble when the own sidecar does not answer."""
        own = self._look_here()
        names = by_ordinal({*(own.expected or ()), *own.addresses, *own.reports, own.me})
        token = self._token()
        with ThreadPoolExecutor(max_workers=len(names)) as pool:
            seen = list(pool.map(lambda name: self._look_at(name, own, token), names))
        return ClusterSight(
            cluster=self.pod.cluster,
            expected=own.expected or (),
            nodes={one.name: one for one in seen},
            memory=own.memory if own.memory_fresh else None,
            memory_problem=own.memory_problem,
            agent_port=self.pod.port,
        )

    def line(self, node: Sight, seconds: float) -> tuple[agent.Line, str]:
        """Give the way to the agent of a node, and the token that it asks for."""
        return agent.at(node.address or self.pod.ip, self.pod.port, seconds), self._token()

    def sql_line(self, node: Sight, login: Login | None) -> SqlLine:
        """Give the way to the server of a node: the own one by its socket; as root, or whoever was named."""
        who = login or Login(ROOT, self._root_password())
        own = str(self.pod.run_dir / SERVER_SOCKET)
        connect = (lambda: unix(own)) if node.name == self.pod.name else (lambda: at(node.address))
        return SqlLine(connect, node.name, who.user, who.password)

    def copy_anew(self, names: tuple[str, ...]) -> str:
        """Give the commands by which nodes copy everything anew."""
        return copying_anew(self.pod.namespace, names)

    def _root_password(self) -> bytes:
        path = self.pod.root_password_file
        if not path:
            raise Trouble(
                "the password of root is not known here (MARIADB_ROOT_PASSWORD_FILE is not set)",
                "run it in the container galera of the pod, or name an account: --user NAME --password-file FILE",
            )
        try:
            return Path(path).read_bytes().rstrip(b"\n")
        except OSError as error:
            raise Trouble(f"the password of root cannot be read from {path}: {error.strerror}",
                          "name an account: --user NAME --password-file FILE") from None  # fmt: skip

    def swap(self, expected_version: int, memory: ClusterMemory) -> bool:
        """Swap the cluster memory by the own sidecar; raises OSError, and Trouble when it does not answer."""
        try:
            return sidecar.swap(self.pod.run_dir, expected_version, memory)
        except sidecar.NoSidecar as error:
            raise self._no_sidecar(error) from None

    def _look_here(self) -> ClusterSnapshot:
        try:
            return sidecar.look(self.pod.run_dir)
        except sidecar.NoSidecar as error:
            raise self._no_sidecar(error) from None

    def _no_sidecar(self, error: sidecar.NoSidecar) -> Trouble:
        return Trouble(f"the sidecar of this pod is down: {error}", self.pod.logs, Code.FAILED)

    def _look_at(self, name: str, own: ClusterSnapshot, token: str) -> Sight:
        address = own.addresses.get(name, "")
        if name == own.me:
            return Sight(name, address, own, "", answered=True)
        if not address:
            return Sight(name, "", problem=own.silent.get(name, "no address of it is known"))
        answer = agent.ask(agent.at(address, self.pod.port), token)
        if isinstance(answer, agent.NoAnswer):
            return Sight(name, address, None, own.silent.get(name) or answer.reason, answer.answered)
        if answer.me != name:
            return Sight(name, address, None, f"{answer.me} answers at its address")
        return Sight(name, address, answer, "", answered=True)

    def _token(self) -> str:
        path = self.pod.token_file
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise Trouble(f"the agents' token cannot be read from {path or 'nowhere'}: {error}",
                          "PEERFINDER_TOKEN_FILE names it", Code.FAILED) from None  # fmt: skip
