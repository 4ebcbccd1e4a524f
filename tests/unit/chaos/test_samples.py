"""What every node said of itself: one history, one Primary, no write without a quorum."""

from __future__ import annotations

from tests.support.chaos.findings import Kind
from tests.support.chaos.history import Operation, Outcome, Workload
from tests.support.chaos.samples import Sample, are_synced, check_minority, check_samples, first_primary

ALL = ("db-0", "db-1", "db-2")


def sample(node: str, at: float, members=ALL, status="Primary", state="Synced", uuid="u") -> Sample:
    return Sample(node, at, at + 0.01, status, state, uuid, members, len(members))


def kinds(*samples: Sample) -> set[Kind]:
    return {one.kind for one in check_samples(samples, "u")}


def test_one_primary_of_three_is_well():
    assert kinds(*(sample(node, at) for node in ALL for at in (1.0, 1.3, 1.6))) == set()


def test_two_memberships_without_each_other_at_one_moment_are_two_primaries():
    one = (sample("db-0", 1.0, ("db-0",)), sample("db-0", 1.3, ("db-0",)))
    assert kinds(*one, sample("db-1", 1.1, ("db-1", "db-2"))) == {Kind.TWO_PRIMARIES}


def test_one_after_the_other_they_are_none():
    one = (sample("db-0", 1.0, ("db-0",)), sample("db-0", 1.3, ("db-0",)))
    assert kinds(*one, sample("db-1", 1.5, ("db-1", "db-2"))) == set()


def test_a_node_that_wakes_up_with_its_old_view_is_none():
    old = (sample("db-0", 1.0, ALL), sample("db-0", 1.3, ALL))
    assert kinds(*old, sample("db-1", 1.1, ("db-1", "db-2"))) == set()


def test_samples_far_apart_prove_nothing_between_them():
    one = (sample("db-0", 1.0, ("db-0",)), sample("db-0", 9.0, ("db-0",)))
    assert kinds(*one, sample("db-1", 4.0, ("db-1", "db-2"))) == set()


def test_a_primary_of_another_history_is_noticed():
    assert kinds(sample("db-0", 1.0, uuid="v")) == {Kind.UUID}
    assert kinds(sample("db-0", 1.0, uuid="v", status="non-Primary")) == set()


def write(begun: float, ended: float, node="db-0", outcome=Outcome.OK) -> Operation:
    return Operation("c0", 1, node, Workload.SET, (1,), begun, outcome, ended)


ALONE = (sample("db-0", 1.0, status="non-Primary"), sample("db-0", 1.5, status="non-Primary"))


def test_a_write_acknowledged_between_two_samples_without_a_quorum_is_noticed():
    assert [one.kind for one in check_minority([write(1.1, 1.2)], ALONE)] == [Kind.MINORITY]


def test_no_other_write_is():
    others = [write(0.9, 1.2), write(1.1, 1.7), write(1.1, 1.2, node="db-1"), write(1.1, 1.2, outcome=Outcome.FAIL)]
    assert check_minority(others, ALONE) == ()


def test_the_first_primary_is_measured_from_its_moment():
    samples = [sample("db-0", 1.0), sample("db-0", 5.0, status="non-Primary"), sample("db-1", 7.0)]
    found = first_primary(samples, 2.0)
    assert found is not None
    assert round(found, 2) == 5.01
    assert first_primary(samples, 8.0) is None


def test_synced_is_each_of_them_in_one_primary_of_all_and_of_late():
    latest = {node: sample(node, 3.0) for node in ALL}
    assert are_synced(latest, ALL, 2.0)
    assert not are_synced(latest, ALL, 4.0)
    assert not are_synced(latest | {"db-2": sample("db-2", 3.0, state="Joined")}, ALL, 2.0)
    assert not are_synced(latest | {"db-2": sample("db-2", 3.0, ("db-2",))}, ALL, 2.0)
    assert are_synced(latest | {"db-2": sample("db-2", 3.0, status="non-Primary")}, ALL[:2], 2.0)


def test_a_joiner_that_does_not_know_the_history_yet_is_in_no_other_one():
    for unknown in ("00000000-0000-0000-0000-000000000000", ""):
        assert check_samples([sample("db-0", 1, uuid=unknown), sample("db-0", 2)], "u") == ()
