"""Where the peers are: the last good answer of DNS, and what it said when it failed since.

Either one question names them all (the SRV records of the Service), or a list names them and each host is asked for
(`--peer`).

An address that was known stays known: DNS forgets a pod the moment it is deleted, and its agent may answer still.
"""

from __future__ import annotations

import asyncio

from peerfinder.adapters import resolver
from peerfinder.core.lookup import Answer, Lookup, NoAnswer, addresses_of
from peerfinder.core.naming import is_ours
from peerfinder.serve.latest import Latest
from peerfinder.serve.settings import Settings

ANSWER_SECONDS = 2.0  # for one question, all its tries included
SETTLED_SECONDS = 2.0  # between two questions while nothing moves; the TTL of CoreDNS is 5 s anyway


class Directory:
    """The addresses of all nodes by name."""

    def __init__(self, settings: Settings) -> None:
        self._me, self._service, self._hosts = settings.name, settings.service_name, dict(settings.peer)
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
        if isinstance(answer, NoAnswer):
            self.problem = answer.reason
            return
        if isinstance(answer, Answer):
            self.addresses, self.problem = _by_name(answer, self._me), ""
        else:
            self.addresses, self.problem = addresses_of(answer, self.addresses)
        self.known.update(self.addresses)

    async def _ask(self) -> Lookup | dict[str, Lookup]:
        if self._hosts:
            answers = await asyncio.gather(*(self._ask_host(host) for host in self._hosts.values()))
            return dict(zip(self._hosts, answers, strict=True))
        return await asyncio.to_thread(
            resolver.look_up, self._service, source=self._source, want_addresses=True, within=ANSWER_SECONDS
        )

    async def _ask_host(self, host: str) -> Lookup:
        return await asyncio.to_thread(resolver.look_up_host, host, source=self._source, within=ANSWER_SECONDS)


def _by_name(answer: Answer, me: str) -> dict[str, str]:
    """Nodes of this set only; others may stand behind the same Service."""
    found = {target.host.partition(".")[0]: target.addresses for target in answer.targets}
    return {name: addresses[0] for name, addresses in found.items() if addresses and is_ours(name, me)}
