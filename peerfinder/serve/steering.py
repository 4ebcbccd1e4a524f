"""What people set at run time, as an agent shows and takes it: GET and POST /v1/settings.

The agent stores what it is told, if that can be at all; whether it would be wise is for the one to say who asks
(`galeractl maintenance` refuses what would leave no node). Every node acts by what its own look has read, so an order
to any member of the Primary component reaches all, and one to a node outside of it is refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from peerfinder.adapters import mysql, run_directory, settings_table
from peerfinder.core.codec import to_json
from peerfinder.core.names import by_ordinal
from peerfinder.core.policy import Policy, steered, wishes
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.steering import Order, SettingRow, Wrong, check
from peerfinder.core.wsrep import ServerError
from peerfinder.serve.settings import Settings

log = logging.getLogger("peerfinder")

Write = Callable[[SettingRow], None]
"""Writes one row and blocks; raises ServerError and NoTable."""


@dataclass(frozen=True)
class Outcome:
    """What became of an order, with the status of HTTP that says so."""

    status: int
    reason: str


def write_by_sql(settings: Settings) -> Write:
    """The real one: each write has a connection of its own."""

    def write(row: SettingRow) -> None:
        socket = settings.run_dir / run_directory.SERVER_SOCKET
        server = mysql.Server(socket, settings.monitor_user, settings.monitor_password_file, mysql.CLAIM_SECONDS)
        try:
            settings_table.write(server, row)
        finally:
            server.close()

    return write


class Steerer:
    """Shows what counts on this node, and writes what people want to count."""

    def __init__(self, settings: Settings, write: Write) -> None:
        self._configured = Policy(settings.writer_mode, preferences=dict(settings.writer_preference))
        self._write = write

    def show(self, snapshot: ClusterSnapshot) -> dict[str, Any]:
        """Give what was configured, what people have set, and what counts."""
        steering = snapshot.steering
        effective = steered(self._configured, steering)
        maintenance = dict(steering.maintenance)
        return {
            "configured": _words(self._configured, {}),
            "stored": {
                "mode": steering.mode and steering.mode.value,
                "preferences": to_json(steering.preferences),
                "maintenance": maintenance,
            },
            "effective": _words(effective, maintenance),
            "has_table": steering.has_table,
            "problem": steering.problem,
        }

    async def obey(self, order: Order, snapshot: ClusterSnapshot) -> Outcome:
        """Write what is wanted."""
        row = check(order, _nodes(snapshot), snapshot.steering)
        if isinstance(row, Wrong):
            return Outcome(400, row.reason)
        mine = snapshot.own_report
        if mine is None or not mine.server.is_primary:
            return Outcome(503, "this node is in no Primary component: nothing can be written here")
        try:
            await asyncio.to_thread(self._write, row)
        except settings_table.NoTable as error:
            return Outcome(503, str(error))
        except ServerError as error:
            return Outcome(503, f"it could not be stored: {error}")
        log.info("a person has set", extra={"facts": {"name": row.name, "value": row.value or "-"}})
        return Outcome(200, f"stored: {row.name} is {row.value}" if row.value else f"{row.name} is as configured again")


def _nodes(snapshot: ClusterSnapshot) -> tuple[str, ...] | None:
    """The nodes of the cluster, as far as this one knows them; None while their number is not known."""
    if snapshot.expected is None:
        return None
    return by_ordinal({*snapshot.expected, *snapshot.addresses, *snapshot.reports})


def _words(policy: Policy, maintenance: dict[str, str]) -> dict[str, Any]:
    return {"mode": policy.mode.value, "preferences": to_json(wishes(policy)), "maintenance": maintenance}
