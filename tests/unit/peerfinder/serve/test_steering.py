"""What an agent shows of the settings, and what becomes of an order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from peerfinder.adapters.settings_table import NoTable
from peerfinder.core.role import Mode, Preference
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.steering import Order, SettingRow, Steering
from peerfinder.core.wsrep import ServerError
from peerfinder.serve.settings import Settings
from peerfinder.serve.steering import Outcome, Steerer
from tests.support.sights import NAMES, a_lone_server, a_member

SEEN = ClusterSnapshot("db-0", 100.0, "b", NAMES, {name: a_member(name) for name in NAMES})


def steerer(write: Callable[[SettingRow], None]) -> Steerer:
    settings = Settings(
        name="db-0", run_dir=Path(), volume=Path(), service="db", namespace="default", domain="cluster.local",
        address="127.0.0.1", port=8008, token_file=Path(), replicas_file=Path(), memory=("file", "x"),
        monitor_user="monitor", writer_preference=(("db-0", Preference.PREFER),),
    )  # fmt: skip
    return Steerer(settings, write)


def obeyed(order: Order, snapshot: ClusterSnapshot = SEEN, error: Exception | None = None) -> tuple[Outcome, list[str]]:
    written = []

    def write(row: SettingRow) -> None:
        if error:
            raise error
        written.append(f"{row.name}={row.value}")

    return asyncio.run(steerer(write).obey(order, snapshot)), written


def test_three_columns_are_shown() -> None:
    since = "2026-11-28 14:01:50 UTC"
    set_here = Steering(Mode.MULTI, {"db-2": Preference.MUST_NOT}, {"db-1": since}, "a=b is ignored")
    assert steerer(lambda _row: None).show(replace(SEEN, steering=set_here)) == {
        "configured": {"mode": "single", "preferences": {"db-0": "prefer"}, "maintenance": {}},
        "stored": {"mode": "multi", "preferences": {"db-2": "must-not"}, "maintenance": {"db-1": since}},
        "effective": {
            "mode": "multi",
            "preferences": {"db-0": "prefer", "db-2": "must-not"},
            "maintenance": {"db-1": since},
        },
        "has_table": True,
        "problem": "a=b is ignored",
    }


def test_an_order_is_written() -> None:
    outcome, written = obeyed(Order("preference", "must-not", "db-1"))
    assert (outcome, written) == (Outcome(200, "stored: preference/db-1 is must-not"), ["preference/db-1=must-not"])
    outcome, written = obeyed(Order("mode"))
    assert (outcome, written) == (Outcome(200, "mode is as configured again"), ["mode="])


OUTSIDE = replace(SEEN, reports={"db-0": a_lone_server("db-0")})
NOT = {
    "what cannot be": (Order("mode", "dual"), SEEN, None, 400, "value: 'dual'"),
    "an unknown node": (Order("maintenance", "on", "db-7"), SEEN, None, 400, "'db-7' is no node of this cluster"),
    "outside of a Primary": (Order("mode", "multi"), OUTSIDE, None, 503, "no Primary component"),
    "without a report": (Order("mode", "multi"), replace(SEEN, reports={}), None, 503, "no Primary component"),
    "data without the table": (Order("mode", "multi"), SEEN, NoTable("no table"), 503, "no table"),
    "a server that says no": (Order("mode", "multi"), SEEN, ServerError("locked"), 503, "not be stored: locked"),
}


@pytest.mark.parametrize(("order", "snapshot", "error", "status", "reason"), NOT.values(), ids=NOT)
def test_not_written(
    order: Order, snapshot: ClusterSnapshot, error: Exception | None, status: int, reason: str
) -> None:
    outcome, written = obeyed(order, snapshot, error)
    assert (outcome.status, written) == (status, [])
    assert reason in outcome.reason


def test_nodes_that_nobody_has_counted_are_taken_at_their_word() -> None:
    outcome, written = obeyed(Order("maintenance", "on", "db-7"), replace(SEEN, expected=None))
    assert (outcome.status, written) == (200, ["maintenance/db-7=on"])
