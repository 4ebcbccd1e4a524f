"""Follows a starting server and state transfers by their progress; says what stands still, and ends it.

A joiner whose transfer stands still has nothing to lose: its server is ended and started anew, by its watch. A donor
serves clients, so only the programs of its transfer are ended; the script then tidies up, and the server is Synced
again. A recovery of the position is ended like a joiner. A server that was Synced once is never ended: it serves, or it
catches up.
"""

from __future__ import annotations

import logging
import subprocess
import threading

from entrypoint.adapters.activity import activity, find_script, kill, size_of_data
from entrypoint.adapters.children import descendants
from entrypoint.adapters.machine import boot_seconds
from entrypoint.core.pace import Pace, Sample, Script, awaits_donor, follow, progress_of, size_of_state, take, why_ended
from entrypoint.run.desk import Desk
from entrypoint.run.waiting import Waiting
from peerfinder.core.progress import Progress, Stage, complain, describe
from peerfinder.core.wsrep import WsrepState

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
TELL_SECONDS = 60.0  # between two lines of the log that say how far it is


class Follower:
    """The progress of one server process."""

    def __init__(self, desk: Desk, pid: int, address: str, limit: float) -> None:
        """`limit`: seconds that it may stand still, 0 for any; `address`: where donors find this node."""
        self._desk = desk
        self._pid = pid
        self._address = address
        self._limit = limit
        self._pace: Pace | None = None
        self._size = 0
        self._looked_at = 0.0
        self._told_at = 0.0
        self._told_stage: Stage | None = None
        self._complained = False
        self._is_ending = False
        self._has_arrived = False

    def look(self) -> str:
        """Look, at most once a second; gives the sentence why the server must be ended, '' mostly."""
        now = boot_seconds()
        if now - self._looked_at < LOOK_SECONDS:
            return ""
        self._looked_at = now
        script, sample = self._sample(now)
        if sample is None:
            self._forget()
            return ""
        former, self._pace = self._pace, follow(self._pace, sample)
        if former is None or former.last.source != sample.source:
            self._size, self._is_ending = 0, False
            if sample.stage is Stage.DONOR:
                threading.Thread(target=self._measure, daemon=True).start()
        facts = self._desk.gather()
        size = size_of_state(facts, self._address) if sample.stage is Stage.SST else self._size
        limit = 0.0 if self._has_arrived and sample.stage is not Stage.DONOR else self._limit
        progress = progress_of(self._pace, limit, size)
        self._desk.change(progress=progress)
        self._tell(progress, now)
        ended = why_ended(progress)
        if ended and script is not None and script.role == "donor":
            self._end_sending(script, ended)
            return ""
        return ended

    def _sample(self, now: float) -> tuple[Script | None, Sample | None]:
        status = self._desk.run_directory.server_status()
        if status and status.state is WsrepState.SYNCED:
            self._has_arrived = True
            return None, None
        server = activity(self._pid)
        if server is None:
            return None, None
        facts = self._desk.gather()
        committed = facts.reports[facts.me].server.committed
        script = find_script(descendants(self._pid))
        return script, take(now, status, server, script, committed, awaits=awaits_donor(facts, self._address))

    def _tell(self, progress: Progress, now: float) -> None:
        sentence = complain(progress)
        if sentence and not self._complained:
            logger.warning("stalled stage=%s: %s", progress.stage, sentence)
        elif self._complained and not sentence:
            logger.info("goes on stage=%s", progress.stage)
        self._complained = bool(sentence)
        if progress.stage is not self._told_stage or now - self._told_at > TELL_SECONDS:
            logger.info("progress %s", describe(progress) or progress.stage)
            self._told_at, self._told_stage = now, progress.stage

    def _end_sending(self, script: Script, reason: str) -> None:
        """End the programs of a transfer that is given; its shells see that, tidy up and end."""
        if not self._is_ending:
            logger.warning("ending the state transfer to %s: %s", script.peer or "the joiner", reason)
        self._is_ending = True
        kill(one.pid for one in script.programs)

    def _measure(self) -> None:
        """Add up the size of the data, beside the looks: a million of tables take seconds."""
        self._size = size_of_data(self._desk.volume.datadir)

    def _forget(self) -> None:
        self._complained = False
        if self._pace is not None:
            self._pace = self._told_stage = None
            self._desk.change(progress=None)


def wait_for_recovery(desk: Desk, waiting: Waiting, limit: float, process: subprocess.Popen[str]) -> int:
    """Wait for a recovery of the position as long as it gets on; gives its exit status."""
    follower = Follower(desk, process.pid, "", limit)

    def look() -> None:
        reason = follower.look()
        if reason:
            logger.error("ending the recovery of the position: %s", reason)
            process.kill()

    try:
        return waiting.wait(process, look)
    finally:
        desk.change(progress=None)
