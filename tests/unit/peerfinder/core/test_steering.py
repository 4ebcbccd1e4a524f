"""What rows of settings mean, and which orders can be."""

from __future__ import annotations

import pytest

from peerfinder.core.codec import from_json, to_json
from peerfinder.core.role import Mode, Preference
from peerfinder.core.steering import Order, SettingRow, Steering, Wrong, check, parse

SINCE = "2026-11-28 14:01:50 UTC"
ROWS = (
    SettingRow("mode", "multi", SINCE),
    SettingRow("preference/db-1", "prefer", SINCE),
    SettingRow("preference/db-2", "must-not", SINCE),
    SettingRow("maintenance/db-2", "on", SINCE),
    SettingRow("preference/db-0", "", SINCE),
    SettingRow("maintenance/db-0", "", SINCE),
)
ALL_SET = Steering(
    Mode.MULTI, {"db-1": Preference.PREFER, "db-2": Preference.MUST_NOT}, {"db-2": SINCE}
)  # fmt: skip


def test_rows_are_read_and_empty_ones_are_none() -> None:
    assert parse(ROWS) == ALL_SET
    assert parse(()) == Steering()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "dual"), ("mode/db-0", "multi"), ("preference", "prefer"), ("preference/db-0", "always"),
        ("maintenance/db-0", "off"), ("maintenance", "on"), ("color", "blue"), ("", "x"),
    ],
)  # fmt: skip
def test_what_nobody_understands_is_named_and_ignored(name: str, value: str) -> None:
    found = parse((SettingRow(name, value), *ROWS))
    assert (found.mode, found.preferences, found.maintenance) == (Mode.MULTI, ALL_SET.preferences, ALL_SET.maintenance)
    assert found.problem == f"settings that this version does not know are ignored: {name}={value}"


def test_it_travels() -> None:
    assert from_json(Steering, to_json(ALL_SET)) == ALL_SET
    assert from_json(Steering, {}) == Steering()


NODES = ("db-0", "db-1", "db-2")
ORDERS = {
    "a mode": (Order("mode", "multi"), SettingRow("mode", "multi")),
    "no mode any more": (Order("mode"), SettingRow("mode", "")),
    "a preference": (Order("preference", "must-not", "db-1"), SettingRow("preference/db-1", "must-not")),
    "none any more": (Order("preference", "", "db-1"), SettingRow("preference/db-1", "")),
    "maintenance": (Order("maintenance", "on", "db-1"), SettingRow("maintenance/db-1", "on")),
    "its end": (Order("maintenance", "", "db-1"), SettingRow("maintenance/db-1", "")),
    "its end for a node that was scaled away": (Order("maintenance", "", "db-9"), SettingRow("maintenance/db-9", "")),
    "another setting": (Order("color", "blue"), "setting: 'color' is none of mode, preference, maintenance"),
    "another mode": (Order("mode", "dual"), "value: 'dual' is none of single, multi (empty: as configured)"),
    "another preference": (Order("preference", "no", "db-1"), "value: 'no' is none of prefer, neutral, must-not"),
    "another maintenance": (Order("maintenance", "off", "db-1"), "value: 'off' is none of on"),
    "the mode of a node": (Order("mode", "multi", "db-0"), "node: the mode is of the whole cluster"),
    "a preference of nobody": (Order("preference", "prefer"), "node: whose preference?"),
    "an unknown node": (
        Order("preference", "prefer", "db-7"), "node: 'db-7' is no node of this cluster (db-0, db-1, db-2)"),
}  # fmt: skip


@pytest.mark.parametrize(("order", "found"), ORDERS.values(), ids=ORDERS)
def test_an_order(order: Order, found: SettingRow | str) -> None:
    steering = Steering(maintenance={"db-9": SINCE})
    answer = check(order, NODES, steering)
    if isinstance(found, str):
        assert isinstance(answer, Wrong)
        assert found in answer.reason
    else:
        assert answer == found


def test_where_nobody_knows_the_nodes_every_name_is_taken() -> None:
    assert check(Order("maintenance", "on", "db-7"), None, Steering()) == SettingRow("maintenance/db-7", "on")
