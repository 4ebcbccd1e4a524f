"""What is remembered of the holder from look to look."""

from __future__ import annotations

from dataclasses import replace

from peerfinder.core.policy import Policy
from peerfinder.core.report import NodeReport
from peerfinder.core.role import WriterRow
from peerfinder.core.tenure import Handover, Tenure, completed, handover, observe
from peerfinder.core.writer import WriterFacts
from peerfinder.core.wsrep import WsrepState
from tests.support.sights import NAMES, a_member, a_waiting_node

POLICY = Policy()
OLD, NEW = WriterRow("db-0", 4), WriterRow("db-1", 5)
EVERYBODY = frozenset(NAMES)


def look(*reports: NodeReport, row: WriterRow | str = OLD) -> WriterFacts:
    return WriterFacts("db-2", {one.facts.name: one for one in (*reports, a_member("db-2"))}, EVERYBODY, row)


def after(*looks: tuple[float, WriterFacts]) -> Tenure:
    tenure = None
    for now, facts in looks:
        tenure = observe(tenure, facts, POLICY, now)
    assert tenure
    return tenure


def unfit_for(now: float, *looks: tuple[float, WriterFacts]) -> float:
    return completed(after(*looks), looks[-1][1], now).unfit_for


def test_time_runs_while_the_holder_is_not_ready_and_begins_anew_when_it_was() -> None:
    well, silent = look(a_member("db-0")), look()
    assert unfit_for(3.0, (0.0, well)) == 0
    assert unfit_for(3.0, (0.0, well), (1.0, silent), (2.0, silent)) == 2
    assert unfit_for(9.0, (0.0, silent), (1.0, well), (8.0, silent)) == 1


def test_a_new_holder_begins_with_no_time() -> None:
    assert unfit_for(9.0, (0.0, look()), (8.0, look(row=NEW))) == 0


def test_one_that_claims_while_it_is_silent_lives() -> None:
    tenure = after((0.0, look(a_member("db-0"))), (1.0, look(row=NEW)), (9.0, look(row=NEW)))
    assert tenure.claimed_unseen
    assert tenure.unfit_since is None


def test_until_it_was_heard_once_more() -> None:
    heard = look(a_member("db-1"), row=NEW)
    tenure = after((0.0, look(a_member("db-0"))), (1.0, look(row=NEW)), (2.0, heard), (3.0, look(row=NEW)))
    assert not tenure.claimed_unseen
    assert tenure.unfit_since == 3.0


def test_a_silent_holder_that_is_found_at_a_start_proves_nothing() -> None:
    assert not after((0.0, look(row=NEW))).claimed_unseen


def test_a_row_that_cannot_be_read_is_no_holder() -> None:
    assert observe(None, look(row="locked"), POLICY, 0.0) is None


def test_the_gap_runs_from_the_last_beat_of_a_serving_holder() -> None:
    beat = replace(a_member("db-0"), age=0.4)
    tenure = after((10.0, look(beat)), (11.0, look(a_waiting_node("db-0"))))
    assert tenure.served_at == 9.6
    assert handover(tenure, NEW, 12.0) == Handover(OLD, NEW, 12.0 - 9.6)


def test_a_donor_serves_on() -> None:
    assert after((1.0, look(a_member("db-0", state=WsrepState.DONOR)))).served_at == 1.0


def test_no_handover_without_a_change_or_without_a_former_holder_and_no_gap_where_it_was_never_seen() -> None:
    tenure = after((0.0, look()))
    assert handover(tenure, OLD, 1.0) is None
    assert handover(None, OLD, 1.0) is None
    assert handover(tenure, NEW, 1.0) == Handover(OLD, NEW, None)
