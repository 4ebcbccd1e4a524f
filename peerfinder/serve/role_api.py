"""The writer role by HTTP: the order to take it over, the news that it has moved, its history."""
# ruff: noqa: D102 - get and post are tornado's methods

from __future__ import annotations

import asyncio
import json

from peerfinder.adapters.writer_table import NoTable
from peerfinder.core.codec import from_json, to_json
from peerfinder.core.takeover import Refused, RoleNotice, TakeoverOrder
from peerfinder.core.wsrep import ServerError
from peerfinder.serve.handler import Private
from peerfinder.serve.takeover import Undecided, take_over


class Takeover(Private):
    """POST /v1/takeover: this node is to become the writer."""

    async def post(self) -> None:
        try:
            order = from_json(TakeoverOrder, json.loads(self.request.body or b"{}"))
        except (ValueError, RecursionError) as error:
            self.tell(400, f"no well-formed order to take over: {error}")
            return
        try:
            outcome = await take_over(self.watch, order)
        except Undecided:
            self.tell(504, "the claim waits in the group, where a member does not answer; it may still succeed")
            return
        if isinstance(outcome, Refused):
            self.answer(409, json.dumps({"ok": False, "reason": outcome.reason, "forcible": outcome.forcible}))
        else:
            self.answer(200, json.dumps(to_json(outcome)))


class RoleNews(Private):
    """POST /v1/role: another agent tells who the writer is since a moment ago, or that it is worth a look."""

    def post(self) -> None:
        try:
            notice = from_json(RoleNotice, json.loads(self.request.body or b"{}"))
        except (ValueError, RecursionError) as error:
            self.tell(400, f"no well-formed notice: {error}")
            return
        self.watch.hear(notice)
        self.tell(200, "noted", ok=True)


class HistoryOfRole(Private):
    """GET /v1/history: who was the writer, when and why, as the own server's data have it."""

    async def get(self) -> None:
        try:
            found = await asyncio.to_thread(self.watch.table.history)
        except ServerError as error:
            self.tell(503, f"the history cannot be read: {error}")
            return
        if isinstance(found, NoTable):
            self.tell(404, found.reason)
        else:
            self.answer(200, json.dumps(to_json(found)))
