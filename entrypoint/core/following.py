"""Keeping the record up with a running server: its views, its epoch, whether its data are whole."""

from __future__ import annotations

from dataclasses import replace

from entrypoint.core.facts import Facts
from peerfinder.core.gvwstate import SavedView
from peerfinder.core.record import NodeRecord, StartKind, completed, formed, viewed
from peerfinder.core.report import record_of
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.wsrep import ServerFacts

STATE_TRANSFER = "a state transfer"
VOTED_AGAINST = "the group voted against this node's data, and their replacement"


def followed(
    record: NodeRecord,
    saved: SavedView | None,
    snapshot: ClusterSnapshot | None,
    server: ServerFacts | None,
    *,
    receives_sst: bool,
) -> NodeRecord:
    """Fold in what is seen now. `server` is what SQL says of this very server process, None if unknown.

    A state transfer is marked before its first byte replaces anything (the stage directory comes first);
    data are whole again once the server is Synced.
    """
    if receives_sst and not record.incomplete:
        record = replace(record, incomplete=STATE_TRANSFER)
    names = snapshot.names if snapshot else {}
    if saved is not None:
        record = viewed(record, saved, names)
        applied = snapshot.applied if snapshot else None
        if (
            applied
            and server
            and applied.seq == saved.seq
            and {one.uuid for one in applied.members} == set(saved.members)
        ):
            known = names | {member.identity: member for member in applied.members}
            record = viewed(record, saved, known, applied.start)
    if server and server.is_primary and server.uuid:
        record = formed(record, server.uuid)
    if server and server.is_synced and not receives_sst:
        record = completed(record)
    return record


def has_lost_primary(server: ServerFacts, *, was_synced: bool) -> bool:
    """Whether a running server is out of every Primary, as must be judged (`vigil`).

    One that was never Synced is rightly in none while it starts. But it answers SQL only after it has been in a
    Primary: non-Primary then means that it lost it while it received its state, and Disconnected that it left (an IST
    that fails ends so, and Galera does not try again). Left alone, such a server holds up everybody who waits for its
    final position. While it receives its state it is in its Primary, without being ready.
    """
    if server.is_primary or not server.sql:
        return False
    return was_synced or server.cluster_status in {"non-Primary", "Disconnected"}


def is_left_alone(facts: Facts, *, was_synced: bool) -> bool:
    """Whether the Primary that a server joins is gone before that server says anything by SQL.

    A joiner whose donor dies waits for the first byte of its state transfer for five minutes, one that finds nobody
    half a minute, both without SQL. As long as it runs its position is not final, and everybody else waits for it.
    """
    mine = facts.reports[facts.me]
    start = record_of(mine).start
    joins = start is not None and start.kind is StartKind.JOIN
    return joins and not was_synced and not mine.server.sql and not any(one.in_primary for one in facts.others)
