"""Snapshots of one agent at one moment, for what is made of them: the page, its alerts, its timeline."""

from __future__ import annotations

from typing import Any

from peerfinder.core.memory import ClusterMemory
from peerfinder.core.report import NodeReport
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.snapshot import AppliedView, ClusterSnapshot
from peerfinder.core.view import Member
from tests.support.sights import A_MEMORY, NAMES, a_member, a_uuid

LOOKED_AT = 100.0
SILENCE = "no answer from its agent"


def a_moment(*reports: NodeReport, writer: str = "db-0", epoch: int = 4, memory: ClusterMemory | None = A_MEMORY,
             expected: tuple[str, ...] | None = NAMES, **more: Any) -> ClusterSnapshot:  # fmt: skip
    """What db-0 sees; nodes without a report are silent. Without any report: three members."""
    by_name = {one.facts.name: one for one in reports or [a_member(name) for name in NAMES]}
    ready = "db-0" in by_name and by_name["db-0"].in_primary
    role = Role.PRIMARY if writer == "db-0" else Role.SECONDARY
    given: dict[str, Any] = {
        "silent": {name: SILENCE for name in expected or () if name not in by_name},
        "addresses": {name: f"10.0.0.{number}" for number, name in enumerate(NAMES)},
        "ready": ready,
        "ready_reason": "Primary and Synced" if ready else "not in a Primary component",
        "writer": WriterView(Mode.SINGLE, writer, epoch, role) if writer else WriterView(reason="no row yet"),
        "memory_fresh": memory is not None,
    }
    return ClusterSnapshot("db-0", LOOKED_AT, "boot", expected, by_name, memory=memory, **(given | more))


def a_view(*names: str, seq: int = 3, start: int = 800) -> AppliedView:
    """A view that SQL has shown."""
    return AppliedView(seq, tuple(Member(a_uuid(name), name) for name in names), start)
