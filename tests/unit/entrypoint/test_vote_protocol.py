"""The vote over a network that loses, doubles, delays and reorders: one Primary per ballot, never two at once."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from entrypoint.core.ballot_box import Attempt, attempt, consider, last_look, new_lineage, refusals
from entrypoint.core.decision import Bootstrap, decide
from entrypoint.core.facts import Facts, next_ballot
from peerfinder.core.gvwstate import SavedView
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.position import Position
from peerfinder.core.record import Ending, NodeRecord, Start, StartKind, ended, formed, promised, starting, viewed
from peerfinder.core.report import Datadir, NodeFacts, NodeReport, Phase
from peerfinder.core.vote import VoteReply, VoteRequest
from peerfinder.core.wsrep import ServerFacts, WsrepState

NAMES = ("db-0", "db-1", "db-2")
UUID = "0000aaaa-0000-11f0-8000-000000000000"
OLD = (Epoch(Ballot(1, "db-0"), UUID, 0),)
Message = tuple[str, str, VoteRequest | VoteReply, Ballot]  # from, to, what, ballot it belongs to


class Vote(RuleBasedStateMachine):
    """Three nodes with data, no Primary, no API: everybody has to vote."""

    def __init__(self) -> None:
        super().__init__()
        self.records = {name: NodeRecord(name, promise=OLD[0].ballot, lineage=OLD) for name in NAMES}
        self.seqno = dict(zip(NAMES, (5, 7, 7), strict=True))
        self.up = dict.fromkeys(NAMES, True)
        self.running = dict.fromkeys(NAMES, False)
        self.attempts: dict[str, Attempt] = {}
        self.replies: dict[str, dict[str, VoteReply]] = {name: {} for name in NAMES}
        self.messages: list[Message] = []
        self.started: list[Ballot] = []
        self.processes = 0

    def facts(self, me: str, unseen: str = "") -> Facts:
        reports = {}
        for name in NAMES:
            if name != me and (not self.up[name] or name == unseen):
                continue
            phase = Phase.RUNNING if self.running[name] else Phase.WAITING
            where = Position(UUID, self.seqno[name])
            facts = NodeFacts(name, phase, Datadir.PRESENT, "", "", where, record=self.records[name])
            server = ServerFacts()
            if self.running[name]:
                server = ServerFacts(sql=True, state=WsrepState.SYNCED, cluster_status="Primary", ready=True, uuid=UUID)
            reports[name] = NodeReport(facts, server)
        return Facts(me, reports, frozenset(NAMES), ClusterMemory(uuid=UUID), answering=frozenset(reports))

    def idle(self, name: str) -> bool:
        return self.up[name] and not self.running[name]

    @rule(name=st.sampled_from(NAMES), unseen=st.sampled_from(("", "", *NAMES)))
    def stands(self, name: str, unseen: str) -> None:
        if not self.idle(name) or name in self.attempts:
            return
        facts = self.facts(name, unseen)
        decision = decide(facts)
        if not isinstance(decision, Bootstrap):
            return
        ballot = next_ballot(facts)
        self.records[name] = promised(self.records[name], ballot)
        self.attempts[name], self.replies[name] = attempt(facts, decision.elected, ballot), {}
        for voter in self.attempts[name].asked - {name}:
            self.messages.append((name, voter, self.attempts[name].request(), ballot))

    @precondition(lambda self: self.messages)
    @rule(pick=st.integers(0, 1000), fate=st.sampled_from(("arrive", "arrive", "arrive", "twice", "lost")))
    def network(self, pick: int, fate: str) -> None:
        """Any message in flight is next, whatever the order they were sent in."""
        index = pick % len(self.messages)
        message = self.messages[index] if fate == "twice" else self.messages.pop(index)
        if fate != "lost":
            self.deliver(message)

    def deliver(self, message: Message) -> None:
        sender, receiver, what, ballot = message
        if not self.up[receiver]:
            return
        if isinstance(what, VoteRequest):
            reply = consider(self.facts(receiver), self.records[receiver], what)
            if reply.granted:
                self.records[receiver] = promised(self.records[receiver], ballot)
            self.messages.append((receiver, sender, reply, ballot))
        elif receiver in self.attempts and self.attempts[receiver].ballot == ballot:
            self.replies[receiver][sender] = what

    @rule(name=st.sampled_from(NAMES))
    def counts_its_votes(self, name: str) -> None:
        tried = self.attempts.get(name)
        if tried is None or not self.idle(name):
            return
        if any(not reply.granted for reply in self.replies[name].values()):
            del self.attempts[name]
        elif not refusals(tried, self.replies[name]):
            del self.attempts[name]
            if not last_look(tried, self.facts(name), self.records[name]):
                self.start(name, tried)

    def start(self, name: str, tried: Attempt) -> None:
        self.started.append(tried.ballot)
        where = Position(UUID, self.seqno[name])
        lineage = new_lineage(self.records[name], tried.ballot, UUID, self.seqno[name])
        record = starting(self.records[name], Start(StartKind.BOOTSTRAP, lineage, where), incomplete="")
        self.processes += 1
        mine = f"{self.processes:08x}-0000-11f0-8000-000000000000"
        record = viewed(record, SavedView(mine, 1, (mine,)), {}, self.seqno[name] + 1)
        self.records[name] = formed(record, UUID)
        self.seqno[name] += 3
        self.running[name] = True

    @rule(name=st.sampled_from(NAMES))
    def gives_up(self, name: str) -> None:
        self.attempts.pop(name, None)

    @rule(name=st.sampled_from(NAMES))
    def crashes(self, name: str) -> None:
        self.up[name], self.running[name] = False, False
        self.attempts.pop(name, None)
        self.records[name] = ended(self.records[name], Ending.INSIDE)

    @rule(name=st.sampled_from(NAMES))
    def returns(self, name: str) -> None:
        self.up[name] = True

    @invariant()
    def one_primary_at_a_time(self) -> None:
        assert sum(self.running.values()) <= 1

    @invariant()
    def one_primary_per_ballot(self) -> None:
        assert len(set(self.started)) == len(self.started)

    @invariant()
    def a_primary_starts_from_everything_that_was_written(self) -> None:
        for name in NAMES:
            if self.running[name]:
                assert self.seqno[name] == max(self.seqno.values())

    def teardown(self) -> None:
        """Once the network is whole and nobody crashes, a Primary forms."""
        for name in NAMES:
            self.returns(name)
        self.messages.clear()
        self.attempts.clear()
        for _ in range(4):
            for name in NAMES:
                self.stands(name, "")
                while self.messages:
                    self.deliver(self.messages.pop())
                self.counts_its_votes(name)
            self.attempts.clear()
        assert sum(self.running.values()) == 1


TestVote = Vote.TestCase
TestVote.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
