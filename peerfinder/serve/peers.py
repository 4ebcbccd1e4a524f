"""What the peers say of themselves: GET /v1/node of each, all at once, each on its own time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from peerfinder.adapters.peer_http import Agents, NoReply, Reply
from peerfinder.core.codec import from_json
from peerfinder.core.judgement import PeerAnswer
from peerfinder.core.report import NodeReport
from peerfinder.core.vote import VoteReply
from peerfinder.serve.latest import Latest

REPORT_SECONDS = 1.0  # for one report; it is answered from memory
VOTE_SECONDS = 2.0  # for one vote; the voter looks anew and syncs its promise first


class Peers:
    """The last exchange with each peer. `now` is the clock of this machine."""

    def __init__(self, agents: Agents, token: Callable[[], str], now: Callable[[], float]) -> None:
        self._agents, self._token, self._now = agents, token, now
        self._latest: dict[str, Latest[None]] = {}
        self.answers: dict[str, PeerAnswer] = {}

    async def refresh(self, targets: Mapping[str, str], patience: float, *, anew: bool = False) -> None:
        """Ask every target (name -> address) and forget whoever is none; `anew` asks also where an answer is due."""
        for name in self.answers.keys() - targets.keys():
            self.answers.pop(name)
            self._latest.pop(name).forget()
        for name, address in targets.items():
            known = self.answers.setdefault(name, PeerAnswer(address))
            latest = self._latest.setdefault(name, Latest(lambda name=name: self._ask(name)))  # type: ignore[misc]
            if anew or known.address != address:
                latest.forget()
                self.answers[name] = replace(known, address=address)
        await asyncio.gather(*(self._latest[name].within(patience) for name in targets))

    def missed_lately(self, reports: Iterable[str]) -> bool:
        """Tell whether one of those whose report still counts did not give another: something begins to move."""
        return any(name in self.answers and self.answers[name].problem for name in reports)

    async def ask_vote(self, name: str, address: str, body: bytes) -> VoteReply | str:
        """Ask one peer for its vote; a sentence when it gave none."""
        try:
            reply = await self._agents.post(address, "/v1/vote", self._token(), body, VOTE_SECONDS)
            if reply.status != 200:
                return f"{name} answered {reply.status}: {_reason(reply)}"
            vote = from_json(VoteReply, json.loads(reply.body))
        except NoReply as error:
            return f"no answer from {name} at {address}: {error}"
        except ValueError as error:
            return f"{name} gave no well-formed vote ({error})"
        return vote if vote.voter == name else f"the agent at {address} is {vote.voter}, not {name}"

    async def _ask(self, name: str) -> None:
        address = self.answers[name].address
        try:
            reply = await self._agents.get(address, "/v1/node", self._token(), REPORT_SECONDS)
        except NoReply as error:
            self._note(name, problem=f"no answer from its agent at {address}: {error}")
            return
        self._read(name, address, reply)

    def _read(self, name: str, address: str, reply: Reply) -> None:
        now = self._now()
        if reply.node != name:
            who = f"is {reply.node}, not {name}" if reply.node else "is no agent of Galera Kit"
            self._note(name, problem=f"what answers at {address} {who} (a stale address)")
        elif reply.status == 401:
            self._note(name, problem=f"its agent at {address} refused our token: do both pods have the same Secret?")
            self._touch(name, now)
        elif reply.status != 200:
            self._note(name, problem=f"its agent answers {reply.status}: {_reason(reply)}")
            self._touch(name, now)
        else:
            self._touch(name, now)
            try:
                report = from_json(NodeReport, json.loads(reply.body))
            except (ValueError, RecursionError) as error:
                self._note(name, problem=f"its report is malformed ({error}): is it of another version?")
                return
            if report.facts.name != name:
                self._note(name, problem=f"the report from {address} is of {report.facts.name} (a stale address)")
                return
            self.answers[name] = replace(self.answers[name], problem="", report=report, reported_at=now)

    def _note(self, name: str, *, problem: str) -> None:
        self.answers[name] = replace(self.answers[name], problem=problem)

    def _touch(self, name: str, now: float) -> None:
        self.answers[name] = replace(self.answers[name], answered_at=now)


def _reason(reply: Reply) -> str:
    try:
        return str(json.loads(reply.body)["reason"])
    except (ValueError, KeyError, TypeError):
        return "without a reason"
