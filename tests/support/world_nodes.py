"""Nodes around the servers of `world_galera`: agents, records kept by the real functions, reports and facts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from entrypoint.core.ballot_box import Attempt, consider, last_look
from entrypoint.core.decision import Decision, decide, summarise
from entrypoint.core.facts import Facts
from entrypoint.core.vigil import Stop, must_stop
from peerfinder.core import bookkeeping
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.position import Position
from peerfinder.core.record import Ending, NodeRecord, acquainted, completed, ended, formed, viewed
from peerfinder.core.report import Datadir, DecisionSummary, NodeFacts, NodeReport, Phase
from peerfinder.core.view import Member, identity
from peerfinder.core.vote import VoteReply, VoteRequest
from peerfinder.core.wsrep import ServerFacts, WsrepState
from tests.support.world_galera import Component, Galera, Volume, position


@dataclass(frozen=True)
class Core:
    """The functions under test; a mutation is a Core with one of them replaced."""

    decide: Callable[[Facts], Decision] = decide
    consider: Callable[[Facts, NodeRecord, VoteRequest], VoteReply] = consider
    last_look: Callable[[Attempt, Facts, NodeRecord], str] = last_look
    must_stop: Callable[[Facts, float], Stop | None] = must_stop
    remembered: Callable[[NodeRecord], NodeRecord] = lambda record: record  # what of a record a restart leaves


@dataclass
class Node:
    """One pod: the entrypoint and its agent; `hung` is the report that a stopped entrypoint left behind."""

    name: str
    up: bool = False
    hung: NodeReport | None = None
    unseen: bool = False  # the server went while nobody watched: still to be observed
    group: int = 0  # agents of different groups do not see each other
    api: bool = True
    copy: ClusterMemory | None = None
    told: int | None = None  # the number of nodes that the API said last
    names: dict[str, Member] = field(default_factory=dict)
    attempt: Attempt | None = None
    replies: dict[str, VoteReply] = field(default_factory=dict)
    swapped: bool = False
    decision: DecisionSummary | None = None
    started_at: Position | None = None
    since: float = 0.0  # when the server left its last Primary, or started

    def forget(self) -> None:
        """Lose everything that only the process knew."""
        self.attempt, self.hung, self.copy, self.decision, self.told = None, None, None, None, None
        self.names, self.unseen = {}, False


class Nodes(Galera):
    """The nodes, what they see of each other, and the cluster memory."""

    def __init__(self, replicas: int, rng: random.Random, core: Core, volumes: int = 5) -> None:
        names = tuple(f"db-{ordinal}" for ordinal in range(volumes))
        super().__init__(names, rng)
        self.core = core
        self.replicas = self.most_replicas = replicas
        self.nodes = {name: Node(name) for name in names}
        self.memory = ClusterMemory()
        self.clock = 0.0
        self.prompt = 0.7  # how often a view is folded before the next one can replace it in gvwstate.dat

    # what the node keeps beside its data

    def record(self, name: str) -> NodeRecord:
        return self.servers[name].volume.record or NodeRecord(name)

    def fold(self, name: str) -> None:
        """The entrypoint reads gvwstate.dat, and SQL where the view is applied, into the record."""
        volume = self.servers[name].volume
        if volume.gvwstate is None or volume.view is None:
            return
        start = volume.view.start if len(volume.data) >= volume.view.start else None
        record = formed(viewed(self.record(name), volume.gvwstate, self.nodes[name].names, start), volume.uuid)
        if self.servers[name].state != "off":  # a look at a running server
            seen = frozenset(other for other in self.nodes if self.sees(name, other) and not self.nodes[other].hung)
            self.ask_api(name)
            record = acquainted(record, self.expected(name), seen)
        volume.record = record

    def observe(self, name: str) -> None:
        """The entrypoint looks at its volume while no server runs: at its own start, and after the server's end."""
        volume, node = self.servers[name].volume, self.nodes[name]
        node.unseen = False
        if volume.record is None:
            return
        start = volume.record.start
        if volume.gvwstate:
            self.fold(name)
            volume.gvwstate = volume.view = None
        elif (
            start and start.position and volume.uuid == start.position.uuid and len(volume.data) > start.position.seqno
        ):
            volume.record = formed(volume.record, volume.uuid)
        if volume.record.start:
            volume.record = ended(volume.record, Ending.INSIDE)
        if volume.record.incomplete and volume.datadir is Datadir.PRESENT:
            volume.datadir, volume.data = Datadir.INCOMPLETE, ()

    def on_view(self, name: str) -> None:
        node, server = self.nodes[name], self.servers[name]
        if not node.up or server.component is None:
            return
        for other in sorted(server.component.members):
            if self.sees(name, other) or self.rng.random() < 0.8:  # SQL names all of them, when it was asked in time
                uuid = self.servers[other].gcomm_uuid
                node.names[identity(uuid)] = Member(uuid, other)
        if node.hung is None and self.rng.random() < self.prompt:
            self.fold(name)

    def leave_primary(self, name: str, component: Component) -> None:
        super().leave_primary(name, component)
        self.nodes[name].since = self.clock

    def on_exit(self, name: str) -> None:
        node = self.nodes[name]
        node.attempt = None
        if node.up and node.hung is None:
            self.observe(name)
        else:
            node.unseen = True

    def complete(self, name: str) -> None:
        """A state transfer ended: the server is Synced."""
        volume = self.servers[name].volume
        volume.record = completed(self.record(name))
        if self.nodes[name].hung is None:
            self.fold(name)

    # what others see

    def sees(self, name: str, other: str) -> bool:
        return name == other or (self.nodes[other].up and self.nodes[name].group == self.nodes[other].group)

    def report(self, name: str) -> NodeReport:
        node, server = self.nodes[name], self.servers[name]
        volume = server.volume
        running = server.state in ("joining", "primary", "non-primary")
        where = node.started_at
        if not running and volume.datadir is Datadir.PRESENT:
            where = position(volume.uuid, len(volume.data))
        facts = NodeFacts(
            name=name,
            phase=Phase.RUNNING if running else Phase.STARTING if server.state == "starting" else Phase.WAITING,
            datadir=volume.datadir,
            boot_id="",
            start_id="",
            position=where,
            record=volume.record,
            decision=node.decision,
        )
        return NodeReport(facts, self.server_facts(name), 0.0, node.copy)

    def server_facts(self, name: str) -> ServerFacts:
        server = self.servers[name]
        component = server.component
        if server.state == "primary" and component:
            whole = name in component.synced
            state = WsrepState.SYNCED if whole else WsrepState.JOINING
            status = "Primary" if whole else ""
            return ServerFacts(whole, state, "", status, whole, len(component.members), uuid=component.uuid)
        if server.state == "non-primary":
            gcomm = server.gcomm_uuid
            return ServerFacts(server.was_synced, WsrepState.CONNECTED, "", "non-Primary", gcomm_uuid=gcomm)
        return ServerFacts(state=WsrepState.DISCONNECTED if server.state == "joining" else WsrepState.UNKNOWN)

    def facts(self, name: str) -> Facts:
        node = self.nodes[name]
        self.ask_api(name)
        reports: dict[str, NodeReport] = {}
        silent: dict[str, str] = {}
        answering = set()
        for other in self.nodes:
            if not self.sees(name, other) or not (self.nodes[other].up):
                continue
            answering.add(other)
            if other != name and self.nodes[other].hung:
                silent[other] = "its report is stale"
            else:
                reports[other] = self.report(other)
        return Facts(name, reports, self.expected(name), node.copy, node.api, silent, frozenset(answering))

    def ask_api(self, name: str) -> None:
        """Read the memory and the number of nodes, where the API answers."""
        node = self.nodes[name]
        if node.api:
            node.copy, node.told = self.memory, self.replicas

    def expected(self, name: str) -> frozenset[str] | None:
        """Who is expected, as this node knows it: by the API, else by what it said last, a file and the memory.

        The file follows each scale at once, as after `helm upgrade`: nothing but the record remembers more for a node
        whose programs forgot what they knew.
        """
        node = self.nodes[name]
        told = bookkeeping.expected(name, self.replicas if node.api else None, (node.told, self.replicas), node.copy)
        return None if told is None else frozenset(told)

    def holders_of(self, write: str) -> list[str]:
        """The nodes that still have a write, on disk or in the queue of a running server."""
        return [
            name
            for name, server in self.servers.items()
            if write in server.volume.data or (server.state == "non-primary" and write in server.received)
        ]

    def note(self, name: str, decision: Decision) -> None:
        self.nodes[name].decision = summarise(decision)

    def replace_volume(self, name: str) -> None:
        self.servers[name].volume = Volume()

    def swap(self, memory: ClusterMemory) -> None:
        self.memory = replace(memory, version=self.memory.version + 1)
