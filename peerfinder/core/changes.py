"""What changed from one look to the next: one line for each thing, for a person who reads the log afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

from peerfinder.core.names import by_ordinal
from peerfinder.core.report import NodeReport
from peerfinder.core.snapshot import ClusterSnapshot


@dataclass(frozen=True, slots=True)
class Change:
    """One sentence and its facts."""

    sentence: str
    facts: dict[str, str] = field(default_factory=dict)


def changes(before: ClusterSnapshot | None, after: ClusterSnapshot) -> tuple[Change, ...]:
    """List what is different; against None (the first look) everything that is there."""
    found = [*_peers(before, after), *_troubles(before, after)]
    if before is None or before.expected != after.expected:
        known = ",".join(after.expected) if after.expected else "unknown"
        found.append(Change("expected nodes", {"expected": known}))
    if after.applied and (before is None or before.applied is None or before.applied.seq != after.applied.seq):
        members = ",".join(sorted(member.name or member.uuid for member in after.applied.members))
        facts = {"view": str(after.applied.seq), "start": str(after.applied.start), "members": members}
        found.append(Change("view applied", facts))
    if before is None or (before.ready, steady(before.ready_reason)) != (after.ready, steady(after.ready_reason)):
        found.append(Change("ready" if after.ready else "not ready", {"reason": after.ready_reason}))
    return tuple(found)


def _peers(before: ClusterSnapshot | None, after: ClusterSnapshot) -> list[Change]:
    found = []
    old_reports = before.reports if before else {}
    old_silent = before.silent if before else {}
    for name in by_ordinal({*after.reports, *after.silent, *old_reports, *old_silent}):
        if name in after.silent:
            if steady(after.silent[name]) != steady(old_silent.get(name, "")):
                found.append(Change("no report", {"node": name, "reason": after.silent[name]}))
        elif name in after.reports:
            state = _state(after.reports[name])
            if name in old_silent or name not in old_reports or _state(old_reports[name]) != state:
                found.append(Change("node", {"node": name, **state}))
        else:
            found.append(Change("node is gone", {"node": name}))
    return found


def _state(report: NodeReport) -> dict[str, str]:
    facts, server = report.facts, report.server
    state = {"phase": facts.phase.value, "datadir": facts.datadir.value}
    if server.state:
        state["state"] = server.state.value
    if server.cluster_status:
        state["cluster_status"] = server.cluster_status
    if server.error:
        state["error"] = server.error
    return state


def _troubles(before: ClusterSnapshot | None, after: ClusterSnapshot) -> list[Change]:
    found = []
    for what, old, new in (
        ("DNS", before.dns if before else "", after.dns),
        ("memory", before.memory_problem if before else "", after.memory_problem),
    ):
        if new and new != old:
            found.append(Change(f"{what} trouble", {"reason": new}))
        elif old and not new:
            found.append(Change(f"{what} trouble is over"))
    return found


def steady(sentence: str) -> str:
    """A sentence without its numbers of seconds, which grow at every look."""
    words = sentence.split(" ")
    return " ".join(
        "N" if later == "s" and word.isdigit() else word for word, later in zip(words, [*words[1:], ""], strict=True)
    )
