"""Which node is to take the writer role over, and why not? Pure: what was seen and what was asked in, a plan out.

The agent of the target judges by what it sees at that moment and claims; here only the target is chosen, in the order
in which the nodes themselves would succeed each other, and refused what cannot even be asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from galeractl.core.diagnose import Diagnosis
from galeractl.core.sight import ClusterSight
from galeractl.core.topology import line_of
from peerfinder.core.policy import Policy
from peerfinder.core.role import Mode, WriterRow, WriterView
from peerfinder.core.writer import WriterFacts, successors


@dataclass(frozen=True, slots=True)
class Go:
    """Ask these nodes, one after the other until one takes the role; `epoch` is what was seen of it."""

    targets: tuple[str, ...]
    writer: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Already:
    """The node is the writer."""

    writer: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody can be asked."""

    reason: str


Plan = Go | Already | Refused


def plan_takeover(sight: ClusterSight, to: str, *, force: bool = False) -> Plan:
    """Choose the target; `to` is one of the nodes, or '' for the best."""
    primaries = sight.primaries
    if not primaries:
        return Refused("there is no Primary component that any agent knows, so nobody can take the role over")
    role = role_seen(sight)
    if role.mode is Mode.MULTI:
        return Refused("every ready node takes writes (mode multi): there is no role to take over")
    if to and to == role.node:
        return Already(role.node, role.epoch)
    if to:
        one = sight.nodes.get(to)
        if one is None or one.snapshot is None:
            return Refused(f"the agent of {to} cannot be asked: {one.problem if one else 'no address of it is known'}")
        return Go((to,), role.node, role.epoch)
    order = _order(sight, role)
    if not order:
        beside = f" beside {role.node}" if role.node else ""
        return Refused(f"no node{beside} is ready, so nobody can take the role over")
    return Go(order if not force else order[:1], role.node, role.epoch)


def role_seen(sight: ClusterSight) -> WriterView:
    """The role as the member knows it that has seen it claimed most often."""
    views = [one.snapshot.writer for name, one in sight.nodes.items() if name in sight.primaries and one.snapshot]
    return max(views, key=lambda view: view.epoch, default=WriterView())


def candidates(diagnosis: Diagnosis) -> str:
    """Every node with its state, one line each, for a person whose order was refused."""
    width = max((len(node.name) for node in diagnosis.nodes), default=0)
    return "\n".join(f"  {node.name:<{width}}  {line_of(node, diagnosis.writer)}" for node in diagnosis.nodes)


def _order(sight: ClusterSight, role: WriterView) -> tuple[str, ...]:
    """The order in which the nodes would succeed the writer, as far as it is seen from here."""
    primaries = sight.primaries
    me = next((name for name in primaries if name != role.node), role.node)
    row = WriterRow(role.node, role.epoch)
    policy = Policy(preferences=role.preferences)
    return successors(WriterFacts(me, sight.reports, frozenset(primaries), row), policy) if me in primaries else ()
