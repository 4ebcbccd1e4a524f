"""Plays what happens between nodes: partitions and flapping links. Acts on the namespaces of an isolated cluster."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from galeractl.adapters import namespaces
from galeractl.adapters.local_dir import Place
from galeractl.core.settings import ClusterSettings
from galeractl.local import isolation, orders
from tests.support.chaos.faults import Fault, How, moments, partings

KILLED_AFTER_SECONDS = 1.0  # a partition that is not yet noticed, when the servers in it die


class Network:
    """The cables of one cluster."""

    def __init__(self, place: Place, settings: ClusterSettings, tell: Callable[[str], None]) -> None:
        self._place, self._settings, self._tell = place, settings, tell

    def part(self, fault: Fault, hit: tuple[str, ...]) -> None:
        """Cut, wait, mend; perhaps the servers of those who are hit die meanwhile."""
        for one in partings(fault, self._settings.names, hit):
            pairs = isolation.cut(self._settings, one.names, one.others, one.traffic, one_way=one.one_way)
            self._tell(f"{one.traffic} lost: {', '.join(f'{source} to {target}' for source, target in pairs)}")
        if fault.how is How.REPEATED:
            time.sleep(KILLED_AFTER_SECONDS)
            self._tell(f"kill the servers of {', '.join(hit)} in it")
            for name in hit:
                orders.kill_server(self._place, name, signal.SIGKILL)
        time.sleep(fault.hold)
        self.mend()

    def flap(self, fault: Fault, hit: tuple[str, ...]) -> None:
        """Pull the cables and plug them in again, for moments that Galera may or may not notice."""
        for number, seconds in enumerate(moments(fault, 0.1, 3.0)):
            for name in hit:
                ordinal = self._settings.address(name).ordinal
                namespaces.link(self._settings.network, ordinal, up=bool(number % 2))
            time.sleep(seconds)
        self.mend()

    def unplug(self, names: tuple[str, ...]) -> None:
        """What a power cut does first: nobody hears the connections close."""
        for name in names:
            isolation.unplug(self._settings, name)

    def mend(self) -> None:
        """Everything arrives again."""
        if self._settings.isolated:
            isolation.mend(self._settings, self._settings.names)
