"""Look at a whole local cluster: ask all agents at once, and this machine for its processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from galeractl.adapters import agent, local_dir, processes
from galeractl.adapters.local_dir import NodePlace, Place
from galeractl.adapters.sql import ROOT, SERVER_SOCKET, Login, SqlLine, unix
from galeractl.core.network import AGENT_PORT, NodeAddress
from galeractl.core.programs import Kind, Programs, classify
from galeractl.core.settings import ClusterSettings
from galeractl.core.sight import ClusterSight, Sight
from peerfinder.adapters import memory_file
from peerfinder.core.memory import ClusterMemory


@dataclass(frozen=True, slots=True)
class LocalCluster:
    """A cluster on this machine, for the orders that any cluster takes."""

    place: Place
    settings: ClusterSettings

    def look(self) -> ClusterSight:
        """See all nodes."""
        return look(self.place, self.settings)

    def line(self, node: Sight, seconds: float) -> tuple[agent.Line, str]:
        """Give the way to the agent of a node, and the token that it asks for."""
        return agent.at(node.address, AGENT_PORT, seconds), local_dir.read_secret(self.place, "token")

    def sql_line(self, node: Sight, login: Login | None) -> SqlLine:
        """Give the way to the server of a node: its socket, as root or whoever was named."""
        who = login or Login(ROOT, local_dir.read_secret(self.place, ROOT).encode())
        path = str(self.place.node(node.name).run / SERVER_SOCKET)
        return SqlLine(lambda: unix(path), node.name, who.user, who.password)

    def copy_anew(self, names: tuple[str, ...]) -> str:
        """Give the commands by which nodes copy everything anew."""
        return " && ".join(f"galeractl local {order} {' '.join(names)}" for order in ("stop", "wipe", "start"))

    def swap(self, expected_version: int, memory: ClusterMemory) -> bool:
        """Swap the cluster memory; False when it has changed. Raises OSError and ValueError."""
        return memory_file.swap(self.place.memory, expected_version, memory)


def look(place: Place, settings: ClusterSettings) -> ClusterSight:
    """See all nodes of a local cluster at (nearly) one moment."""
    token = local_dir.read_secret(place, "token")
    with ThreadPoolExecutor(max_workers=settings.nodes) as pool:
        seen = list(pool.map(lambda node: _look_at(place, node, token), settings.addresses))
    memory, problem = _read_memory(place)
    return ClusterSight(
        cluster=settings.name,
        expected=settings.names,
        nodes={one.name: one for one in seen},
        memory=memory,
        memory_problem=problem,
        agent_port=AGENT_PORT,
    )


def programs_of(node: NodePlace) -> Programs:
    """Look which programs of a node run."""
    return _look_at_programs(node)[0]


def _look_at_programs(node: NodePlace) -> tuple[Programs, frozenset[int]]:
    """Look which programs of a node run, and which processes they are."""
    recorded = local_dir.read_pids(node.pids)
    family = processes.family(recorded.values(), str(node.root))
    main = {kind: recorded.get(kind) for kind in Kind}
    paused = any(family[one].is_paused for one in main.values() if one in family)
    word = classify(
        agent=main[Kind.AGENT] in family,
        entrypoint=main[Kind.ENTRYPOINT] in family,
        paused=paused,
        others=bool(family),
    )
    return word, frozenset(one.pid for one in family)


def _look_at(place: Place, node: NodeAddress, token: str) -> Sight:
    programs, pids = _look_at_programs(place.node(node.name))
    if programs is Programs.STOPPED:
        return Sight(node.name, node.address, problem="its programs do not run", programs=programs)
    answer = agent.ask(agent.at(node.address, AGENT_PORT), token)
    if isinstance(answer, agent.NoAnswer):
        return Sight(node.name, node.address, None, answer.reason, answer.answered, programs)
    if answer.me != node.name:  # a stranger on our address
        return Sight(node.name, node.address, None, f"{answer.me} answers at its address", True, programs)
    server = answer.own_report.facts.server_pid if answer.own_report else 0
    if server and server not in pids and server not in _look_at_programs(place.node(node.name))[1]:
        gone = f"its agent has not noticed yet that the server (process {server}) is gone"
        return Sight(node.name, node.address, answer, gone, True, programs, is_outdated=True)
    return Sight(node.name, node.address, answer, "", True, programs)


def _read_memory(place: Place) -> tuple[ClusterMemory | None, str]:
    try:
        return memory_file.read(place.memory), ""
    except (OSError, ValueError) as error:
        return None, str(error)
