"""What people have set while the cluster runs: the mode of the writer role, preferences of nodes, maintenance.

Theory. A setting is a row of galerakit.settings, in the cluster's own replicated state: so it is the same on all nodes,
outlives every restart, and needs no API. What is set there counts; what is not set is as configured. The rows:

    mode               single | multi
    preference/NODE    prefer | neutral | must-not
    maintenance/NODE   on

An empty value is none: the account that writes may not delete. A row that nobody understands (a newer version has set
it, or a person by hand) is named and otherwise ignored.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from peerfinder.core.role import Mode, Preference

ON = "on"


class What(enum.StrEnum):
    """What can be set."""

    MODE = "mode"  # of the writer role
    PREFERENCE = "preference"  # of a node, for the writer role
    MAINTENANCE = "maintenance"  # of a node


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One row as it was read; `changed` is a time of UTC."""

    name: str
    value: str
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Steering:
    """Everything that is set."""

    mode: Mode | None = None
    preferences: dict[str, Preference] = field(default_factory=dict)
    maintenance: dict[str, str] = field(default_factory=dict)  # node: since when
    problem: str = ""  # rows that are ignored, and why
    has_table: bool = True


@dataclass(frozen=True, slots=True)
class Order:
    """A person's wish: the body of POST /v1/settings. An empty value takes back what was set."""

    setting: str
    value: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """The wish cannot be: the reason names what is wrong."""

    reason: str


def parse(rows: Iterable[SettingRow]) -> Steering:
    """Read the rows."""
    mode, preferences, maintenance, ignored = None, {}, {}, []
    for row in rows:
        if not row.value:
            continue
        what, _, node = row.name.partition("/")
        match what:
            case What.MODE if not node and row.value in list(Mode):
                mode = Mode(row.value)
            case What.PREFERENCE if node and row.value in list(Preference):
                preferences[node] = Preference(row.value)
            case What.MAINTENANCE if node and row.value == ON:
                maintenance[node] = row.changed
            case _:
                ignored.append(f"{row.name}={row.value}")
    problem = f"settings that this version does not know are ignored: {', '.join(ignored)}" if ignored else ""
    return Steering(mode, preferences, maintenance, problem)


def check(order: Order, nodes: Collection[str] | None, steering: Steering) -> SettingRow | Wrong:
    """Give the row that an order writes; `nodes` are those of the cluster, None where that is not known.

    What is set for a node may be taken back also when the node is none any more.
    """
    if order.setting not in list(What):
        return Wrong(f"setting: {order.setting!r} is none of {', '.join(What)}")
    what = What(order.setting)
    words = {What.MODE: tuple(Mode), What.PREFERENCE: tuple(Preference), What.MAINTENANCE: (ON,)}[what]
    if order.value and order.value not in words:
        return Wrong(f"value: {order.value!r} is none of {', '.join(words)} (empty: as configured)")
    if what is What.MODE:
        return SettingRow(what, order.value) if not order.node else Wrong("node: the mode is of the whole cluster")
    if not order.node:
        return Wrong(f"node: whose {what}?")
    known = {*(nodes or ()), *(steering.preferences if what is What.PREFERENCE else steering.maintenance)}
    if nodes is not None and order.node not in known:
        return Wrong(f"node: {order.node!r} is no node of this cluster ({', '.join(sorted(nodes))})")
    return SettingRow(f"{what}/{order.node}", order.value)
