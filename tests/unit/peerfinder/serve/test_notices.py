"""What other agents are told at once, and who has heard it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any, cast

from peerfinder.adapters.peer_http import Agents, NoReply, Reply
from peerfinder.core.report import Phase
from peerfinder.core.role import WriterRow
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.takeover import RoleNotice
from peerfinder.serve.candidate import Won
from peerfinder.serve.notices import Notices
from tests.support.sights import a_member

ADDRESSES = {"db-0": "10.0.0.10", "db-1": "10.0.0.11", "db-2": "10.0.0.12", "db-3": "10.0.0.13"}
MINE = a_member("db-0")
SERVES = ClusterSnapshot("db-0", 1.0, "b", reports={"db-0": MINE}, addresses=ADDRESSES)
STOPS = replace(SERVES, reports={"db-0": replace(MINE, facts=replace(MINE.facts, phase=Phase.STOPPING))})
ROW = WriterRow("db-0", 5)
WON = Won(ROW, "db-1", 0.01, RoleNotice(ROW, 7.0))


class Line:
    """The agents: one hears, one is of an older version, one does not answer."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Any]] = []

    async def post(self, address: str, path: str, token: str, body: bytes, _seconds: float) -> Reply:
        assert token == "secret"
        self.told.append((address, path, json.loads(body)))
        if address == ADDRESSES["db-3"]:
            raise NoReply("no answer within 1 s")
        return Reply(404 if address == ADDRESSES["db-2"] else 200, "", b"{}")


def told(*looks: tuple[ClusterSnapshot, Won | None]) -> tuple[list[tuple[str, str, Any]], frozenset[str]]:
    async def live() -> tuple[list[tuple[str, str, Any]], frozenset[str]]:
        line = Line()
        notices = Notices(cast("Agents", line), lambda: "secret")
        heard = frozenset[str]()
        for snapshot, won in looks:
            notices.look(snapshot, won)
            heard = await notices.heard()
        return line.told, heard

    return asyncio.run(live())


def test_who_won_the_role_tells_everybody_once_and_knows_who_heard() -> None:
    said, heard = told((SERVES, None), (SERVES, WON), (SERVES, WON))
    assert sorted(address for address, _path, _body in said) == sorted(ADDRESSES.values())[1:]
    assert {(path, json.dumps(body)) for _address, path, body in said} == {
        ("/v1/role", '{"row": {"node": "db-0", "epoch": 5}, "drain": 7.0}')
    }
    assert heard == {"db-1"}


def test_a_node_that_is_told_to_stop_has_the_others_look() -> None:
    said, _heard = told((SERVES, None), (STOPS, None), (STOPS, None))
    assert [body for _address, _path, body in said] == [{"row": None, "drain": None}] * 3


def test_nothing_new_is_nothing_told() -> None:
    assert told((SERVES, None), (SERVES, None)) == ([], frozenset())
    assert told((STOPS, None), (STOPS, None)) == ([], frozenset())  # a sidecar that has just started
