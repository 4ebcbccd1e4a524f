"""The loop of the sidecar: look at everything, judge, publish, and again.

One look = DNS, the own node, the peers and the memory side by side, each given a little time (see `latest`); then
one pure judgement of what came home; then the memory is brought up to date if that is this node's task. All that
others get (cluster.json, the HTTP API, metrics) is made from the snapshot of the last look, never from a source; what
it sets in motion is in `serve.effects`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import replace
from pathlib import Path

from peerfinder.adapters import clock, run_directory
from peerfinder.adapters.peer_http import Agents
from peerfinder.core.bookkeeping import expected
from peerfinder.core.heartbeat import aged
from peerfinder.core.judgement import Gathered, fresh_reports, judge
from peerfinder.core.naming import learn
from peerfinder.core.policy import Policy
from peerfinder.core.role import WriterView
from peerfinder.core.routing import holds_role
from peerfinder.core.settle import BUSY_PERIOD, is_settled, period
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.takeover import RoleNotice
from peerfinder.serve.candidate import Candidate
from peerfinder.serve.claims import OwnServer
from peerfinder.serve.copier import Copier
from peerfinder.serve.directory import Directory
from peerfinder.serve.effects import Effects
from peerfinder.serve.keeper import Keeper
from peerfinder.serve.outside import Outside
from peerfinder.serve.own import OwnNode
from peerfinder.serve.peers import Peers
from peerfinder.serve.published import Published
from peerfinder.serve.read_only import ReadOnly, switch_by_sql
from peerfinder.serve.scale import Scale
from peerfinder.serve.settings import Settings
from peerfinder.serve.steering import Steerer, write_by_sql
from peerfinder.serve.stepping import Stepper, desync_by_sql
from peerfinder.serve.token import NoToken, Token
from peerfinder.serve.troubles import Troubles
from peerfinder.serve.turns import Turns

PATIENCE = 0.25  # seconds that an ordinary look waits for a slow source
FULL_PATIENCE = 1.0  # seconds of a look that was asked for: as long as a peer may take for its report

log = logging.getLogger("peerfinder")


class Watch:
    """Everything this sidecar knows, and how it came to know it."""

    def __init__(self, settings: Settings, token: Token, agents: Agents, outside: Outside, boot_id: str) -> None:
        self.settings, self.token, self._boot_id = settings, token, boot_id
        before = run_directory.read_cluster(settings.run_dir)
        if before is not None and before.me != settings.name:
            before = None
        self._troubles = Troubles()
        self.effects = Effects(settings, agents, lambda: token.current, outside, before, self._troubles)
        self._names = dict(before.names) if before else {}
        self.directory = Directory(settings)
        self.directory.known.update(before.addresses if before else {})
        self.own = OwnNode(settings, boot_id)
        if before is not None:
            self.own.resume(before)
        self.peers = Peers(agents, lambda: token.current, clock.now)
        self.keeper = Keeper(outside.memory, settings.name, before.memory if before else None)
        self.scale = Scale(outside.ask_scale, settings.replicas_file)
        policy = Policy(
            settings.writer_mode, donor_ready=settings.donor_ready, preferences=dict(settings.writer_preference)
        )
        own = before.own_report if before and before.boot_id == boot_id else None
        self.read_only = ReadOnly(switch_by_sql(settings), own, is_enforced=settings.enforce_read_only)
        self.table = OwnServer(settings, self.read_only.open)
        self.candidate = Candidate(settings.name, policy, self.table)
        self.stepper = Stepper(settings.stuck_seconds, desync_by_sql(settings), own)
        self.copier = Copier(settings, self.look, lambda: self.stepper.problem, self.effects.announce, self.wake)
        self.steerer = Steerer(settings, write_by_sql(settings))
        self.turns = Turns(self.table.history)
        self.look_seconds = 0.0
        self._one_at_a_time = asyncio.Lock()
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """Have a look taken at once."""
        self._awake.set()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            started = clock.now()
            pause = BUSY_PERIOD
            try:
                snapshot = await self.look()
                if not self.peers.missed_lately(snapshot.reports):
                    pause = period(snapshot, started - self.effects.changed_at)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next look may go well; the probes see the age
                place = _place(error)
                self._troubles.say("look", f"a look failed at {place}: {type(error).__name__}: {error}", logging.ERROR)
            else:
                self._troubles.say("look", "")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.05, pause - (clock.now() - started))):
                    await self._awake.wait()
            self._awake.clear()

    def hear(self, notice: RoleNotice) -> None:
        """Take note of what another agent tells, show it at once, and look for oneself."""
        if notice.row is not None:
            self.candidate.hear(notice.row)
            self.effects.drainer.expect(notice.row.epoch, notice.drain)
            self.renew_role()
        self._awake.set()

    def renew_role(self) -> None:
        """Show the role as it is since the last look; nothing else of that look changes."""
        snapshot = self.effects.snapshot
        if snapshot is None:
            return
        self._follow(self._with_role(snapshot, self.candidate.view(snapshot, self.own.writer)), clock.now())

    async def look(self, *, full: bool = False) -> ClusterSnapshot:
        """Look once; `full` asks everything anew and waits for it (for a candidate that is about to start)."""
        async with self._one_at_a_time:
            began, now = time.perf_counter(), clock.now()
            patience = FULL_PATIENCE if full else PATIENCE
            last = self.effects.snapshot
            settled = not full and last is not None and is_settled(last, now - self.effects.changed_at)
            self._refresh_token()
            known = self._targets(last)
            await asyncio.gather(
                self.directory.refresh(now, patience, settled=settled),
                self.own.refresh(now, patience, self._names),
                self.keeper.refresh(now, patience, anew=full),
                self.scale.refresh(now, patience, settled=settled, anew=full),
                self.peers.refresh(known, patience, anew=full),
            )
            for source, problem in self.scale.problems.items():
                self._troubles.say(f"replicas by {source}", problem)
            if (found := self._targets(last)) != known:
                await self.peers.refresh(found, patience)
            others = tuple(fresh_reports(self.settings.name, None, self.peers.answers, now).values())
            mine = self.copier.show(self.own.report, now)
            mine = self.stepper.look(mine, others, now, holds_role=holds_role(last))
            self.own.report = self.read_only.told(mine, now)
            self._troubles.say("appliers", self.stepper.problem)
            self.own.count_readiness(others, now)
            self._troubles.say("settings", self.own.steering_problem)
            snapshot = replace(self._judge(now), steering=self.own.steering)
            writer = await self.candidate.settle(snapshot, self.own.writer, patience)
            snapshot = self._with_role(snapshot, writer)
            self._follow(snapshot, now)
            self.stepper.act()
            fresh = {name: report for name, report in snapshot.reports.items() if report.is_fresh}
            written = await self.keeper.write_what_is_due(fresh, snapshot.expected, now, patience)
            if written is not None:
                log.info("memory written", extra={"facts": {"version": written.version, "ballot": written.ballot}})
            self.look_seconds = time.perf_counter() - began
            return snapshot

    @property
    def published(self) -> Published | None:
        """The last snapshot, in the forms in which it leaves the sidecar."""
        return self.effects.published

    def _follow(self, snapshot: ClusterSnapshot, now: float) -> None:
        self._troubles.say("writer", self.candidate.problem)
        self.effects.follow(snapshot, self.candidate.won, now)
        drains = self.effects.drainer.has_writers
        self.read_only.look(snapshot.own_report, snapshot.writer.role, now, drains=drains, done=self.renew_role)
        self._troubles.say("read_only", self.read_only.problem)

    def _with_role(self, snapshot: ClusterSnapshot, writer: WriterView) -> ClusterSnapshot:
        """Give the same with the role as it is now, and with what came of it on the own server."""
        mine = self.read_only.told(snapshot.own_report, clock.now())
        reports = {**snapshot.reports, snapshot.me: mine} if mine else snapshot.reports
        return replace(snapshot, writer=writer, reports=reports)

    def _targets(self, last: ClusterSnapshot | None) -> dict[str, str]:
        """Whom to ask: everybody DNS shows, and every expected node whose address was ever known."""
        names = {*self.directory.addresses, *((last.expected or ()) if last else ())} - {self.settings.name}
        return {name: self.directory.known[name] for name in names if name in self.directory.known}

    def _judge(self, began: float) -> ClusterSnapshot:
        me, now = self.settings.name, clock.now()
        own = aged(self.own.report, now - began) if self.own.report else None
        reports = fresh_reports(me, own, self.peers.answers, now)
        self._names = learn(self._names, reports.values(), self.own.rows, me)
        memory = self.keeper.weigh(reports)
        return judge(
            Gathered(
                me=me,
                now=now,
                boot_id=self._boot_id,
                own=own,
                own_problem=self.own.problem,
                peers=self.peers.answers,
                addresses=self.directory.addresses,
                dns=self.directory.problem,
                expected=expected(me, self.scale.by_api, self.scale.otherwise, memory.memory),
                memory=memory,
                names=self._names,
                applied=self.own.applied,
                donor_ready=self.settings.donor_ready,
            )
        )

    def _refresh_token(self) -> None:
        try:
            self.token.refresh()
        except NoToken as error:
            self._troubles.say("token", f"{error}; the last good one stays in use")
        else:
            self._troubles.say("token", "")


def _place(error: BaseException) -> str:
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return f"{Path(step.tb_frame.f_code.co_filename).name}:{step.tb_lineno}" if step else "an unknown place"
