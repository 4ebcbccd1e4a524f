"""The cluster that an order is for, wherever it runs: looked at as a whole, its agents reached, its memory swapped."""

from __future__ import annotations

from typing import Protocol

from galeractl.adapters import local_dir
from galeractl.adapters.agent import Line
from galeractl.core.sight import ClusterSight, Sight
from galeractl.operator import network
from galeractl.operator.looking import LocalCluster
from galeractl.operator.pod import PodCluster
from galeractl.operator.selection import selection
from peerfinder.core.memory import ClusterMemory


class Cluster(Protocol):
    """What an order needs of a cluster."""

    def look(self) -> ClusterSight:
        """See all nodes at (nearly) one moment."""

    def line(self, node: Sight, seconds: float) -> tuple[Line, str]:
        """Give the way to the agent of a node that was seen, and the token that it asks for."""

    def swap(self, expected_version: int, memory: ClusterMemory) -> bool:
        """Swap the cluster memory; False when it has changed. Raises OSError and ValueError."""


def selected() -> Cluster:
    """Give the cluster that the options and the surroundings name; Trouble where there is none."""
    chosen = selection()
    if chosen.pod:
        return PodCluster(chosen.pod)
    if not chosen.is_local and not chosen.names_kubernetes and (reached := network.named()):
        return reached
    if not chosen.is_local:
        from galeractl.operator import laptop

        return laptop.find(chosen)
    place = chosen.cluster
    return LocalCluster(place, local_dir.read_settings(place))
