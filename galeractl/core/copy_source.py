"""From which node is a backup to be taken? The one whose clients miss it least, of those that may give a copy.

By the nodes' own rule (`peerfinder.core.copying`), applied to what was seen; the node's agent judges anew. The order: a
node that must not be the writer anyway; the one that is preferred as the writer last; the least behind; of equals the
highest ordinal, because the lowest ones are the next writers.
"""

from __future__ import annotations

from dataclasses import dataclass

from galeractl.core.sight import ClusterSight
from peerfinder.core.copying import Allowed, CopyOrder, Refused, may_copy
from peerfinder.core.names import ordinal_of
from peerfinder.core.report import NodeReport
from peerfinder.core.role import Mode, Preference

_WISHES = {Preference.MUST_NOT: 0, Preference.NEUTRAL: 1, Preference.PREFER: 2}


@dataclass(frozen=True, slots=True)
class Choice:
    """Nodes to ask, the best first; and why each of the others is none."""

    nodes: tuple[str, ...]
    refused: dict[str, Refused]


def choose(sight: ClusterSight, order: CopyOrder, wanted: str = "") -> Choice:
    """Choose among all nodes, or look at the one that is wanted."""
    reports = sight.reports
    names = [wanted] if wanted else sorted(reports)
    verdicts = {name: _judge(sight, reports, order, name) for name in names}
    allowed = [name for name, verdict in verdicts.items() if isinstance(verdict, Allowed)]
    refused = {name: verdict for name, verdict in verdicts.items() if isinstance(verdict, Refused)}
    return Choice(tuple(sorted(allowed, key=lambda name: _worth(sight, reports[name], name))), refused)


def _judge(sight: ClusterSight, reports: dict[str, NodeReport], order: CopyOrder, name: str) -> Allowed | Refused:
    others = [report for other, report in reports.items() if other != name]
    return may_copy(order, name, reports.get(name), others, is_writer=_is_writer(sight, name))


def _is_writer(sight: ClusterSight, name: str) -> bool:
    seen = sight.nodes.get(name)
    views = [one.snapshot.writer for one in (seen, *sight.nodes.values()) if one and one.snapshot]
    newest = max(views, key=lambda view: view.epoch, default=None)
    return newest is not None and newest.mode is Mode.SINGLE and newest.node == name


def _worth(sight: ClusterSight, report: NodeReport, name: str) -> tuple[bool, int, int, int]:
    seen = sight.nodes[name].snapshot
    wish = seen.writer.preferences.get(name, Preference.NEUTRAL) if seen else Preference.NEUTRAL
    return _is_writer(sight, name), _WISHES[wish], report.server.recv_queue, -ordinal_of(name)
