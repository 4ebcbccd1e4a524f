"""A seed gives one schedule, always the same; everything that is promised can come up."""

from __future__ import annotations

import pytest

from tests.support.chaos.catalogue import CATALOGUE, TRANSFERS, schedule
from tests.support.chaos.faults import (
    ISOLATED,
    Fault,
    How,
    Parting,
    What,
    Whom,
    again,
    fraction,
    gaps,
    moments,
    partings,
    spoil,
    victims,
)

NAMES = ("db-0", "db-1", "db-2")
MANY = [schedule(seed) for seed in range(3000)]
FAULTS = [fault for one in MANY for fault in one.faults]


def test_a_seed_gives_the_same_schedule_again():
    assert [schedule(seed) for seed in range(50)] == MANY[:50]


def test_every_fault_comes_up_against_everybody_in_every_way():
    wanted = {
        (what, whom, how, detail)
        for what, entry in CATALOGUE.items()
        for whom in entry.whom
        for how in entry.how
        for detail in entry.details
    }
    assert {(one.what, one.whom, one.how, one.detail) for one in FAULTS} == wanted


def test_partitions_come_up_only_where_nodes_are_isolated():
    alone = {one.what for seed in range(500) for one in schedule(seed, isolated=False).faults}
    assert alone == set(What) - ISOLATED


def test_clusters_of_three_and_four():
    assert {one.nodes for one in MANY} == {3, 4}


def test_a_run_can_be_asked_to_be_short():
    assert {len(schedule(seed, count=1).faults) for seed in range(20)} == {1}


def test_only_the_faults_that_were_asked_for():
    assert {fault.what for seed in range(50) for fault in schedule(seed, (What.KILL,)).faults} == {What.KILL}


@pytest.mark.parametrize(
    ("whom", "count"), [(Whom.ONE, 1), (Whom.WRITER, 1), (Whom.READER, 1), (Whom.MAJORITY, 2), (Whom.ALL, 3)]
)
def test_so_many_are_hit(whom, count):
    for dice in range(20):
        hit = victims(Fault(What.KILL, whom, How.AT_ONCE, 1, 1, dice=dice), NAMES, "db-1")
        assert len(set(hit)) == count
        assert whom not in (Whom.WRITER, Whom.READER) or (hit == ("db-1",)) == (whom is Whom.WRITER)


def test_without_a_writer_somebody_is_hit():
    assert len(victims(Fault(What.KILL, Whom.WRITER, How.AT_ONCE, 1, 1), NAMES, "")) == 1


def test_chances_are_the_same_again():
    fault = Fault(What.KILL, Whom.ALL, How.REPEATED, 1, 1, dice=5)
    assert again(fault) == again(fault) != ()
    assert gaps(fault, 3) == gaps(fault, 3)
    assert gaps(fault, 3)[0] == 0.0
    assert again(Fault(What.KILL, Whom.ALL, How.AT_ONCE, 1, 1, dice=5)) == ()


GRASTATE = "# GALERA saved state\nversion: 2.1\nuuid:    u\nseqno:   -1\nsafe_to_bootstrap: 0\n"


def test_grastate_is_spoilt_in_each_way():
    left = {way: spoil(GRASTATE, way) for way in CATALOGUE[What.SPOIL].details}
    assert left["empty"] == b""
    assert left["missing"] is None
    assert left["safe to bootstrap"] == GRASTATE.replace("bootstrap: 0", "bootstrap: 1").encode()
    assert left["no newline"] == GRASTATE.rstrip().encode()
    assert len(set(left.values())) == len(left)


def parted(whom, detail, names=NAMES):
    fault = Fault(What.PARTITION, whom, How.AT_ONCE, 1, 1, detail)
    hit = {Whom.ONE: names[:1], Whom.HALF: names[: len(names) // 2], Whom.ALL: names}[whom]
    return partings(fault, names, hit)


FOUR = (*NAMES, "db-3")


@pytest.mark.parametrize(
    ("whom", "detail", "names", "cuts"),
    [
        (Whom.ONE, "both ways", NAMES, [Parting(("db-0",), ("db-1", "db-2"))]),
        (Whom.ONE, "one way", NAMES, [Parting(("db-0",), ("db-1", "db-2"), one_way=True)]),
        (Whom.ONE, "agents only", NAMES, [Parting(("db-0",), ("db-1", "db-2"), "agents")]),
        (Whom.ONE, "galera only", NAMES, [Parting(("db-0",), ("db-1", "db-2"), "galera")]),
        (Whom.HALF, "both ways", FOUR, [Parting(("db-0", "db-1"), ("db-2", "db-3"))]),
        (Whom.ALL, "both ways", NAMES, [Parting(("db-0",), ("db-1", "db-2")), Parting(("db-1",), ("db-2",))]),
        (Whom.ONE, "ring", NAMES, [Parting(("db-0",), ("db-2",))]),
        (Whom.ONE, "ring", FOUR, [Parting(("db-0",), ("db-2",)), Parting(("db-1",), ("db-3",))]),
        (
            Whom.ALL,
            "one way",
            NAMES,
            [
                Parting(("db-0",), ("db-1",), one_way=True),
                Parting(("db-1",), ("db-2",), one_way=True),
                Parting(("db-2",), ("db-0",), one_way=True),
            ],
        ),
    ],
    ids=["one", "deaf others", "agents", "servers", "two and two", "each alone", "ring", "ring of four", "in a circle"],
)
def test_a_partition_cuts(whom, detail, names, cuts):
    assert list(parted(whom, detail, names)) == cuts


def test_a_transfer_is_broken_early_in_the_middle_and_late():
    asked = [Fault(What.BREAK_TRANSFER, Whom.READER, How.AT_ONCE, 1, 1, detail) for detail in TRANSFERS]
    assert [fraction(fault) for fault in asked] == [0.1, 0.5, 0.9] * 2


def test_a_link_flaps_an_even_number_of_times_so_that_it_is_whole_in_the_end():
    for dice in range(20):
        found = moments(Fault(What.FLAP, Whom.ONE, How.AT_ONCE, 1, 1, dice=dice), 0.1, 3.0)
        assert len(found) in (2, 4, 6)
        assert all(0.1 <= one <= 3.0 for one in found)
