"""Where is the status page? Every agent serves it; its address follows from where its node listens."""

from __future__ import annotations

from dataclasses import dataclass

from galeractl.core.sight import ClusterSight
from peerfinder.core.names import by_ordinal


@dataclass(frozen=True, slots=True)
class NodePage:
    """The page of one node's agent; `answers` tells whether that agent is there."""

    name: str
    url: str
    answers: bool


def pages_of(sight: ClusterSight) -> tuple[NodePage, ...]:
    """Give the page of every node whose address is known."""
    found = []
    for name in by_ordinal({*sight.nodes}):
        if address := sight.nodes[name].address:
            host = f"[{address}]" if ":" in address else address
            found.append(NodePage(name, f"http://{host}:{sight.agent_port}/", name in sight.answering))
    return tuple(found)


def page_of(sight: ClusterSight) -> str | None:
    """Give the first that is there."""
    return next((one.url for one in pages_of(sight) if one.answers), None)
