"""Which Primary is this server really in?

A server is started to join the Primary of one epoch. If that one goes and a newer one forms before the server
arrives, Galera lets it into the newer one, and its record would tell the older epoch: after a crash its
data would look like a fork. A peer whose newest view names this very server process, in a newer epoch, is the proof.
"""

from __future__ import annotations

from entrypoint.core.facts import Facts
from peerfinder.core.record import NodeRecord, StartKind, rejoined
from peerfinder.core.report import lineage_of, record_of
from peerfinder.core.view import identity


def corrected(record: NodeRecord, facts: Facts) -> NodeRecord:
    """Give the record with the lineage of the Primary that its server is in; call it while the server runs."""
    if record.start is None or record.start.kind is not StartKind.JOIN or not record.gcomm_uuid:
        return record
    mine = identity(record.gcomm_uuid)
    for report in facts.others:
        theirs = record_of(report)
        view = theirs.newest_view
        if not report.in_primary or view is None or view.epoch <= record.running_epoch:
            continue
        if mine in {member.identity for member in view.members} and view.epoch == theirs.running_epoch:
            return rejoined(record, lineage_of(report))
    return record
