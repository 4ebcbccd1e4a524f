"""The steps of an entrypoint: decide, ask for votes, swap the memory, look once more, start, join, stop."""

from __future__ import annotations

from dataclasses import replace

from entrypoint.core.ballot_box import attempt, may_skip_swap, new_lineage, refusals, swapped
from entrypoint.core.decision import Bootstrap, Join, Refuse
from entrypoint.core.facts import next_ballot
from entrypoint.core.kinship import corrected
from peerfinder.core.names import by_ordinal
from peerfinder.core.position import ZERO_UUID
from peerfinder.core.record import Ending, Start, StartKind, ended, promised, starting
from peerfinder.core.report import Datadir
from tests.support.world_galera import Component, position
from tests.support.world_oracle import Oracle


class Agents(Oracle):
    """Events of the nodes' own making; each does nothing where it cannot happen."""

    def step(self, name: str) -> None:
        """One turn of the entrypoint of a node whose server does not run yet."""
        node, server = self.nodes[name], self.servers[name]
        if not node.up or node.hung:
            return
        if server.state == "starting":
            self.execute(name)
        elif server.state == "off" and node.attempt:
            self.pursue(name)
        elif server.state == "off":
            self.choose(name)

    def choose(self, name: str) -> None:
        node = self.nodes[name]
        facts = self.facts(name)
        decision = self.core.decide(facts)
        if node.decision is None or node.decision.reason != decision.reason:
            self.log(f"{name}: {type(decision).__name__} ({decision.rule}) {decision.reason}")
        self.note(name, decision)
        if isinstance(decision, Join):
            self.join(name, decision)
        elif isinstance(decision, Bootstrap):
            ballot = next_ballot(facts)
            self.servers[name].volume.record = promised(self.record(name), ballot)
            node.attempt, node.replies, node.swapped = attempt(facts, decision.elected, ballot), {}, False
            self.log(f"{name} asks {sorted(node.attempt.asked)} for ballot {ballot}")

    def burn(self, name: str, why: str) -> None:
        if self.nodes[name].attempt:
            self.nodes[name].attempt = None
            self.log(f"the attempt of {name} is burnt: {why}")

    def pursue(self, name: str) -> None:
        """One more step of an attempt: the next vote, the memory, the last look."""
        node = self.nodes[name]
        tried = node.attempt
        if tried is None:
            return
        unasked = sorted(tried.asked - set(node.replies) - {name})
        if unasked:
            self.ask(name, self.rng.choice(unasked))
        elif why := refusals(tried, node.replies):
            self.burn(name, why[0])
        elif not node.swapped:
            self.write_memory(name)
        elif why_not := self.core.last_look(tried, self.facts(name), self.record(name)):
            self.burn(name, why_not)
        else:
            self.announce(name)

    def ask(self, name: str, voter: str) -> None:
        tried = self.nodes[name].attempt
        if tried is None or not self.sees(name, voter) or self.nodes[voter].hung:
            return
        reply = self.core.consider(self.facts(voter), self.record(voter), tried.request())
        if reply.granted:
            self.servers[voter].volume.record = promised(self.record(voter), tried.ballot)
        self.nodes[name].replies[voter] = reply
        self.log(f"{voter} {'grants' if reply.granted else 'refuses'} {tried.ballot}: {reply.reason}")
        if not reply.granted:
            self.burn(name, f"{voter} refused")

    def write_memory(self, name: str) -> None:
        node, volume = self.nodes[name], self.servers[name].volume
        tried = node.attempt
        if tried is None:
            return
        if not node.api:
            if may_skip_swap(tried, self.facts(name)):
                node.swapped = True
            else:
                self.burn(name, "the memory cannot be written")
            return
        read = tried.memory if tried.memory_fresh and tried.memory else None
        if read is None and tried.elected.needs_memory:
            self.burn(name, "it was decided without the memory")
        elif (read and read.version != self.memory.version) or (
            self.memory.ballot and self.memory.ballot >= tried.ballot
        ):
            self.burn(name, "the memory has changed")
        else:
            self.memory = swapped(tried, self.record(name), self.memory, volume.uuid, len(volume.data))
            node.swapped = True
            self.log(f"memory: ballot {tried.ballot}")

    def announce(self, name: str) -> None:
        """Everything durable before the server runs; the process may still pause or die here."""
        node, server = self.nodes[name], self.servers[name]
        volume = server.volume
        if node.attempt is None:
            return
        self.observe(name)
        whole = volume.datadir is Datadir.PRESENT
        seqno = len(volume.data) if whole else 0
        lineage = new_lineage(self.record(name), node.attempt.ballot, volume.uuid if whole else ZERO_UUID, seqno)
        if not whole:
            volume.datadir, volume.data = Datadir.INCOMPLETE, ()
        node.started_at = position(volume.uuid, seqno) if whole else None
        start = Start(StartKind.BOOTSTRAP, lineage, node.started_at)
        volume.record = starting(self.record(name), start, incomplete="" if whole else "first initialisation")
        server.state = "starting"
        self.on_announce(name)
        self.log(f"{name} is about to bootstrap with {node.attempt.ballot}")

    def execute(self, name: str) -> None:
        node, server = self.nodes[name], self.servers[name]
        volume, tried = server.volume, node.attempt
        if tried is None:
            return
        if volume.datadir is not Datadir.PRESENT:
            volume.datadir, volume.uuid, volume.data = Datadir.PRESENT, self.fresh_uuid("aaaa"), ()
        self.check_start(name, tried.ballot, tried.elected.overridden)
        component = Component(volume.uuid, volume.data, f"ballot {tried.ballot}")
        component.synced = {name}
        server.state, server.component, server.gcomm_uuid = "primary", component, self.fresh_uuid("bbbb")
        node.attempt = None
        self.log(f"{name} BOOTSTRAPS with {tried.ballot} at seqno {len(volume.data)}")
        if tried.elected.overridden:
            self.accept_loss(name)
        self.check_nothing_lost(component, name)
        self.components.append(component)
        self.new_view(component, {name})
        volume.data = component.log
        self.complete(name)
        self.check_one_primary()

    def on_announce(self, name: str) -> None:
        """Hear that `name` has looked for the last time and will start."""

    def accept_loss(self, name: str) -> None:
        """The start of `name` uses an operator's override: what that gave up is lost with a person's word."""

    def join(self, name: str, decision: Join) -> None:
        node, server = self.nodes[name], self.servers[name]
        self.observe(name)
        volume = server.volume
        whole = volume.datadir is Datadir.PRESENT and not decision.discard
        node.started_at = position(volume.uuid, len(volume.data)) if whole else None
        start = Start(StartKind.JOIN, decision.lineage, node.started_at)
        volume.record = starting(self.record(name), start, incomplete="" if whole else "state transfer")
        server.state, server.takes_all, server.gcomm_uuid = "joining", not whole, self.fresh_uuid("bbbb")
        node.since = self.clock
        for other in decision.peers:
            self.meet(other, name)

    def meet(self, name: str, joiner: str) -> None:
        """A member looks before a joiner arrives: a look takes half a second, to start a server and join a second."""
        node, volume = self.nodes[name], self.servers[name].volume
        if node.hung is None and self.sees(name, joiner):
            volume.record = replace(self.record(name), nodes=by_ordinal({*self.record(name).nodes, joiner}))

    def arrive(self, name: str) -> None:
        """The joining server meets a component: Galera compares positions and begins a transfer."""
        server = self.servers[name]
        if server.state not in ("joining", "non-primary"):
            return
        near = [one for one in self.components if any(self.servers[m].group == server.group for m in one.members)]
        if not near:
            return
        component, volume = near[0], server.volume
        if server.state == "non-primary" and volume.datadir is not Datadir.PRESENT:
            self.log(f"{name} aborts: its state transfer was cut")
            self.kill_server(name)
            return
        everything = server.takes_all or volume.datadir is not Datadir.PRESENT or volume.uuid != component.uuid
        if not everything and len(volume.data) > len(component.log):
            self.log(f"{name} cannot join: its seqno is above the group's")
            self.kill_server(name)
            return
        everything = everything or self.rng.random() < 0.1  # the donor's cache may not reach back far enough
        self.check_join(name, component, "a state transfer" if everything else "IST")
        server.state, server.component, server.received = "primary", component, ()
        if everything:
            volume.record = replace(self.record(name), incomplete="state transfer")
            volume.datadir, volume.data = Datadir.INCOMPLETE, ()
        elif volume.data != component.log[: len(volume.data)]:
            volume.data = component.log[: len(volume.data)]
        self.log(f"{name} joins by {'SST' if everything else 'IST'}")
        self.new_view(component, component.members | {name})

    def sync(self, name: str) -> None:
        """The state transfer of a joined server ends."""
        server = self.servers[name]
        component = server.component
        if component is None or name in component.synced:
            return
        volume = server.volume
        volume.datadir, volume.uuid, volume.data = Datadir.PRESENT, component.uuid, component.log
        component.synced.add(name)
        server.takes_all = False
        self.log(f"{name} is Synced")
        self.complete(name)

    def watch(self, name: str) -> None:
        """A running node's own look: fold the view, and stop the server where the rules say so."""
        node, server = self.nodes[name], self.servers[name]
        if not node.up or node.hung or server.state not in ("primary", "non-primary", "joining"):
            return
        self.fold(name)
        if server.state == "primary":
            server.volume.record = corrected(self.record(name), self.facts(name))
        lonely = 0.0 if server.state == "primary" else max(0.1, self.clock - node.since)
        if server.component and name not in server.component.synced:
            return
        stop = self.core.must_stop(self.facts(name), lonely)
        if stop is None:
            return
        self.log(f"{name} stops its {server.state} server: {stop.reason}")
        self.check_stop(name, stop.reason)
        self.freeze(name)

    def freeze(self, name: str) -> None:
        """Stop a server outside of a Primary; its queue may or may not reach the disk."""
        server = self.servers[name]
        volume = server.volume
        further = server.state == "non-primary" and len(server.received) >= len(volume.data)
        if further and volume.datadir is Datadir.PRESENT and self.rng.random() < 0.6:
            volume.data = server.received
        was, server.state, server.received = server.state, "off", ()
        self.fold(name)
        if volume.record and was == "non-primary":
            volume.record = ended(volume.record, Ending.FELL_OUT)
        self.on_exit(name)

    def is_refused(self, name: str) -> bool:
        """Whether the node waits for a person."""
        return isinstance(self.core.decide(self.facts(name)), Refuse)
