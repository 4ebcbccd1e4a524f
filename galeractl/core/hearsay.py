"""A node that cannot be asked from here, as the others know it.

The way of a person to an agent leads through the API server and the machine of its pod, and may be broken while the
node itself is well. The other agents ask it by the network of the pods, so what they heard is as good as its own word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from peerfinder.core.report import NodeReport
from peerfinder.core.role import Role
from peerfinder.core.snapshot import ClusterSnapshot


def hearsay(name: str, told: Iterable[ClusterSnapshot]) -> ClusterSnapshot | None:
    """Give what the newest report that any of the others has of a node would make of its own snapshot; else None."""
    known = [(report, one) for one in told if (report := one.reports.get(name)) and report.is_fresh]
    if not known:
        return None
    report, teller = min(known, key=lambda pair: pair[0].age)
    return replace(
        teller,
        me=name,
        reports={name: report},
        ready=report.in_primary,
        ready_reason=f"as {teller.me} sees it: {_standing(report)}",
        writer=replace(teller.writer, role=_role(name, report, teller)),
    )


def _role(name: str, report: NodeReport, teller: ClusterSnapshot) -> Role:
    if not teller.writer.node or not report.in_primary:
        return Role.NONE
    return Role.PRIMARY if teller.writer.node == name else Role.SECONDARY


def _standing(report: NodeReport) -> str:
    return "Primary and Synced" if report.in_primary else "not in a Primary component"
