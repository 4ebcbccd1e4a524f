"""While the server runs: follow its views, stop it when told or when the rules say so, note how it left.

A serving node is given all the time it needs to stop; one that only joins, or that lost its Primary, has
nothing to finish and is ended after a few seconds (Galera sits in such states for half a minute).
"""

from __future__ import annotations

import logging
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace

from entrypoint.adapters.children import end_leftovers
from entrypoint.adapters.machine import boot_seconds
from entrypoint.adapters.server import signal_server
from entrypoint.core.aftermath import left
from entrypoint.core.following import VOTED_AGAINST, has_lost_primary, is_left_alone
from entrypoint.core.leaving import must_stay
from entrypoint.core.pace import Stalled
from entrypoint.core.settings import Settings
from entrypoint.core.vigil import Stop, must_stop
from entrypoint.run.desk import Desk
from entrypoint.run.observing import fold_views
from entrypoint.run.progressing import Follower
from entrypoint.run.waiting import Waiting
from peerfinder.core.position import ZERO_UUID
from peerfinder.core.report import Phase

logger = logging.getLogger(__name__)

UNSURE_SECONDS = 2.0
"""A server that was never Synced may say non-Primary for so long before that counts as a loss."""

IMPATIENT_SECONDS = 6.0
"""How long a node that serves nobody may take to stop: a whole SIGTERM must fit into ten seconds."""


class Watch:
    """The watch over one server process, from its start to its end."""

    def __init__(self, desk: Desk, waiting: Waiting, process: subprocess.Popen[str], settings: Settings) -> None:
        """`process` was just started."""
        self._drain_seconds = settings.drain
        self._follower = Follower(desk, process.pid, settings.address, settings.stall)
        self._desk = desk
        self._waiting = waiting
        self._process = process
        self._was_synced = False
        self._synced_now = False
        self._primary_now = False
        self._non_primary_since = 0.0
        self._started_at = boot_seconds()
        self._said = ""

    def run(self) -> Stop | Stalled | None:
        """Watch until the server is gone; gives what stopped it, None if nothing did."""
        self._waiting.keep(self._process.pid)
        verdict: Stop | Stalled | None = None
        while self._process.poll() is None:
            self._follow(self._look)
            if self._waiting.stop_requested:
                self._drain()
                self._stop("the order to stop")
                break
            stalled = self._follower.look()
            verdict = self._judge() or (Stalled(stalled) if stalled else None)
            if verdict:
                if isinstance(verdict, Stop) and verdict.expelled:
                    self._follow(self._give_up_marked_data)
                self._stop(verdict.reason)
                break
            self._waiting.pause(0.5 if self._synced_now else 0.2)
        self._close()
        return verdict

    @property
    def lasted(self) -> float:
        """Seconds since the start."""
        return boot_seconds() - self._started_at

    @property
    def was_synced(self) -> bool:
        """Whether the server ever held the whole state."""
        return self._was_synced

    def _give_up_marked_data(self) -> None:
        """Galera zeroes the saved uuid of data that the group voted against: only a state transfer makes them good."""
        grastate = self._desk.volume.grastate()
        if grastate is None or grastate.position.uuid == ZERO_UUID:
            logger.error("the group voted against this node's data: they will be replaced by a state transfer")
            with self._desk.lock:
                self._desk.remember(replace(self._desk.record, incomplete=VOTED_AGAINST))

    def _follow(self, step: Callable[[], None]) -> None:
        """Take one step of the watch; a disk that refuses it must not cost the server its supervisor."""
        try:
            step()
            self._said = ""
        except OSError as error:
            if str(error) != self._said:
                logger.error("the node record cannot be kept up, which may cost time after a crash: %s", error)
            self._said = str(error)

    def _fold(self) -> None:
        fold_views(self._desk, self._desk.volume)

    def _look(self) -> None:
        self._fold()
        facts = self._desk.gather()
        report = facts.reports[facts.me]
        server = report.server
        self._synced_now = report.in_primary
        self._primary_now = server.is_primary
        if report.in_primary and not self._was_synced:
            logger.info("synced after=%.1fs uuid=%s seqno=%s", self.lasted, server.uuid, server.committed)
            self._was_synced = True
        alone = is_left_alone(facts, was_synced=self._was_synced)
        if not alone and not has_lost_primary(server, was_synced=self._was_synced):
            self._non_primary_since = 0.0
        elif not self._non_primary_since:
            self._non_primary_since = boot_seconds() + (0.0 if self._was_synced else UNSURE_SECONDS)
            what = "the Primary that it joins does not answer any more" if alone else "no longer in a Primary component"
            logger.warning("%s (%s)", what, server.cluster_status or server.state)

    def _judge(self) -> Stop | None:
        lost_for = boot_seconds() - self._non_primary_since if self._non_primary_since else 0.0
        return must_stop(self._desk.gather(), lost_for)

    def _drain(self) -> None:
        """Serve on, saying that this node stops, until clients and nodes that stop first have gone."""
        began, said = boot_seconds(), ""
        self._desk.change(phase=Phase.STOPPING, decision=None)  # that of the start says nothing of the end
        while self._process.poll() is None:
            why = must_stay(self._desk.gather(), boot_seconds() - began, self._drain_seconds)
            if not why:
                return
            if why != said:
                logger.info("told to stop: %s", why)
            said = why
            self._follow(self._look)
            self._waiting.pause(0.2)

    def _stop(self, reason: str) -> None:
        logger.info("stopping the server: %s", reason)
        serving = self._primary_now
        self._desk.change(phase=Phase.STOPPING, decision=None)  # that of the start says nothing of the end
        signal_server(self._process, signal.SIGTERM)
        deadline = boot_seconds() + IMPATIENT_SECONDS
        while self._process.poll() is None:
            self._follow(self._fold)
            if not serving and boot_seconds() > deadline:
                logger.warning("the server served nobody and did not stop in %.0f s: ending it", IMPATIENT_SECONDS)
                signal_server(self._process, signal.SIGKILL)
            self._waiting.pause(0.05)

    def _close(self) -> None:
        status = self._process.wait()
        self._waiting.forget(self._process.pid)
        cleanly = status == 0 and self._desk.facts.phase is Phase.STOPPING
        logger.info("the server ended status=%s after=%.1fs", status, self.lasted)
        leftovers = end_leftovers()
        if leftovers:
            logger.info("ended %d processes that the server left behind", len(leftovers))
        self._follow(self._desk.run_directory.clear_server_files)
        self._desk.change(phase=Phase.OBSERVING, server_pid=0, decision=None, progress=None)
        self._follow(lambda: self._desk.remember(left(self._desk.record, cleanly=cleanly, primary=self._primary_now)))
