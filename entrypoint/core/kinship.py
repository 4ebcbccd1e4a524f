"""What does a running server's record learn from the peers: which Primary is it really in, and who is there?

A server is started to join the Primary of one epoch. If that one goes and a newer one forms before the server
arrives, Galera lets it into the newer one, and its record would tell the older epoch: after a crash its
data would look like a fork. A peer whose newest view names this very server process, in a newer epoch, is the proof.

Who is there is written down beside the views, because a view can come and go between two looks.
"""

from __future__ import annotations

from entrypoint.core.facts import Facts
from peerfinder.core.record import NodeRecord, StartKind, acquainted, rejoined
from peerfinder.core.report import lineage_of, record_of
from peerfinder.core.view import identity


def corrected(record: NodeRecord, facts: Facts) -> NodeRecord:
    """Give the record with the lineage of the Primary that its server is in, and with who is there.

    Call it while the server runs, after its view was folded in.
    """
    return acquainted(_in_its_primary(record, facts), facts.expected, frozenset(facts.reports))


def _in_its_primary(record: NodeRecord, facts: Facts) -> NodeRecord:
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
