"""A node without data that joins: from whom does it take a copy, and may it use what came?

Theory. Galera fills a joiner by a state transfer that tells nothing of itself, sleeps for ten seconds, and makes a
donor of whom it likes. So a joiner first takes a *copy* from an agent, the same stream as a backup, makes whole data
of it, and then joins as a node that was away for a moment: what it lacks comes as write sets (IST). A state transfer
is what is left where no copy can be had.

A copy is part of the lineage of the server it was read from. That is known only if the server's node tells the same
lineage before the first byte and after the last one: in between, its Primary may have gone, and the server may have
come into another one. Of a copy that cannot be told apart from that nothing is kept.

The donor is a secondary, if there is one: the writer's clients would feel it. One that gives a copy to somebody else
is waited for; from one that failed no copy is taken a second time in the same need.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from entrypoint.core.facts import Facts
from peerfinder.core.lineage import Lineage
from peerfinder.core.names import by_ordinal
from peerfinder.core.position import Position, parse_position
from peerfinder.core.progress import Stage
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import NodeReport, lineage_of
from peerfinder.core.wsrep import WsrepState

COPY = "a copy of another node's data"
INFO_FILES = ("mariadb_backup_galera_info", "xtrabackup_galera_info")
"""Where mariadb-backup writes the position: since 11.1 and before. Others of similar names are of former transfers."""


@dataclass(frozen=True, slots=True)
class Donor:
    """The node to take a copy from."""

    name: str
    is_writer: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """Somebody can give a copy, but not now."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoDonor:
    """Nobody can: a state transfer is what is left."""

    reason: str


def choose(facts: Facts, failed: Collection[str]) -> Donor | Later | NoDonor:
    """Choose who is asked for a copy; `failed`: from whom none came in this need."""
    able = {
        report.facts.name: report for report in facts.others if _is_able(report) and report.facts.name not in failed
    }
    secondaries = {name: report for name, report in able.items() if name != facts.writer}
    busy = by_ordinal({name for name, report in secondaries.items() if _gives(report)})
    free = {name: report for name, report in secondaries.items() if name not in busy}
    if free:
        return Donor(min(by_ordinal(set(free)), key=lambda name: free[name].server.recv_queue))
    if busy:
        return Later(f"{', '.join(busy)} gives a copy to another node first")
    entering = [report.facts.name for report in facts.others if _will_be_able(report)]
    if entering:
        return Later(f"{', '.join(entering)} will be Synced in a moment, and spares the writer")
    if facts.writer not in able:
        tried = f" besides {', '.join(by_ordinal(set(failed)))}" if failed else ""
        return NoDonor(f"no node{tried} can give a copy now")
    if _gives(able[facts.writer]):
        return Later(f"{facts.writer} gives a copy to another node first")
    return Donor(facts.writer, is_writer=True)


def _is_able(report: NodeReport) -> bool:
    server = report.server
    if not report.in_primary or server.maintenance or server.stuck:
        return False
    return _gives(report) or (server.state is WsrepState.SYNCED and not server.desynced)


def _gives(report: NodeReport) -> bool:
    """Whether a node gives its state to another one now, and will be free again."""
    progress = report.facts.progress
    return report.copying is not None or (progress is not None and progress.stage is Stage.DONOR)


def _will_be_able(report: NodeReport) -> bool:
    """Whether a node catches up: its data are whole, and only some write sets are missing."""
    return report.server.is_primary and report.server.state is WsrepState.JOINED


def why_not_whole(before: Lineage, donor: str, facts: Facts, position: Position | None) -> str:
    """Say why a copy cannot be used, by what is seen after its last byte; '' where it can."""
    report = facts.reports.get(donor)
    if position is None or position.is_undefined:
        return f"the copy from {donor} says nothing of its position"
    if report is None or not report.in_primary:
        return f"{donor} is in no Primary any more, so nobody can say what its copy belongs to"
    if lineage_of(report) != before:
        return f"{donor} has come into another Primary while it was copied"
    if report.server.uuid != position.uuid:
        return f"the copy from {donor} is of history {position.uuid}, its server of {report.server.uuid}"
    return ""


def read_position(text: str) -> Position | None:
    """Read what mariadb-backup says of the position: `uuid:seqno`, and on newer servers a GTID domain behind it."""
    try:
        return parse_position(text.split(maxsplit=1)[0])
    except (ValueError, IndexError):
        return None


def copied(record: NodeRecord, lineage: Lineage) -> NodeRecord:
    """Note whose data the copy is, before it becomes the datadir; `completed` follows when it has."""
    return replace(record, lineage=lineage, incomplete=COPY)
