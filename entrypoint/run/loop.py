"""`entrypoint run`: observe, decide, act, and again when the server is gone.

Nothing here is clever: facts are gathered (observing, desk), the rules decide (core.decision), and this
loop does what they say. It never exits by itself, so there is no crash loop with growing pauses: a node
that cannot go on says why, in its log and in its report, and looks again.
"""

from __future__ import annotations

import logging
import random

from entrypoint.adapters.agent_socket import AgentSocket
from entrypoint.adapters.initdb import InitialisationFailed
from entrypoint.adapters.machine import boot_seconds
from entrypoint.adapters.server import Server
from entrypoint.core.accounts import Accounts
from entrypoint.core.decision import Bootstrap, Decision, Join, Refuse, decide, summarise
from entrypoint.core.facts import Facts
from entrypoint.core.passwords import BadEnvironment
from entrypoint.run.configuring import BadConfiguration
from entrypoint.run.desk import Desk
from entrypoint.run.initialising import initialise
from entrypoint.run.launching import Launcher
from entrypoint.run.observing import observe
from entrypoint.run.standing import Burnt, after_initialisation, enter, stand
from entrypoint.run.waiting import Stopped, Waiting
from entrypoint.run.watching import Watch
from peerfinder.core.record import Start, StartKind
from peerfinder.core.report import Datadir, DecisionSummary, Phase

logger = logging.getLogger(__name__)

_LOOK_AGAIN_SECONDS = 2.0  # a volume or configuration that cannot be used is a person's business: no hurry
_LAST_LOOK_SECONDS = 3.0  # a process that slept longer between its last look and the start looks again


class Loop:
    """One node's entrypoint."""

    def __init__(self, desk: Desk, waiting: Waiting, server: Server, launcher: Launcher, accounts: Accounts | str) -> None:
        """`accounts` is a sentence where the environment lacks what a new cluster needs."""
        self._desk = desk
        self._waiting = waiting
        self._server = server
        self._launcher = launcher
        self._accounts = accounts
        self._agent = AgentSocket(desk.run_directory.agent_socket)
        self._undecided_since = boot_seconds()
        self._failures = 0

    def run(self) -> int:
        """Work until told to stop; gives the exit status."""
        try:
            while not self._waiting.stop_requested:
                observe(self._desk, self._server)
                if self._desk.facts.datadir is Datadir.UNREADABLE:
                    self._decide_once()
                    self._waiting.until(lambda: False, _LOOK_AGAIN_SECONDS)
                    continue
                self._until_started()
        except Stopped:
            logger.info("stopped")
        return 0

    def _until_started(self) -> None:
        """Decide until the server is started, then watch it until it is gone."""
        self._undecided_since = boot_seconds()
        while not self._waiting.stop_requested:
            decision = self._decide_once()
            if isinstance(decision, Join):
                if self._act(decision, self._join(decision)):
                    return
            elif isinstance(decision, Bootstrap):
                if self._act(decision, self._bootstrap(decision)):
                    return
                self._waiting.pause(random.uniform(0.1, 0.8))  # noqa: S311 - only keeps candidates from colliding again
            self._waiting.pause(0.2)

    def _decide_once(self) -> Decision:
        facts = self._desk.gather()
        decision = decide(facts)
        waited = boot_seconds() - self._undecided_since
        self._publish(summarise(decision, needs_operator=waited > self._launcher.settings.patience))
        return decision

    def _publish(self, summary: DecisionSummary) -> None:
        """Log and publish a decision when it changed."""
        if summary == self._desk.facts.decision:
            return
        self._desk.change(decision=summary)
        remedy = f" remedy={summary.remedy!r}" if summary.remedy and summary.needs_operator else ""
        logger.info("decision=%s rule=%d reason=%s%s", summary.kind, summary.rule, summary.reason, remedy)

    def _act(self, decision: Decision, problem: str) -> bool:
        """Whether the node got as far as a server; if not, say why and take a pause that grows."""
        if not problem:
            self._failures = 0
            return True
        logger.warning("%s came to nothing: %s", type(decision).__name__.lower(), problem)
        return False

    def _join(self, decision: Join) -> str:
        desk, position = self._desk, self._desk.facts.position
        if decision.discard or desk.facts.datadir is not Datadir.PRESENT:
            position = None
        facts = desk.gather()
        try:
            self._launcher.prepare(self._addresses(facts, decision.peers))
        except BadConfiguration as error:
            return self._refuse(str(error))
        with desk.lock:  # a vote granted since the decision forbids nothing: it says "start only by Join"
            self._launcher.announce(Start(StartKind.JOIN, decision.lineage, position))
        return self._watch(discard=decision.discard)

    def _bootstrap(self, decision: Bootstrap) -> str:
        try:
            self._launcher.prepare(())
        except BadConfiguration as error:
            return self._refuse(str(error))
        if self._desk.facts.datadir is not Datadir.PRESENT and isinstance(self._accounts, str):
            return self._refuse(self._accounts)
        granted = stand(self._desk, self._agent, decision.elected)
        if isinstance(granted, Burnt):
            return granted.reason
        if self._desk.facts.datadir is not Datadir.PRESENT:
            problem = self._initialise()
            if problem:
                return problem
            granted = after_initialisation(granted)
        began = boot_seconds()
        forbidden = enter(self._desk, self._agent, granted, self._launcher.announce)
        if not forbidden and boot_seconds() - began > _LAST_LOOK_SECONDS:
            forbidden = "this process was paused between its last look and the start"
        if forbidden:
            self._desk.change(phase=Phase.WAITING)
            return forbidden
        return self._watch(discard=False)

    def _initialise(self) -> str:
        desk = self._desk
        if isinstance(self._accounts, str):
            return self._accounts
        desk.change(phase=Phase.INITIALISING)
        try:
            initialise(self._launcher.settings, self._accounts, desk.volume, self._waiting, self._launcher.owner)
        except (InitialisationFailed, BadEnvironment, OSError) as error:
            desk.change(phase=Phase.WAITING)
            return self._refuse(f"the first initialisation failed and was undone: {error}")
        desk.change(datadir=Datadir.PRESENT)
        return ""

    def _watch(self, *, discard: bool) -> str:
        """Start the announced server and watch it; '' once it was Synced, else how it ended."""
        process = self._launcher.start(discard=discard)
        watch = Watch(self._desk, self._waiting, process)
        verdict = watch.run()
        if verdict and verdict.refuse:
            self._refuse(verdict.reason)
        if not watch.was_synced and not self._waiting.stop_requested and verdict is None:
            self._failures += 1
            pause = min(10.0, 0.5 * 2**self._failures)
            logger.warning("the server ended after %.1f s without ever being Synced (its log is above); next try in %.1f s",
                           watch.lasted, pause)
            observe(self._desk, self._server)
            self._waiting.until(lambda: False, pause)
        else:
            self._failures = 0
        return ""

    def _refuse(self, reason: str) -> str:
        """Publish a refusal that is not the rules' but this node's own; it looks again in a moment."""
        self._publish(summarise(Refuse(1, reason, "correct what the message names; this node looks again by itself")))
        self._waiting.until(lambda: False, _LOOK_AGAIN_SECONDS)
        return reason

    def _addresses(self, facts: Facts, first: tuple[str, ...]) -> tuple[str, ...]:
        """Where to knock: the members that answered first, then every other node that reports."""
        snapshot = self._desk.run_directory.snapshot()
        known = snapshot.addresses if snapshot else {}
        others = [name for name in facts.reports if name not in first and name != facts.me]
        return tuple(known[name] for name in (*first, *others) if name in known)
