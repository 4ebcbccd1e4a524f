"""What happens to nodes: writes, crashes, stops, lost volumes, partitions, outages, hanging entrypoints, scaling."""

from __future__ import annotations

from peerfinder.core.bookkeeping import MARK_SECONDS, due
from peerfinder.core.memory import Mark
from peerfinder.core.names import by_ordinal
from peerfinder.core.record import Ending, ended
from peerfinder.core.report import Datadir
from tests.support.world_agents import Agents


class Faults(Agents):
    """Events from outside; each does nothing where it cannot happen."""

    def write(self, name: str) -> None:
        server = self.servers[name]
        component = server.component
        if component is None or name not in component.synced:
            return
        self.count += 1
        write = f"w{self.count}"
        component.log += (write,)
        server.volume.data = component.log
        self.acknowledged.add(write)
        self.log(f"{write} is acknowledged by {name} and durable only there")

    def boot(self, name: str) -> None:
        node = self.nodes[name]
        if node.up or int(name[3:]) >= self.replicas:
            return
        node.up = True
        self.log(f"{name} boots")
        record = self.servers[name].volume.record
        if record:
            self.servers[name].volume.record = self.core.remembered(record)
        self.observe(name)

    def crash_node(self, name: str) -> None:
        node = self.nodes[name]
        if not node.up:
            return
        self.log(f"{name} crashes as a whole")
        node.up = False
        self.kill_server(name)
        copy = node.copy if self.rng.random() < 0.5 else None  # the run directory may outlive the programs
        node.forget()
        node.copy = copy

    def crash_server(self, name: str) -> None:
        if self.servers[name].state in ("off", "starting"):
            return
        self.log(f"mariadbd of {name} is killed")
        self.kill_server(name)

    def kill_all(self) -> None:
        """A power cut: no member sees another one go."""
        if not self.components:
            return
        self.log("all nodes crash at once")
        for component in self.components:
            for name in component.members:
                self.servers[name].component = None
        self.components.clear()
        for name, node in self.nodes.items():
            node.up = False
            self.kill_server(name)
            node.forget()

    def restart_agent(self, name: str) -> None:
        """The pod's programs restart; a Primary's server lives on, any other goes with the entrypoint."""
        node = self.nodes[name]
        if not node.up:
            return
        self.log(f"entrypoint and agent of {name} restart")
        if self.servers[name].state != "primary":
            self.kill_server(name)
            node.forget()
            record = self.servers[name].volume.record
            if record:
                self.servers[name].volume.record = self.core.remembered(record)
            self.observe(name)
        else:
            node.forget()

    def stop(self, name: str) -> None:
        """A clean stop of the node; a hanging entrypoint cannot do that, so it is a crash."""
        node, server = self.nodes[name], self.servers[name]
        if not node.up:
            return
        if node.hung:
            self.crash_node(name)
            return
        self.log(f"{name} is stopped in order ({server.state})")
        volume = server.volume
        if server.state == "primary":
            whole = server.component is not None and name in server.component.synced
            if server.component and whole:
                volume.data = server.component.log
            self.fold(name)
            self.leave(name)
            volume.gvwstate = volume.view = None
            if volume.record:
                volume.record = ended(volume.record, Ending.LEFT)
            if volume.record and volume.record.incomplete:
                volume.datadir, volume.data = Datadir.INCOMPLETE, ()
        elif server.state == "non-primary":
            self.freeze(name)
        else:
            self.kill_server(name)
        node.up = False
        node.forget()

    def stop_all(self) -> None:
        if not self.components:
            return
        self.log("all nodes are stopped in order")
        names = list(self.nodes)
        self.rng.shuffle(names)
        for name in names:
            self.stop(name)

    def wipe(self, name: str) -> None:
        if self.nodes[name].up or self.servers[name].volume.datadir is Datadir.EMPTY:
            return
        self.log(f"the volume of {name} is lost")
        self.faults.add("wiped")
        self.destroyed |= set(self.servers[name].volume.data)
        self.replace_volume(name)

    def partition(self, which: str, groups: dict[str, int]) -> None:
        self.log(f"partition of {which}: {groups}")
        if which != "galera":
            for name, group in groups.items():
                self.nodes[name].group = group
        if which != "agents":
            for name, group in groups.items():
                self.servers[name].group = group
            for component in list(self.components):
                self.lose(component, set())

    def part(self) -> None:
        which = self.rng.choice(["agents", "galera", "both"])
        self.partition(which, {name: self.rng.randrange(2) for name in self.nodes})

    def heal(self) -> None:
        self.log("the network heals")
        for name, node in self.nodes.items():
            node.group = self.servers[name].group = 0

    def toggle_api(self, name: str) -> None:
        node = self.nodes[name]
        node.api = not node.api
        self.log(f"the API {'answers' if node.api else 'is lost to'} {name}")

    def toggle_api_for_all(self) -> None:
        api = not self.nodes["db-0"].api
        for node in self.nodes.values():
            node.api = api
        self.log(f"the API {'answers' if api else 'is lost to'} all")

    def scale(self, replicas: int) -> None:
        self.log(f"scale from {self.replicas} to {replicas}")
        self.faults.add("scaled")
        self.replicas, self.most_replicas = replicas, max(replicas, self.most_replicas)
        for name in self.nodes:
            if int(name[3:]) >= replicas:
                self.stop(name)

    def scale_somehow(self) -> None:
        self.scale(self.rng.choice([count for count in (0, 1, 2, 3, 5) if count != self.replicas]))

    def hang(self, name: str) -> None:
        node = self.nodes[name]
        if node.up and node.hung is None:
            node.hung = self.report(name)
            self.log(f"the entrypoint of {name} hangs")

    def unhang(self, name: str) -> None:
        node = self.nodes[name]
        if node.hung is None:
            return
        node.hung = None
        self.log(f"the entrypoint of {name} goes on")
        if node.unseen:
            self.observe(name)
        else:
            self.fold(name)

    def cancel(self, name: str) -> None:
        if self.servers[name].state == "off":
            self.burn(name, "it took too long")

    def give_up_join(self, name: str) -> None:
        if self.servers[name].state == "joining":
            self.log(f"{name} gives up to join")
            self.kill_server(name)

    def mark(self, name: str) -> None:
        """The keeper of the memory writes into it what a Primary's member knows, with the mark."""
        node, volume = self.nodes[name], self.servers[name].volume
        record, component = self.record(name), self.servers[name].component
        if component is None or not record.lineage or not node.api or name not in component.synced:
            return
        facts = self.facts(name)
        nodes = None if facts.expected is None else by_ordinal(facts.expected)
        committed = Mark(record.lineage[-1].ballot, len(volume.data))
        new = due(self.memory, node.copy, name, facts.reports, nodes, committed, MARK_SECONDS)
        if new is not None:
            self.swap(new)
            self.log(f"{name} writes the memory: {new.replicas} nodes, mark {new.mark}")
