"""Faults of clocks: those of the sidecars and entrypoints jump by an hour, while all is well and during an election."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.local import orders
from tests.support.chaos.machine import Clocks
from tests.support.cluster import LocalCluster, wait_for
from tests.support.trial import under_writes

NAMES = ("db-0", "db-1", "db-2")
ROW = "SELECT node, epoch FROM galerakit.writer"
READ_SECONDS = 1.5  # the programs read the file of their clock once a second


@pytest.fixture
def clocks(cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clocks]:
    """All Synced, each node's programs with a clock of their own."""
    made = Clocks(cluster.directory)
    for name in NAMES:
        start_with_its_clock(cluster, made, name, monkeypatch)
    cluster.wait_for_synced()
    return made


def start_with_its_clock(cluster: LocalCluster, clocks: Clocks, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        for variable, value in clocks.environment(name).items():
            patched.setitem(os.environ, variable, value)
        place = Place(cluster.directory)
        orders.start(place, local_dir.read_settings(place), (name,))


def test_clocks_that_jump_by_an_hour_move_nobody_and_elect_nobody_wrongly(
    cluster: LocalCluster, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for("a writer", lambda: cluster.node("db-0").sql(ROW)[0][0], 20, cluster.words)
    before = cluster.node("db-0").sql(ROW)
    with under_writes(cluster, "db-0") as trial:
        for shifts in ((3600.0, -3600.0, 0.0), (-3600.0, 3600.0, 0.0)):
            for name, shift in zip(NAMES, shifts, strict=True):
                clocks.set(name, shift)
            time.sleep(READ_SECONDS)
            trial.write_on(1)
    members = {(one.status, one.members) for name in NAMES for one in trial.samples(name)}
    assert members == {("Primary", NAMES)}
    assert cluster.node("db-0").sql(ROW) == before
    trial.judge("clocks jump by an hour", undisturbed=NAMES, gap=2)

    orders.cut_off(Place(cluster.directory), NAMES)
    began = time.monotonic()
    for name in NAMES:
        start_with_its_clock(cluster, clocks, name, monkeypatch)
    for name, shift in zip(NAMES, (7200.0, -7200.0, 0.0), strict=True):
        clocks.set(name, shift)
    cluster.wait_for_synced()
    trial.judge("clocks jump in an election", undisturbed=(), gap=2, back_seconds=time.monotonic() - began)
