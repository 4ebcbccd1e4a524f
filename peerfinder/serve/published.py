"""One snapshot in the forms in which it leaves the sidecar, each made once."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from peerfinder.core.codec import to_json
from peerfinder.core.heartbeat import aged
from peerfinder.core.report import NodeReport
from peerfinder.core.snapshot import ClusterSnapshot

STALE_SECONDS = 5.0
"""A snapshot older than this says nothing about now: five looks at rest were missed."""


class Published:
    """A snapshot and its texts."""

    def __init__(self, snapshot: ClusterSnapshot) -> None:
        self.snapshot = snapshot

    @cached_property
    def cluster_json(self) -> str:
        """The snapshot as cluster.json and /v1/cluster have it."""
        return _dumps(to_json(self.snapshot))

    def own_report(self, now: float) -> NodeReport | None:
        """The own report, as old as it is now."""
        mine = self.snapshot.own_report
        return aged(mine, self.age(now)) if mine else None

    def node_json(self, now: float) -> str | None:
        """The own report as /v1/node has it; only its age changes between two looks."""
        mine = self.own_report(now)
        if mine is None:
            return None
        return f'{{"age":{mine.age:.3f},{self._rest_of_node}'

    def age(self, now: float) -> float:
        """Give the seconds since the look."""
        return max(0.0, now - self.snapshot.written_at)

    @cached_property
    def _rest_of_node(self) -> str:
        tree = to_json(self.snapshot.own_report)
        tree.pop("age")
        return _dumps(tree)[1:]


def _dumps(tree: Any) -> str:
    return json.dumps(tree, separators=(",", ":"))
