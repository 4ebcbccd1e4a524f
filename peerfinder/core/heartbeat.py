"""How old is the entrypoint's word, and what do its server's two voices say together?

The heart-beat is a reading of CLOCK_BOOTTIME, which is one clock for all containers of a machine and starts at
zero with each boot; so another boot id makes the file a relic. The server speaks twice: by the status file from
its first second on, by SQL only inside a Primary component or after it fell out of one.
"""

from __future__ import annotations

from dataclasses import replace

from peerfinder.core.report import FRESH_SECONDS, NodeFacts, NodeReport, Phase
from peerfinder.core.wsrep import ServerFacts

_CLOCK_STEPS = 1.0
"""Seconds that a heart-beat may lie in the future before it is called one (a reader preempted between two clocks)."""

_HAS_SERVER = (Phase.RUNNING, Phase.STOPPING)


def age_of(facts: NodeFacts, now: float, boot_id: str) -> float | str:
    """Give the seconds since the heart-beat, or the sentence why the file is no report at all."""
    if facts.boot_id != boot_id:
        return "node.json was written before this machine booted; waiting for the entrypoint to write it anew"
    if facts.written_at > now + _CLOCK_STEPS:
        ahead = facts.written_at - now
        return f"node.json was written {ahead:.0f} s in the future: do both containers see the same clock?"
    return _age(now - facts.written_at)


def has_server(facts: NodeFacts) -> bool:
    """Whether there is a server process to ask."""
    return facts.phase in _HAS_SERVER


def server_facts(facts: NodeFacts, age: float, by_file: ServerFacts | None, by_sql: ServerFacts | None) -> ServerFacts:
    """Merge both voices. SQL knows better; the file adds its comment and progress, and is all there is before SQL.

    A status file stays behind when its server dies, so it counts only while the server's parent, whose heart-beat
    this is, vouches for the process. (Its pid means nothing here: the sidecar has a pid namespace of its own.)
    """
    if not has_server(facts):
        return ServerFacts()
    told = by_file if by_file is not None and age <= FRESH_SECONDS else None
    if by_sql is None or not by_sql.sql:
        return replace(told or ServerFacts(), error=by_sql.error if by_sql else "")
    if told is None:
        return by_sql
    return replace(by_sql, comment=told.comment, progress_done=told.progress_done, progress_total=told.progress_total)


def aged(report: NodeReport, seconds: float) -> NodeReport:
    """Give the report as it is some seconds after it was made."""
    return replace(report, age=_age(report.age) + _age(seconds))


def _age(seconds: float) -> float:
    """Below zero is now. What is no number stays none, and is therefore never fresh."""
    return 0.0 if seconds < 0 else seconds
