"""Tells the other agents at once what they would see at their next look: that the role has moved, that this node stops.

A look at rest comes once a second, and the role moves in some milliseconds. Until the former writer has heard of its
successor it calls itself the writer, and its clients stay. Nothing depends on a notice: who does not get it looks.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable

from peerfinder.adapters.peer_http import Agents, NoReply
from peerfinder.core.codec import to_json
from peerfinder.core.report import Phase
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.takeover import RoleNotice
from peerfinder.serve.candidate import Won

SECONDS = 1.0  # for one notice


class Notices:
    """What was told, and to whom it goes."""

    def __init__(self, agents: Agents, token: Callable[[], str]) -> None:
        self._agents, self._token = agents, token
        self._won: Won | None = None
        self._phase: Phase | None = None
        self._sending: asyncio.Task[frozenset[str]] | None = None

    def look(self, snapshot: ClusterSnapshot, won: Won | None) -> None:
        """Begin to tell what is new: the role that this node has won, or that this node was told to stop."""
        mine = snapshot.own_report
        phase = mine.facts.phase if mine else self._phase
        stops = phase is Phase.STOPPING and self._phase is Phase.RUNNING
        if won is not None and won is not self._won:
            self._sending = asyncio.create_task(self._send(won.notice, snapshot))
        elif stops:
            self._sending = asyncio.create_task(self._send(RoleNotice(), snapshot))
        self._won, self._phase = won, phase

    async def heard(self) -> frozenset[str]:
        """Wait until the last notice is told, and name the nodes that took it."""
        return await self._sending if self._sending else frozenset()

    async def _send(self, notice: RoleNotice, snapshot: ClusterSnapshot) -> frozenset[str]:
        body = json.dumps(to_json(notice)).encode()
        others = {name: address for name, address in snapshot.addresses.items() if name != snapshot.me}
        answers = await asyncio.gather(*(self._tell(address, body) for address in others.values()))
        return _those(zip(others, answers, strict=True))

    async def _tell(self, address: str, body: bytes) -> bool:
        try:
            reply = await self._agents.post(address, "/v1/role", self._token(), body, SECONDS)
        except NoReply:
            return False
        return reply.status == 200


def _those(answers: Iterable[tuple[str, bool]]) -> frozenset[str]:
    return frozenset(name for name, heard in answers if heard)
