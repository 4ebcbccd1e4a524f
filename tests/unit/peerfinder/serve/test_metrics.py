"""Metrics say what is known and leave out what is not."""

from __future__ import annotations

import json
from dataclasses import replace

from peerfinder.core.progress import Progress, Stage
from peerfinder.core.report import Copying, Purpose
from peerfinder.core.role import Mode, Preference, Role, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.serve.metrics import render
from peerfinder.serve.published import Published
from tests.support.sights import NAMES, a_member

ALL_WELL = ClusterSnapshot("db-0", 100.0, "b", NAMES, {name: a_member(name) for name in NAMES}, ready=True)


def values(snapshot: ClusterSnapshot) -> dict[str, float]:
    lines = render(Published(snapshot), 0.01, 101.0).splitlines()
    return {line.split(" ")[0]: float(line.split(" ")[1]) for line in lines if not line.startswith("#")}


def test_a_member() -> None:
    found = values(ALL_WELL)
    wanted = {"ready": 1, "synced": 1, "primary": 1, "cluster_size": 3, "last_committed": 812, "recv_queue": 0,
              "peers_expected": 3, "peers_reporting": 3, "snapshot_age_seconds": 1}  # fmt: skip
    assert {name: found[f"galerakit_{name}"] for name in wanted} == wanted


def test_what_is_unknown_is_not_zero() -> None:
    found = values(ClusterSnapshot("db-0", 100.0, "b"))
    assert not {"galerakit_peers_expected", "galerakit_last_committed", "galerakit_synced"} & set(found)
    assert found["galerakit_ready"] == 0


def test_the_writer_role() -> None:
    found = values(replace(ALL_WELL, writer=WriterView(Mode.SINGLE, "db-0", 4, Role.PRIMARY)))
    assert (found["galerakit_is_writer"], found["galerakit_writer_epoch"]) == (1, 4)
    found = values(replace(ALL_WELL, writer=WriterView(Mode.SINGLE, "db-1", 4, Role.SECONDARY)))
    assert found["galerakit_is_writer"] == 0
    assert not {"galerakit_is_writer", "galerakit_writer_epoch"} & set(values(ALL_WELL))


def test_what_people_have_set() -> None:
    view = WriterView(Mode.MULTI, role=Role.PRIMARY, preferences={"db-0": Preference.MUST_NOT})
    mine = ALL_WELL.reports["db-0"]
    rests = replace(mine, server=replace(mine.server, maintenance="2026-11-28 14:01:50 UTC"))
    found = values(replace(ALL_WELL, writer=view, reports=ALL_WELL.reports | {"db-0": rests}))
    wanted = {"single_writer": 0, "writer_preference": -1, "maintenance": 1}
    assert {name: found[f"galerakit_{name}"] for name in wanted} == wanted
    found = values(replace(ALL_WELL, writer=WriterView(Mode.SINGLE, "db-0", 4, Role.PRIMARY)))
    wanted = {"single_writer": 1, "writer_preference": 0, "maintenance": 0}
    assert {name: found[f"galerakit_{name}"] for name in wanted} == wanted


def with_progress(progress: Progress) -> ClusterSnapshot:
    mine = ALL_WELL.reports["db-0"]
    reports = ALL_WELL.reports | {"db-0": replace(mine, facts=replace(mine.facts, progress=progress))}
    return replace(ALL_WELL, reports=reports)


def test_a_state_transfer_and_whether_it_stands_still() -> None:
    found = values(with_progress(Progress(Stage.SST, 5, 500, 200.0, 300.0)))
    wanted = {"transfer_bytes": 5, "transfer_total_bytes": 500, "progress_quiet_seconds": 200, "stalled": 1}
    assert {name: found[f"galerakit_{name}"] for name in wanted} == wanted
    found = values(with_progress(Progress(Stage.STARTUP, quiet=1.0, limit=300.0)))
    assert (found["galerakit_stalled"], "galerakit_transfer_bytes" in found) == (0, False)
    assert "galerakit_stalled" not in values(ALL_WELL)


def test_appliers_that_are_stuck() -> None:
    found = values(ALL_WELL)
    assert (found["galerakit_stuck"], found["galerakit_stepped_out"]) == (0, 0)
    mine = ALL_WELL.reports["db-0"]
    out = replace(mine, server=replace(mine.server, stuck="they stand still", stepped_out=True))
    found = values(replace(ALL_WELL, reports=ALL_WELL.reports | {"db-0": out}))
    assert (found["galerakit_stuck"], found["galerakit_stepped_out"]) == (1, 1)


def test_a_server_that_refuses_writes() -> None:
    mine = ALL_WELL.reports["db-0"]
    closed = replace(mine, server=replace(mine.server, read_only=True))
    assert values(ALL_WELL)["galerakit_read_only"] == 0
    assert values(replace(ALL_WELL, reports=ALL_WELL.reports | {"db-0": closed}))["galerakit_read_only"] == 1


def test_a_copy_that_is_given_away() -> None:
    mine = replace(ALL_WELL.reports["db-0"], copying=Copying(Purpose.SEED, 5, 500, 7.0))
    found = values(replace(ALL_WELL, reports=ALL_WELL.reports | {"db-0": mine}))
    wanted = {"copy_bytes": 5, "copy_total_bytes": 500, "copy_seconds": 7}
    assert {name: found[f"galerakit_{name}"] for name in wanted} == wanted
    assert "galerakit_copy_bytes" not in values(ALL_WELL)


def test_before_the_first_look_there_are_none() -> None:
    assert render(None, 0.0, 0.0) == ""


def test_every_metric_has_its_help() -> None:
    lines = render(
        Published(replace(ALL_WELL, writer=WriterView(Mode.SINGLE, "db-0", 4, Role.PRIMARY))), 0.0, 100.0
    ).splitlines()
    assert {line.split(" ")[2] for line in lines if line.startswith("# TYPE")} == {
        line.split(" ")[2] for line in lines if line.startswith("# HELP")
    }


def test_the_own_report_ages_between_two_looks() -> None:
    text = Published(ALL_WELL).node_json(101.5)
    assert text is not None
    assert json.loads(text)["age"] == 1.5
