"""This node's step out of flow control, when its appliers are stuck, a person works on it or it is copied, and back in.

The rules are in `core.wedge`; here is what they cannot have, the time and the server. The group lets go of the node at
once, but `SET GLOBAL wsrep_desync=ON` answers only when the appliers have come to its place in the history: that is,
when they move again. So it is asked for in a thread that waits as long as it takes. It is reset only when SQL shows it:
else the reset would come before it.

That this node has stepped out is part of its report, so a sidecar that was started anew finds it in its last snapshot,
and a desync that a person set is never mistaken for one of its own. So the snapshot comes first: `look` says that it
has stepped out, `act`, once that is written, does it. A sidecar that is killed in between has told of a desync that
never came, and the next one takes back nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from peerfinder.adapters import flow_control, mysql, run_directory
from peerfinder.core.report import FRESH_SECONDS, NodeReport
from peerfinder.core.wedge import Go, Standstill, StayIn, Step, StepIn, StepOut, decide, observe
from peerfinder.core.wsrep import ServerError
from peerfinder.serve.settings import Settings

RETRY_SECONDS = 5.0  # after a desync that the server refused

log = logging.getLogger("peerfinder")

Desync = Callable[[bool], None]
"""Sets wsrep_desync and blocks until the server has answered; raises ServerError."""


def desync_by_sql(settings: Settings) -> Desync:
    """The real one: each call has a connection of its own."""

    def connect(seconds: int) -> mysql.Server:
        socket = settings.run_dir / run_directory.SERVER_SOCKET
        return mysql.Server(socket, settings.monitor_user, settings.monitor_password_file, seconds)

    def set_it(on: bool) -> None:
        (flow_control.step_out if on else flow_control.step_in)(connect)

    return set_it


class Stepper:
    """What this node does about its appliers; `problem` says why it could not be done."""

    def __init__(self, stuck: float, desync: Desync, before: NodeReport | None) -> None:
        """`stuck`: seconds of standstill that are borne, 0 for any; `before`: the last report of a sidecar before."""
        self._stuck, self._desync = stuck, desync
        self._process = _process(before)
        self._is_out = before is not None and before.server.stepped_out
        self._was_stuck = before is not None and bool(before.server.stuck)
        self._standstill: Standstill | None = None
        self._sets_on = False
        self._setting: asyncio.Future[None] | None = None
        self._is_due = False  # what was decided waits for `act`
        self._answered_at = 0.0  # when the server last set it
        self._retry_at = 0.0
        self.problem = ""

    def look(
        self, mine: NodeReport | None, others: tuple[NodeReport, ...], now: float, *, holds_role: bool = False
    ) -> NodeReport | None:
        """Give the own report with what is known of its appliers, having decided what `act` is to do."""
        if mine is None:
            return None
        if _process(mine) != self._process:
            self._process, self._is_out, self._standstill, self._setting = _process(mine), False, None, None
            self._was_stuck = self._is_due = False
        self._take_answer(now)
        self._standstill = observe(self._standstill, mine, others, now)
        step = decide(
            self._standstill, mine, others, now,
            stuck=self._stuck, is_out=self._is_out, was_stuck=self._was_stuck, holds_role=holds_role,
        )  # fmt: skip
        self._decide(step, mine, now)
        reason = step.reason if isinstance(step, StayIn) or (isinstance(step, StepOut) and step.is_stuck) else ""
        self._was_stuck = bool(reason)
        return replace(mine, server=replace(mine.server, stuck=reason, stepped_out=self._is_out))

    def act(self) -> None:
        """Begin what the last look decided, now that its report is written."""
        if self._is_due and self._setting is None:
            self._setting = asyncio.ensure_future(asyncio.to_thread(self._desync, self._sets_on))
            self._setting.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may be forgotten
        self._is_due = False

    def _decide(self, step: Step, mine: NodeReport, now: float) -> None:
        was_not_begun, self._is_due = self._is_due and self._sets_on, False  # the look before did not come to its end
        match step:
            case Go() | StayIn():
                return
            case StepOut(reason, is_stuck):
                # Stuck appliers answer late, so a desync that is not there yet says nothing; else it was taken back.
                is_lost = not is_stuck and not mine.server.desynced and now - self._answered_at > FRESH_SECONDS
                is_new = not self._is_out or is_lost or was_not_begun
                if is_new and self._setting is None and now >= self._retry_at:
                    level = logging.WARNING if is_stuck else logging.INFO
                    log.log(level, "stepping out of flow control", extra={"facts": {"reason": reason}})
                    self._is_out = self._is_due = self._sets_on = True
            case StepIn():
                if self._setting is not None or now < self._retry_at:
                    return
                if mine.server.desynced:
                    self._is_due, self._sets_on = True, False
                elif now - self._answered_at > FRESH_SECONDS:  # what SQL showed is newer than the last answer
                    log.info("stepped in again", extra={"facts": {"seqno": str(mine.server.committed)}})
                    self._is_out = False

    def _take_answer(self, now: float) -> None:
        if self._setting is None or not self._setting.done():
            return
        setting, self._setting = self._setting, None
        try:
            setting.result()
        except ServerError as error:
            self.problem = f"wsrep_desync could not be set: {error}"
            self._retry_at = now + RETRY_SECONDS
            self._is_out = self._is_out and not self._sets_on
        else:
            self.problem, self._answered_at = "", now


def _process(report: NodeReport | None) -> tuple[str, int] | None:
    return (report.facts.start_id, report.facts.server_pid) if report else None
