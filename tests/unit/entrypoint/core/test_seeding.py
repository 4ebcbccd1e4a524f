"""Whom a node without data asks for a copy, and whether it may use what came."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entrypoint.core.seeding import (
    COPY,
    Donor,
    Later,
    NoDonor,
    choose,
    copied,
    read_position,
    why_not_whole,
)
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.position import Position
from peerfinder.core.progress import Progress, Stage
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import Copying, NodeReport, Purpose
from peerfinder.core.wsrep import WsrepState
from tests.support.reports import FOREIGN, LINEAGE, OURS, facts, running, waiting, without_data

ME = without_data("db-3")
BECAME_TWO = (*LINEAGE, Epoch(Ballot(2, "db-1"), OURS, 9))


def seen(*others: NodeReport, writer: str = "db-0"):
    return replace(facts("db-3", ME, *others, nodes=4), writer=writer)


def changed(report: NodeReport, **server: object) -> NodeReport:
    return replace(report, server=replace(report.server, **server))


def sends(report: NodeReport) -> NodeReport:
    """A donor of a state transfer."""
    given = replace(report, facts=replace(report.facts, progress=Progress(Stage.DONOR, peer="10.0.0.9")))
    return changed(given, state=WsrepState.DONOR)


def gives(report: NodeReport) -> NodeReport:
    """It gives a copy away, and is out of flow control for that."""
    return changed(replace(report, copying=Copying(Purpose.SEED)), state=WsrepState.DONOR, desynced=True)


ZERO, ONE, TWO = running("db-0"), running("db-1"), running("db-2")
REST = changed(ONE, maintenance="2026-11-28 10:00", state=WsrepState.DONOR, desynced=True)
LONG_QUEUE = changed(ONE, recv_queue=7)
JOINED = changed(ONE, state=WsrepState.JOINED)


@pytest.mark.parametrize(
    ("others", "failed", "outcome"),
    [
        pytest.param((ZERO, ONE, TWO), (), Donor("db-1"), id="a secondary"),
        pytest.param((ZERO, LONG_QUEUE, TWO), (), Donor("db-2"), id="the one with the shorter queue"),
        pytest.param((ZERO, gives(ONE), TWO), (), Donor("db-2"), id="the one that is free"),
        pytest.param((ZERO, ONE, TWO), ("db-1",), Donor("db-2"), id="one that has not failed"),
        pytest.param((ZERO,), (), Donor("db-0", is_writer=True), id="the writer, where nobody else is"),
        pytest.param((ZERO, REST), (), Donor("db-0", is_writer=True), id="not one that a person works on"),
        pytest.param(
            (ZERO, changed(ONE, stuck="it is stuck")), (), Donor("db-0", is_writer=True), id="not one that is stuck"
        ),
        pytest.param((ZERO, ONE), ("db-1",), Donor("db-0", is_writer=True), id="the writer, where the others failed"),
    ],
)
def test_the_donor(others: tuple[NodeReport, ...], failed: tuple[str, ...], outcome: Donor) -> None:
    assert choose(seen(*others), failed) == outcome


@pytest.mark.parametrize(
    ("others", "named"),
    [
        pytest.param((ZERO, gives(ONE)), "db-1", id="a secondary gives a copy to somebody else"),
        pytest.param((ZERO, sends(ONE)), "db-1", id="a secondary is the donor of a state transfer"),
        pytest.param((gives(ZERO),), "db-0", id="the writer gives one, and nobody else is there"),
        pytest.param((ZERO, JOINED), "db-1", id="a node catches up, and will spare the writer"),
    ],
)
def test_who_is_waited_for(others: tuple[NodeReport, ...], named: str) -> None:
    outcome = choose(seen(*others), ())
    assert isinstance(outcome, Later)
    assert named in outcome.reason


@pytest.mark.parametrize(
    ("others", "failed"),
    [
        pytest.param((), (), id="nobody is there"),
        pytest.param((running("db-0", primary=False), waiting("db-1", 5)), (), id="nobody is in a Primary"),
        pytest.param((ZERO, ONE), ("db-0", "db-1"), id="all have failed"),
    ],
)
def test_where_nobody_can_give_one_a_state_transfer_is_left(others, failed) -> None:
    outcome = choose(seen(*others), failed)
    assert isinstance(outcome, NoDonor)
    assert all(name in outcome.reason for name in failed)


AT = Position(OURS, 40)


@pytest.mark.parametrize(
    ("donor", "position", "why"),
    [
        pytest.param(running("db-1"), AT, "", id="the same Primary before and after"),
        pytest.param(running("db-1", lineage=BECAME_TWO), AT, "another Primary", id="a newer epoch"),
        pytest.param(running("db-1", uuid=FOREIGN), AT, FOREIGN, id="another history"),
        pytest.param(running("db-1", primary=False), AT, "no Primary any more", id="it has lost the Primary"),
        pytest.param(waiting("db-1", 40), AT, "no Primary any more", id="its server is gone"),
        pytest.param(None, AT, "no Primary any more", id="it is gone"),
        pytest.param(running("db-1"), None, "nothing of its position", id="no position came"),
        pytest.param(running("db-1"), Position(OURS, -1), "nothing of its position", id="a position that is none"),
    ],
)
def test_a_copy_is_used_only_if_it_is_known_what_it_belongs_to(donor, position, why) -> None:
    problem = why_not_whole(LINEAGE, "db-1", seen(*([donor] if donor else [])), position)
    assert bool(problem) is bool(why)
    assert why in problem


@pytest.mark.parametrize(
    ("text", "position"),
    [
        (f"{OURS}:1461", Position(OURS, 1461)),
        (f"{OURS}:1461 100", Position(OURS, 1461)),
        (f"{OURS}:1461\n", Position(OURS, 1461)),
        (f"{OURS}:1461,0-1-1458", Position(OURS, 1461, "0-1-1458")),
        ("", None),
        ("\n", None),
        ("no position:12", None),
    ],
)
def test_the_position_as_mariadb_backup_writes_it(text: str, position: Position | None) -> None:
    assert read_position(text) == position


def test_the_record_tells_whose_data_come_before_they_are_there() -> None:
    before = NodeRecord("db-3", Ballot(4, "db-3"), BECAME_TWO)
    assert copied(before, LINEAGE) == replace(before, lineage=LINEAGE, incomplete=COPY)
