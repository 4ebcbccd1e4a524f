"""Which node is behind a member uuid? Galera's views name processes; everybody else speaks of nodes.

Three sources, the first that knows wins: a node's own word (its record and its server name the uuid), what
was learned before, and the rows of `mysql.wsrep_cluster_members` or the views in a record. Nothing that was
learned is forgotten while a record may still mention it: after a crash the dead process has only its uuid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from peerfinder.core.names import LONGEST_NAME, split_name
from peerfinder.core.report import NodeReport
from peerfinder.core.view import Member, identity

KEPT = 256
"""Members kept beyond those that the present reports mention: a node that restarts all day adds one each time."""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One row of mysql.wsrep_cluster_members."""

    uuid: str
    name: str
    incoming: str  # the address for clients; garbd has none


def is_ours(name: str, me: str) -> bool:
    """Whether a name is one that this set of nodes gives (`me` is any node of it)."""
    try:
        return split_name(name)[0] == split_name(me)[0]
    except ValueError:
        return name == me


def member_of(row: MemberRow, me: str) -> Member:
    """Read one row: a node of ours, an arbiter, or a member whose name cannot be trusted ('')."""
    uuid = row.uuid.lower()
    if len(row.name) > LONGEST_NAME:
        return Member(uuid)
    if is_ours(row.name, me):
        return Member(uuid, row.name)
    return Member(uuid, row.name, arbiter=not row.incoming)


def learn(
    known: Mapping[str, Member], reports: Iterable[NodeReport], rows: Iterable[MemberRow], me: str
) -> dict[str, Member]:
    """Add what reports and rows tell to what is known; gives identity -> member, the oldest unused ones dropped."""
    reports = tuple(reports)
    told = [member for report in reports for member in _own_word(report)]
    read = [member for report in reports for member in _from_views(report)]
    shown = [member_of(row, me) for row in rows]
    names: dict[str, Member] = {}
    for member in (*told, *known.values(), *shown, *read):
        if member.name:
            names.setdefault(member.identity, member)
    mentioned = {member.identity for member in (*told, *read, *shown)}
    unused = [one for one in known if one not in mentioned]
    for one in unused[: max(0, len(unused) - KEPT)]:
        del names[one]
    return names


def with_names(members: Iterable[Member], names: Mapping[str, Member]) -> tuple[Member, ...]:
    """Fill in the names that are known, each member keeping its exact uuid."""
    named = []
    for member in members:
        known = names.get(identity(member.uuid))
        named.append(Member(member.uuid, known.name, known.arbiter) if known else member)
    return tuple(named)


def _own_word(report: NodeReport) -> list[Member]:
    record = report.facts.record
    uuids = {report.server.gcomm_uuid, *((record.gcomm_uuid, *record.former_uuids) if record else ())} - {""}
    return [Member(uuid, report.facts.name) for uuid in sorted(uuids)]


def _from_views(report: NodeReport) -> list[Member]:
    record = report.facts.record
    return [member for view in record.views for member in view.members if member.name] if record else []
