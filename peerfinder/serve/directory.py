"""Where the peers are: the last good answer of DNS, and what it said when it failed since.

An address that was known stays known: DNS forgets a pod the moment it is deleted, and its agent may answer still.
"""

from __future__ import annotations

import asyncio

from peerfinder.adapters import resolver
from peerfinder.core.lookup import Answer, Lookup
from peerfinder.core.naming import is_ours
from peerfinder.serve.latest import Latest
from peerfinder.serve.settings import Settings

ANSWER_SECONDS = 2.0  # for one question, all its tries included
SETTLED_SECONDS = 2.0  # between two questions while nothing moves; the TTL of CoreDNS is 5 s anyway


class Directory:
    """The addresses of all nodes by name."""

    def __init__(self, settings: Settings) -> None:
        self._me, self._service = settings.name, settings.service_name
        conf = settings.resolv_conf or (None if settings.nameserver else resolver.RESOLV_CONF)
        self._source = resolver.Source(conf, settings.nameserver)
        self._latest = Latest(self._ask)
        self._asked_at: float | None = None
        self.addresses: dict[str, str] = {}  # of the last good answer
        self.known: dict[str, str] = {}  # every address ever seen, the newest of each node
        self.problem = "DNS has not answered yet"

    async def refresh(self, now: float, patience: float, *, settled: bool) -> None:
        """Ask, unless the last answer is young enough."""
        if settled and self._asked_at is not None and now - self._asked_at < SETTLED_SECONDS:
            return
        answer = await self._latest.within(patience)
        if answer is None:
            return
        self._asked_at = now
        if isinstance(answer, Answer):
            self.addresses = _by_name(answer, self._me)
            self.known.update(self.addresses)
            self.problem = ""
        else:
            self.problem = answer.reason

    async def _ask(self) -> Lookup:
        return await asyncio.to_thread(
            resolver.look_up, self._service, source=self._source, want_addresses=True, within=ANSWER_SECONDS
        )


def _by_name(answer: Answer, me: str) -> dict[str, str]:
    """Nodes of this set only; others may stand behind the same Service."""
    found = {target.host.partition(".")[0]: target.addresses for target in answer.targets}
    return {name: addresses[0] for name, addresses in found.items() if addresses and is_ours(name, me)}
