"""Who counts, example by example."""

from __future__ import annotations

from dataclasses import replace

from entrypoint.core.evidence import Evidence, gather_evidence
from entrypoint.core.facts import Facts
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import Override
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import Datadir, NodeFacts, NodeReport, Phase
from peerfinder.core.view import Member
from tests.support.reports import FIRST, KNOWN, LINEAGE, OURS, facts, process, record, view, waiting, without_data

PAIR = view("db-0", "db-1")


def reporting(kept: NodeRecord, seqno: int) -> NodeReport:
    return NodeReport(NodeFacts(kept.node, Phase.WAITING, Datadir.PRESENT, "", "", Position(OURS, seqno), record=kept))


def evidence(seen: Facts, override: Override | None = None) -> Evidence:
    assert seen.expected is not None
    return gather_evidence(seen, seen.expected, frozenset(override.without if override else ()))


def test_every_expected_node_counts() -> None:
    found = evidence(facts("db-0", waiting("db-0", 5)))
    assert found.missing == {"db-1", "db-2"}


def test_a_member_of_the_newest_view_counts_even_when_it_is_not_expected() -> None:
    found = evidence(facts("db-0", waiting("db-0", 5, view("db-0", "db-4")), nodes=1))
    assert found.missing == {"db-4"}
    assert found.why["db-4"] == "was in the newest Primary view"


def test_an_earlier_view_counts_until_data_reach_the_start_of_the_newest() -> None:
    views = (view("db-0", "db-4", seq=2, start=2), view("db-0", seq=3, start=None))
    found = evidence(facts("db-0", waiting("db-0", 4, *views), nodes=1))
    assert found.missing == {"db-4"}
    assert found.why["db-4"] == "may hold writes from before the newest Primary view"
    reached = (views[0], replace(views[1], start=4))
    assert not evidence(facts("db-0", waiting("db-0", 4, *reached), nodes=1)).missing


def test_a_view_that_nobody_recorded_may_have_had_any_expected_node() -> None:
    views = (view("db-0", seq=1, start=1), view("db-0", seq=3, start=None))
    seen = facts("db-0", waiting("db-0", 1, *views), memory=KNOWN, nodes=2)
    assert evidence(seen).missing == {"db-1"}


def test_a_view_that_nobody_recorded_may_have_had_a_node_scaled_away_since() -> None:
    views = (view("db-0", seq=1, start=1), view("db-0", seq=3, start=None))
    seen = facts("db-0", waiting("db-0", 1, *views), memory=replace(KNOWN, replicas=2), nodes=1)
    assert evidence(seen).missing == {"db-1"}


def test_a_view_that_nobody_recorded_may_have_had_whoever_its_members_noted() -> None:
    views = (view("db-0", seq=1, start=1), view("db-0", seq=3, start=None))
    noting = replace(record("db-0", *views), nodes=("db-0", "db-4"))
    seen = facts("db-0", reporting(noting, 1), nodes=1)
    assert evidence(seen).missing == {"db-4"}
    reached = replace(noting, views=(views[0], replace(views[1], start=1)))
    assert not evidence(facts("db-0", reporting(reached, 1), nodes=1)).missing


def test_what_a_node_noted_before_the_last_applied_view_does_not_count() -> None:
    views = (view("db-0", seq=3, start=1), view("db-0", seq=5, start=None))
    older = replace(record("db-1", view("db-0", "db-1", seq=2)), nodes=("db-4",))
    seen = facts("db-0", waiting("db-0", 1, *views), reporting(older, 1), nodes=2)
    assert not evidence(seen).missing


def test_views_of_an_older_epoch_do_not_matter_to_data_that_the_newer_one_began_with() -> None:
    newer = (*LINEAGE, Epoch(Ballot(2, "db-0"), OURS, 5))
    views = (view("db-0", "db-1"), view("db-0", seq=1, start=None, epoch=Ballot(2, "db-0")))
    seen = facts("db-0", waiting("db-0", 5, *views, lineage=newer), memory=KNOWN, nodes=2)
    assert evidence(seen).exempted == {"db-1"}
    behind = facts("db-0", waiting("db-0", 4, *views, lineage=newer), memory=KNOWN, nodes=2)
    assert evidence(behind).missing == {"db-1"}


def test_an_unnamed_member_is_named_by_its_own_record() -> None:
    nameless = replace(PAIR, members=(Member(process("db-0"), "db-0"), Member(process("db-1"))))
    found = evidence(facts("db-0", waiting("db-0", 5, nameless), waiting("db-1", 5), nodes=2))
    assert found.members == {"db-0", "db-1"}


def test_an_unnamed_member_is_named_by_a_former_process_of_a_node() -> None:
    nameless = replace(PAIR, members=(Member(process("db-0"), "db-0"), Member(process("db-4"))))
    restarted = replace(record("db-1"), former_uuids=(process("db-4"),))
    found = evidence(facts("db-0", waiting("db-0", 5, nameless), without_data("db-1", kept=restarted), nodes=2))
    assert found.members == {"db-0", "db-1"}


def test_an_unnamed_member_counts_as_every_expected_node_that_does_not_report() -> None:
    nameless = replace(PAIR, members=(Member(process("db-0"), "db-0"), Member(process("db-1"))))
    found = evidence(facts("db-0", waiting("db-0", 5, nameless), memory=KNOWN))
    assert found.missing == {"db-1", "db-2"}


def test_an_unnamed_member_that_can_be_no_expected_node_is_missing_by_its_id() -> None:
    nameless = replace(PAIR, members=(Member(process("db-0"), "db-0"), Member(process("db-4"))))
    found = evidence(facts("db-0", waiting("db-0", 5, nameless), nodes=1))
    assert found.missing == {"unnamed:00000004"}


def test_an_arbiter_holds_nothing_and_does_not_count() -> None:
    with_arbiter = replace(PAIR, members=(Member(process("db-0"), "db-0"), Member(process("db-4"), "", arbiter=True)))
    assert not evidence(facts("db-0", waiting("db-0", 5, with_arbiter), nodes=1)).missing


def test_the_node_of_a_possible_start_counts() -> None:
    by_promise = facts("db-0", waiting("db-0", 5, view("db-0"), promise=Ballot(2, "db-4")), nodes=1)
    assert evidence(by_promise).starts == {"db-4"}
    by_memory = facts(
        "db-0", waiting("db-0", 5, view("db-0")), memory=replace(KNOWN, ballot=Ballot(2, "db-4")), nodes=1
    )
    assert evidence(by_memory).missing == {"db-4"}


def test_a_missing_node_is_exempted_when_the_newest_view_reports_its_data() -> None:
    seen = facts("db-0", waiting("db-0", 5, PAIR), waiting("db-1", 5, PAIR), memory=KNOWN)
    assert evidence(seen).exempted == {"db-2"}


def test_nobody_is_exempted_by_a_copy_of_the_memory() -> None:
    seen = facts("db-0", waiting("db-0", 5, PAIR), waiting("db-1", 5, PAIR), memory=KNOWN, fresh=False)
    assert evidence(seen).missing == {"db-2"}


def test_nobody_is_exempted_while_the_memory_knows_a_newer_ballot() -> None:
    newer = replace(KNOWN, ballot=Ballot(7, "db-1"))
    seen = facts("db-0", waiting("db-0", 5, PAIR), waiting("db-1", 5, PAIR), memory=newer)
    assert evidence(seen).missing == {"db-2"}


def test_nobody_is_exempted_when_a_member_of_the_newest_view_holds_no_data() -> None:
    seen = facts("db-0", waiting("db-0", 5, PAIR), without_data("db-1"), memory=KNOWN)
    assert evidence(seen).missing == {"db-2"}


def test_an_override_takes_out_only_nodes_that_do_not_report() -> None:
    word = Override(("db-1", "db-2"), "db-0", Position(OURS, 5), tip=FIRST)
    found = evidence(facts("db-0", waiting("db-0", 5, PAIR), waiting("db-1", 5, PAIR)), word)
    assert found.required == {"db-0", "db-1"}
