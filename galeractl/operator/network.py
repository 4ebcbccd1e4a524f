"""A cluster that is reached over the network alone: the name of its headless Service, and the token of its agents.

For jobs beside the cluster, which have no sidecar and no right to ask the API of Kubernetes: the chart's backups. The
name is resolved at each look; each address is asked, and tells its own name. A pod that has just been started may reach
nobody for some seconds, until the network policies have heard of it; so a look that finds nobody is made again for a
while.
"""

from __future__ import annotations

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from galeractl.adapters import agent
from galeractl.core.sight import ClusterSight, Sight
from galeractl.core.trouble import Code, Trouble
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.names import by_ordinal, split_name
from peerfinder.core.snapshot import ClusterSnapshot

PORT = 8008
AT_ONCE = 16
PATIENCE_SECONDS = 30.0  # a policy is in effect within a second or two; on a large cluster it takes longer
PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class NetworkCluster:
    """The cluster behind `host`."""

    host: str
    port: int
    token_file: str
    patience: float = PATIENCE_SECONDS

    def look(self) -> ClusterSight:
        """See all nodes at (nearly) one moment; Trouble where the name leads nowhere, and goes on to."""
        token, deadline = self._token(), time.monotonic() + self.patience
        while True:
            try:
                return self._look(token)
            except Trouble:
                if time.monotonic() > deadline:
                    raise
                time.sleep(PAUSE_SECONDS)

    def _look(self, token: str) -> ClusterSight:
        addresses = self._addresses()
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            answers = list(pool.map(lambda one: agent.ask(agent.at(one, self.port), token), addresses))
        seen = {
            told.me: Sight(told.me, address, told, "", answered=True)
            for address, told in zip(addresses, answers, strict=True)
            if isinstance(told, ClusterSnapshot)
        }
        if not seen:
            said = next((one.reason for one in answers if isinstance(one, agent.NoAnswer)), "nobody is there")
            raise Trouble(f"no agent behind {self.host} answers: {said}", "is the token theirs, and the port open?")
        told = [one.snapshot for one in seen.values() if one.snapshot]
        expected = max((one.expected or () for one in told), key=len)
        for name in expected:
            seen.setdefault(name, Sight(name, "", problem="its agent does not answer"))
        fresh = [one.memory for one in told if one.memory_fresh and one.memory]
        return ClusterSight(
            cluster=split_name(told[0].me)[0],
            expected=expected,
            nodes={name: seen[name] for name in by_ordinal(set(seen))},
            memory=max(fresh, key=lambda memory: memory.version, default=None),
            memory_problem="" if fresh else "no agent has read it just now",
            agent_port=self.port,
        )

    def line(self, node: Sight, seconds: float) -> tuple[agent.Line, str]:
        """Give the way to the agent of a node, and the token that it asks for."""
        return agent.at(node.address, self.port, seconds), self._token()

    def swap(self, expected_version: int, memory: ClusterMemory) -> bool:
        """Swap the cluster memory: not from here."""
        raise Trouble(f"the memory of the cluster behind {self.host} cannot be written from here",
                      "galeractl in one of its pods, or by a kubeconfig", Code.REFUSED)  # fmt: skip

    def _addresses(self) -> list[str]:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            seen = f"{self.host} (GALERACTL_AGENTS) leads to no address: {error.strerror or error}"
            raise Trouble(seen, "the name of the headless Service of the cluster") from None
        return sorted({str(one[4][0]) for one in found})

    def _token(self) -> str:
        try:
            return Path(self.token_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise Trouble(f"the agents' token cannot be read from {self.token_file or 'nowhere'}: {error}",
                          "GALERACTL_TOKEN_FILE names it") from None  # fmt: skip


def named() -> NetworkCluster | None:
    """Give the cluster that the environment names, None where it names none."""
    agents = os.environ.get("GALERACTL_AGENTS", "")
    if not agents:
        return None
    host, found, port = agents.rpartition(":")
    if found and not port.isdigit():
        raise Trouble(f"GALERACTL_AGENTS is {agents!r}", "HOST, or HOST:PORT", Code.USAGE)
    return NetworkCluster(host or agents, int(port) if found else PORT, os.environ.get("GALERACTL_TOKEN_FILE", ""))
