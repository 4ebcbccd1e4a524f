"""Galera as far as the bootstrap decision can see it: components, certification order, majority, state transfer.

A component is one Primary. Its log is the certification order; every synced member has received all of it, and each
volume holds a durable part. A write is acknowledged once it is in the log and durable on the member that answered.
"""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, field

from peerfinder.core.gvwstate import SavedView
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import Datadir

Log = tuple[str, ...]


@functools.cache
def position(uuid: str, seqno: int) -> Position:
    """A position, made once: histories ask for the same few a million times."""
    return Position(uuid, seqno)


@dataclass(frozen=True)
class GroupView:
    """One Primary view as Galera agreed on it; `start` is the seqno of its own change event."""

    seq: int
    members: frozenset[str]
    start: int
    ids: tuple[str, ...]


@dataclass
class Volume:
    """What a node's disk holds."""

    datadir: Datadir = Datadir.EMPTY
    uuid: str = ""
    data: Log = ()
    record: NodeRecord | None = None
    gvwstate: SavedView | None = None
    view: GroupView | None = None  # the view of gvwstate.dat, with the seqno that only SQL shows


@dataclass
class Component:
    """One Primary component."""

    uuid: str
    log: Log
    label: str
    seq: int = 0
    members: set[str] = field(default_factory=set)
    synced: set[str] = field(default_factory=set)
    view: GroupView | None = None


@dataclass
class Server:
    """The mariadbd of one node; `state` is off, starting, joining, primary or non-primary."""

    name: str
    volume: Volume = field(default_factory=Volume)
    state: str = "off"
    component: Component | None = None
    received: Log = ()  # what a non-Primary server still has in its queue
    was_synced: bool = False
    takes_all: bool = False  # it needs a whole state transfer
    gcomm_uuid: str = ""
    group: int = 0  # servers of different groups do not see each other


class Galera:
    """All servers and components; subclasses hear of every new view through `on_view`."""

    def __init__(self, names: tuple[str, ...], rng: random.Random) -> None:
        self.rng = rng
        self.servers = {name: Server(name) for name in names}
        self.components: list[Component] = []
        self.trace: list[str] = []
        self.count = 0

    def log(self, text: str) -> None:
        self.trace.append(text)

    def fresh_uuid(self, kind: str) -> str:
        self.count += 1
        return f"{self.count:08x}-{kind}-11f0-8000-000000000000"

    def on_view(self, name: str) -> None:
        """Hear that Galera on `name` has written a new Primary view."""

    def on_exit(self, name: str) -> None:
        """Hear that the server process of `name` is gone."""

    def new_view(self, component: Component, members: set[str]) -> None:
        component.members = set(members)
        component.synced &= component.members
        if not component.members:
            self.components.remove(component)
            return
        component.seq += 1
        self.count += 1
        component.log += (f"view{self.count}",)
        ids = {name: self.servers[name].gcomm_uuid for name in sorted(members)}
        view = GroupView(component.seq, frozenset(members), len(component.log), tuple(ids.values()))
        component.view = view
        for name, my_uuid in ids.items():
            volume = self.servers[name].volume
            volume.gvwstate = SavedView(my_uuid, view.seq, tuple(sorted(ids.values())))
            volume.view = view
            self.on_view(name)

    def leave_primary(self, name: str, component: Component) -> None:
        server = self.servers[name]
        server.state, server.component = "non-primary", None
        server.was_synced = name in component.synced
        server.received = component.log if server.was_synced else server.volume.data

    def lose(self, component: Component, gone: set[str]) -> None:
        """Members vanish or fall apart; more than half of the old view, one of them synced, stays Primary."""
        old, rest = set(component.members), component.members - gone
        parts: dict[int, set[str]] = {}
        for name in sorted(rest):
            parts.setdefault(self.servers[name].group, set()).add(name)
        kept = None
        for part in parts.values():
            if 2 * len(part) > len(old) and part & component.synced:
                kept = part
        for part in parts.values():
            if part is not kept:
                for name in sorted(part):
                    self.leave_primary(name, component)
        for name in gone:
            self.servers[name].component = None
        if kept is None:
            component.members = set()
            self.components.remove(component)
        elif kept != old:
            self.new_view(component, kept)

    def kill_server(self, name: str) -> None:
        server = self.servers[name]
        component = server.component
        was, server.state, server.component, server.received = server.state, "off", None, ()
        if component and was == "primary":
            self.lose(component, {name})
        if was != "off":
            self.on_exit(name)

    def apply(self, name: str) -> None:
        server = self.servers[name]
        if server.component and name in server.component.synced and server.volume.data != server.component.log:
            server.volume.data = server.component.log
            self.log(f"{name} applies all")

    def leave(self, name: str) -> None:
        """A clean stop of a member: the queue is applied, the others agree on a view without it."""
        server = self.servers[name]
        component = server.component
        if component is None:
            return
        if name in component.synced:
            server.volume.data = component.log
        component.members.discard(name)
        component.synced.discard(name)
        server.component, server.state = None, "off"
        if component.members and not component.synced:
            for other in sorted(component.members):
                self.leave_primary(other, component)
            self.components.remove(component)
        else:
            self.new_view(component, component.members)

    def regroup(self) -> None:
        """Galera by itself: non-Primary servers of the same last view meet again."""
        met: dict[tuple[int, GroupView], set[str]] = {}
        for name, server in self.servers.items():
            if server.state == "non-primary" and server.volume.view and server.volume.datadir is Datadir.PRESENT:
                met.setdefault((server.group, server.volume.view), set()).add(name)
        for (_group, view), names in met.items():
            whole = {name for name in names if self.servers[name].was_synced}
            if 2 * len(names) <= len(view.members) or not whole:
                continue
            best = max((self.servers[name].received for name in sorted(whole)), key=len)
            component = Component(self.servers[min(whole)].volume.uuid, best, "re-formed by Galera", view.seq)
            component.synced = whole
            self.components.append(component)
            for name in names:
                server = self.servers[name]
                server.state, server.component, server.received = "primary", component, ()
            self.log(f"Galera itself re-forms the Primary of {sorted(names)}")
            self.new_view(component, names)
            self.on_regroup(component)
            return

    def on_regroup(self, component: Component) -> None:
        """Hear that a Primary came back without a decision of ours."""
