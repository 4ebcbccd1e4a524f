"""Keeps `read_only` of the own server as the role wants it (--enforce-read-only).

The rules are in `core.read_only`; here are what they cannot have, the time and the server. Who wins the role has it set
OFF by the thread that has claimed, before anybody hears of the claim (`claims`), so that a takeover takes no longer;
everything else follows from the looks, beside them.

What was set is part of the node's report, so a sidecar that is started anew finds it in its last snapshot. Between the
order and the answer it is not known what holds; nor after an answer that did not come.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

from peerfinder.adapters import clock, mysql, read_only, run_directory
from peerfinder.core.read_only import Change, decide
from peerfinder.core.report import FRESH_SECONDS, NodeReport
from peerfinder.core.role import Role
from peerfinder.core.wsrep import ServerError, WriteAccess
from peerfinder.serve.settings import Settings

RETRY_SECONDS = 5.0  # after a change to ON that the server refused, or that a running statement held up

log = logging.getLogger("peerfinder")

Process = tuple[str, int]  # start id of the entrypoint and pid of its server

Switch = Callable[[bool], None]
"""Sets read_only and blocks until the server has answered; raises ServerError."""


def switch_by_sql(settings: Settings) -> Switch:
    """The real one: each call has a connection of its own."""

    def set_it(on: bool) -> None:
        socket = settings.run_dir / run_directory.SERVER_SOCKET
        login = settings.monitor_user, settings.monitor_password_file
        with closing(mysql.Server(socket, *login, mysql.STATUS_SECONDS)) as server:
            read_only.switch(server, on=on)

    return set_it


@dataclass(frozen=True)
class Known:
    """What was set, on which server, and when."""

    process: Process | None
    access: WriteAccess
    at: float = float("-inf")


class ReadOnly:
    """What this sidecar has made of read_only; `problem` says why it could not."""

    def __init__(self, switch: Switch, before: NodeReport | None, *, is_enforced: bool) -> None:
        """`before`: the last report of a sidecar before this one."""
        self._switch, self._is_enforced = switch, is_enforced
        self._untouched = WriteAccess.UNSURE if is_enforced else WriteAccess.FREE
        access = before.server.access if before else WriteAccess.FREE
        self._known = Known(_process(before), access if access is not WriteAccess.FREE else self._untouched)
        self._one_at_a_time = threading.Lock()  # a claim may meet a change that is on its way
        self._is_wanted_on = False  # a claim may come before a change to ON that is on its way
        self._task: asyncio.Task[None] | None = None
        self._on_again_at = 0.0
        self.problem = ""

    def told(self, mine: NodeReport | None, now: float) -> NodeReport | None:
        """Give the own report with what was set; what was read before that says nothing any more."""
        if mine is None:
            return None
        process, known = _process(mine), self._known
        if process != known.process:
            known = self._known = Known(process, self._untouched)
        elif known.access is WriteAccess.OPEN and not self._is_enforced:
            known = self._known = replace(known, access=WriteAccess.FREE)
        seen = mine.server.read_only
        if now - known.at <= FRESH_SECONDS and known.access is not WriteAccess.UNSURE:
            seen = known.access is WriteAccess.CLOSED
        return replace(mine, server=replace(mine.server, access=known.access, read_only=seen))

    def look(self, mine: NodeReport | None, role: Role, now: float, *, drains: bool, done: Callable[[], None]) -> None:
        """Begin what is to be done, and call `done` once it is; the report is one that `told` has given."""
        if mine is None or (self._task is not None and not self._task.done()):
            return
        decision = decide(mine, role, is_enforced=self._is_enforced, drains=drains)
        if isinstance(decision, Change) and not (decision.on and now < self._on_again_at):
            self._is_wanted_on = decision.on
            self._task = asyncio.create_task(self._change(decision, now, done))

    def open(self) -> None:
        """Set it OFF, because this node has just become the writer. Blocks: called in the thread that has claimed."""
        if not self._is_enforced:
            return
        self._is_wanted_on = False
        try:
            self._set(on=False, access=WriteAccess.OPEN)
        except ServerError as error:
            log.warning("read_only is not OFF yet, the next look sets it", extra={"facts": {"reason": str(error)}})

    async def _change(self, change: Change, now: float, done: Callable[[], None]) -> None:
        try:
            if not await asyncio.to_thread(self._set, on=change.on, access=change.access):
                return
        except ServerError as error:
            self.problem = f"read_only could not be set {_word(on=change.on)}, it is tried again: {error}"
            self._on_again_at = now + RETRY_SECONDS
            return
        self.problem = ""
        log.info(f"read_only is {_word(on=change.on)}", extra={"facts": {"reason": change.reason}})  # noqa: G004 - two words
        done()

    def _set(self, *, on: bool, access: WriteAccess) -> bool:
        """Set it, unless this node has become the writer in between; gives whether it was set."""
        with self._one_at_a_time:
            if on and not self._is_wanted_on:
                return False
            process = self._known.process
            self._known = Known(process, WriteAccess.UNSURE)
            self._switch(on)
            self._known = Known(process, access, clock.now())
            return True


def _word(*, on: bool) -> str:
    return "ON" if on else "OFF"


def _process(report: NodeReport | None) -> Process | None:
    return (report.facts.start_id, report.facts.server_pid) if report else None
