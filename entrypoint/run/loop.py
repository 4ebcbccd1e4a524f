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
from entrypoint.core.options import Peers
from entrypoint.core.seeding import NoDonor
from entrypoint.core.vigil import Stop
from entrypoint.run.configuring import BadConfiguration
from entrypoint.run.desk import Desk
from entrypoint.run.initialising import initialise
from entrypoint.run.launching import Launcher
from entrypoint.run.observing import observe
from entrypoint.run.seeding import Seeded, Seeder
from entrypoint.run.standing import Burnt, after_initialisation, enter, stand
from entrypoint.run.waiting import Stopped, Waiting
from entrypoint.run.watching import Watch
from peerfinder.core.record import Start, StartKind, completed
from peerfinder.core.report import FRESH_SECONDS, Datadir, DecisionSummary, Phase

logger = logging.getLogger(__name__)

_LOOK_AGAIN_SECONDS = 2.0  # a volume or configuration that cannot be used is a person's business: no hurry
_LONGEST_REST_SECONDS = 20.0  # between tries that fail for a reason of this node's own
_HASTE_SECONDS = FRESH_SECONDS + 0.5  # by then every report that counts was written after what it is held against
_LAST_LOOK_SECONDS = 3.0  # a process that slept longer between its last look and the start looks again


class Loop:
    """One node's entrypoint."""

    def __init__(
        self, desk: Desk, waiting: Waiting, server: Server, launcher: Launcher, accounts: Accounts | str,
        seeder: Seeder | None,
    ) -> None:  # fmt: skip
        """`accounts`: a sentence where the environment lacks what a new cluster needs; `seeder`: None for SST alone."""
        self._desk = desk
        self._waiting = waiting
        self._server = server
        self._launcher = launcher
        self._accounts = accounts
        self._seeder = seeder
        self._agent = AgentSocket(desk.run_directory.agent_socket)
        self._undecided_since = boot_seconds()
        self._failures = 0
        self._refusing_since = 0.0

    def run(self) -> int:
        """Work until told to stop; gives the exit status."""
        try:
            while not self._waiting.stop_requested:
                try:
                    self._turn()
                except (
                    OSError
                ) as error:  # a full or failing disk: nothing was started, and nothing may be before it heals
                    self._refuse(f"cannot write what must be durable: {error}")
        except Stopped:
            logger.info("stopped")
        return 0

    def _turn(self) -> None:
        """Look at the volume, then decide until a server was started and is gone again."""
        observe(self._desk, self._server, self._configure)
        if self._desk.facts.datadir is Datadir.UNREADABLE:
            self._publish(self._decide())
            self._rest(_LOOK_AGAIN_SECONDS)
        else:
            self._until_started()

    def _until_started(self) -> None:
        """Decide until a server was started and is gone again."""
        self._undecided_since = boot_seconds()
        while not self._waiting.stop_requested:
            decision = self._decide()
            if isinstance(decision, (Join, Bootstrap)):
                self._say_in_time(decision)
                problem = self._prepare(decision)
                if problem:
                    self._refuse(problem)
                    continue
                self._publish(decision)
                if self._bootstrap() if isinstance(decision, Bootstrap) else self._join():
                    return
                self._rest(random.uniform(0.2, 0.8))  # noqa: S311 - only keeps candidates from colliding again
            else:
                self._publish(decision)
                self._waiting.pause(0.2)

    def _decide(self) -> Decision:
        return decide(self._desk.gather())

    def _publish(self, decision: Decision) -> None:
        """Log and publish a decision when it changed."""
        waited = boot_seconds() - self._undecided_since
        summary = summarise(decision, needs_operator=waited > self._launcher.settings.patience)
        if summary == self._desk.facts.decision or self._is_hasty(summary):
            return
        self._desk.change(decision=summary)
        remedy = f" remedy={summary.remedy!r}" if summary.remedy and summary.needs_operator else ""
        logger.info("decision=%s rule=%d reason=%s%s", summary.kind, summary.rule, summary.reason, remedy)

    def _say_in_time(self, decision: Join | Bootstrap) -> None:
        """Say that this node is about to join before it prepares for it, so that the last look shows who else is.

        Two that join at once cost five seconds, and the half second of preparation is what a peer's look takes. A node
        that could not prepare the last time says nothing before it can.
        """
        last = self._desk.facts.decision
        if isinstance(decision, Join) and not (last and last.kind == "refuse"):
            self._publish(decision)

    def _is_hasty(self, summary: DecisionSummary) -> bool:
        """Whether a refusal may come from reports of different moments: it must stand for a while to be said.

        A node that has just voted, say, knows a ballot that the candidate's own report of a second ago does not.
        """
        if summary.kind != "refuse" or summary.rule == 1:
            self._refusing_since = 0.0
            return False
        self._refusing_since = self._refusing_since or boot_seconds()
        return boot_seconds() - self._refusing_since < _HASTE_SECONDS

    def _refuse(self, reason: str) -> None:
        """Publish a refusal that is not the rules' but this node's own; it looks again after a growing pause."""
        self._publish(Refuse(1, reason, "correct what the message names; this node looks again by itself"))
        self._failures += 1
        self._rest(min(_LONGEST_REST_SECONDS, _LOOK_AGAIN_SECONDS * 1.5**self._failures))

    def _rest(self, seconds: float) -> None:
        self._waiting.until(lambda: False, seconds)

    def _prepare(self, decision: Join | Bootstrap) -> str:
        """Write and check what the server will be started with; a sentence where that cannot be."""
        if isinstance(decision, Bootstrap) and self._must_initialise and isinstance(self._accounts, str):
            return self._accounts
        if isinstance(decision, Bootstrap):
            return self._write_configuration((), bootstrap=True)
        return self._write_configuration(self._addresses(self._desk.gather(), decision.peers), bootstrap=False)

    def _configure(self) -> str:
        """See to it that there is a configuration, as the recovery of a position needs one."""
        if self._desk.run_directory.has_config(self._desk.volume.datadir):
            return ""
        return self._write_configuration((), bootstrap=True)  # as good as any: the recovery goes nowhere

    def _write_configuration(self, addresses: tuple[str, ...], *, bootstrap: bool) -> str:
        try:
            self._launcher.prepare(Peers(addresses, bootstrap))
        except (BadConfiguration, OSError, ValueError) as error:
            return str(error)
        return ""

    def _join(self) -> bool:
        """Join, if one more look around, now that every peer can read of it, still says that it is this node's turn.

        True when there is something new to look at: the server was started and is gone, or the volume was filled.
        """
        desk = self._desk
        decision = decide(desk.gather(self._agent.look()))
        self._publish(decision)
        if not isinstance(decision, Join):
            return False
        given_up = decision.discard or desk.facts.datadir is not Datadir.PRESENT
        if given_up and self._seeder is not None:
            outcome = self._seeder.seed(decision.lineage, discard=decision.discard)
            if not isinstance(outcome, NoDonor):
                return isinstance(outcome, Seeded)
        self._launcher.announce(Start(StartKind.JOIN, decision.lineage, None if given_up else desk.facts.position))
        self._watch(discard=decision.discard)
        return True

    def _bootstrap(self) -> bool:
        """Stand for election and start; False when the ballot burnt."""
        granted = stand(self._desk, self._agent)
        if isinstance(granted, Burnt):
            logger.warning("ballot burnt: %s", granted.reason)
            return False
        if self._must_initialise:
            problem = self._initialise()
            if problem:
                self._refuse(problem)
                return False
            granted = after_initialisation(granted)
        began = boot_seconds()
        forbidden = enter(self._desk, self._agent, granted, self._launcher.announce)
        if not forbidden and boot_seconds() - began > _LAST_LOOK_SECONDS:
            forbidden = "this process was paused between its last look and the start"
        if forbidden:
            logger.warning("ballot burnt: %s", forbidden)
            self._desk.change(phase=Phase.WAITING)
            return False
        self._watch(discard=False)
        return True

    @property
    def _must_initialise(self) -> bool:
        return self._desk.facts.datadir is not Datadir.PRESENT

    def _initialise(self) -> str:
        """Fill the empty volume; a sentence where that failed, and then nothing is left of it."""
        desk = self._desk
        if isinstance(self._accounts, str):
            return self._accounts
        desk.change(phase=Phase.INITIALISING)
        try:
            if desk.facts.datadir is Datadir.INCOMPLETE:
                desk.volume.clear()
            self._fill(self._accounts)
        except (InitialisationFailed, OSError) as error:
            desk.change(phase=Phase.WAITING)
            what = "the restore" if self._launcher.settings.restore_from else "the first initialisation"
            return f"{what} failed and was undone: {error}"
        desk.remember(completed(desk.record), datadir=Datadir.PRESENT)
        return ""

    def _fill(self, accounts: Accounts) -> None:
        settings, owner = self._launcher.settings, self._launcher.owner
        if settings.restore_from:
            from entrypoint.run.restoring import Restorer  # a node needs it once in its life, if ever

            Restorer(self._desk, self._waiting, settings, owner).restore(accounts)
        else:
            initialise(settings, accounts, self._desk.volume, self._waiting, owner)

    def _watch(self, *, discard: bool) -> None:
        """Start the announced server and watch it until it is gone."""
        process = self._launcher.start(discard=discard)
        watch = Watch(self._desk, self._waiting, process, self._launcher.settings)
        verdict = watch.run()
        if watch.was_synced:
            self._failures = 0
            if self._seeder is not None:
                self._seeder.forget()
        if isinstance(verdict, Stop):
            if verdict.refuse:
                self._refuse(verdict.reason)
        elif not watch.was_synced and not self._waiting.stop_requested:
            self._failures += 1
            rest = min(_LONGEST_REST_SECONDS, 0.5 * 2**self._failures)
            logger.warning(
                "the server was never Synced in %.1f s (its log is above); next try in %.1f s", watch.lasted, rest
            )
            observe(self._desk, self._server, self._configure)
            self._rest(rest)

    def _addresses(self, facts: Facts, first: tuple[str, ...]) -> tuple[str, ...]:
        """Where to knock: the members that answered first, then every other node that reports."""
        snapshot = self._desk.run_directory.snapshot()
        known = snapshot.addresses if snapshot else {}
        others = [name for name in facts.reports if name not in first and name != facts.me]
        return tuple(known[name] for name in (*first, *others) if name in known)
