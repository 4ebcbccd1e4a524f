"""One run: start a copy, let clients write, play the schedule, heal, check. Acts."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from galeractl.local import orders
from tests.support.chaos.actor import Actor
from tests.support.chaos.checker import check
from tests.support.chaos.faults import Fault, Schedule, What
from tests.support.chaos.findings import Findings, Kind, Violation
from tests.support.chaos.ground import Ground, clients, final_of, keep, prepare
from tests.support.chaos.history import longest_gap, parse
from tests.support.chaos.sampler import Sampler
from tests.support.chaos.samples import are_synced, check_minority, check_samples, first_primary
from tests.support.chaos.telling import Recovery, Result, Span
from tests.support.cluster import LocalCluster

WHOLE_SECONDS = 120.0  # for all nodes to be Synced again: two state transfers, on two cores under load
PERSON_SECONDS = 20.0  # after which a person types the remedy, where a volume was lost or a node is withheld
REMEDIES = 5  # at most, one after the other
AT_ONCE_SECONDS = 0.5  # a Primary seen earlier has never been lost
CALM_SECONDS = 1.0  # of writing at the end
ALONE = (What.WIPE, What.WIPE_IN_CRASH, What.WITHHOLD, What.BREAK_TRANSFER)  # begin with a whole cluster
MAY_NEED_A_PERSON = (What.WIPE_IN_CRASH, What.WITHHOLD)
REMEDY = re.compile(r"galeractl (recover(?: --[a-z-]+ [\w-]+)+)")


class Run:
    """One schedule on one cluster."""

    def __init__(
        self, schedule: Schedule, cluster: LocalCluster, history: Path, environment: Mapping[str, str]
    ) -> None:
        self.environment = environment
        self.schedule, self.cluster, self.history = schedule, cluster, history
        self.begun = time.monotonic()
        self.timeline: list[str] = []
        self.actor = Actor(cluster, schedule, self.tell)
        self.sampler = Sampler(cluster.directory, self.actor.addresses)
        self.violations: list[Violation] = []
        self.recoveries: list[Recovery] = []
        self.spans: list[Span] = []
        self.gap = 0.0

    def tell(self, what: str) -> None:
        """A line of the timeline."""
        self.timeline.append(f"{time.monotonic() - self.begun:6.2f} s  {what}")

    def play(self) -> Findings:
        """Everything, from the first start to the verdict."""
        self.actor.start()
        self.sampler.start()
        try:
            if not self._wait(self.actor.names, time.monotonic(), WHOLE_SECONDS):
                return Findings((self._stuck("the first start", Kind.STUCK),))
            prepare(self.cluster)
            os.environ.update(self.environment)
            with clients(self.cluster, self.history, self.schedule.seed, multi=self.schedule.multi):
                self.worked = time.monotonic()
                for number, fault in self.schedule.numbered:
                    self._play(number, fault)
                self.actor.heal()
                self._until_whole(len(self.schedule.faults), time.monotonic(), persons=False)
                time.sleep(CALM_SECONDS)
            self.ended = time.monotonic()
            return self._judge()
        finally:
            self.sampler.stop()

    def _play(self, number: int, fault: Fault) -> None:
        if fault.what in ALONE:
            self._until_whole(number - 1, time.monotonic(), persons=False)
        time.sleep(fault.calm)
        before, struck = self._servers(), time.monotonic()
        hit = self.actor.play(fault)
        told = time.monotonic()
        if fault.what is What.WITHHOLD and fault.detail == "by the remedy":
            others = tuple(name for name in self.actor.names if name not in hit)
            self._until_whole(number, told, persons=True, names=others)
            self.actor.start(*hit)
            told = time.monotonic()
        if not fault.overlaps:
            self._until_whole(number, told, persons=fault.what in MAY_NEED_A_PERSON)
            restarted = self._servers() != before
            self.spans.append(Span(fault, len(hit), struck, told, time.monotonic(), restarted=restarted))

    def _servers(self) -> dict[str, int]:
        """The server process of each node, as far as one runs."""
        found = {name: orders.processes_of(self.actor.place, name) for name in self.actor.names}
        return {name: one[orders.SERVER].pid for name, one in found.items() if orders.SERVER in one}

    def _until_whole(self, number: int, since: float, *, persons: bool, names: tuple[str, ...] = ()) -> None:
        """Wait for all nodes; where that takes too long, type what they ask for."""
        wanted, typed = names or self.actor.names, 0
        while not self._wait(wanted, since, PERSON_SECONDS if persons else WHOLE_SECONDS):
            remedies = self._remedies()
            if not persons and not typed:
                kind = Kind.PERSON if remedies else Kind.STUCK
                self.violations.append(self._stuck(f"fault {number}", kind))
            if typed == REMEDIES or not (remedies or persons):
                break
            if not remedies and time.monotonic() - since > WHOLE_SECONDS:
                self.violations.append(self._stuck(f"fault {number}, nothing left to type", Kind.STUCK))
                break
            for remedy in remedies:
                self._type(remedy)
            typed += bool(remedies)
        whole = time.monotonic() - since
        first = first_primary(self.sampler.samples, since)
        self.tell(f"whole {whole:.1f} s after fault {number}, {typed} remedies")
        if number not in {one.number for one in self.recoveries}:
            self.recoveries.append(Recovery(number, whole, first if (first or 0) > AT_ONCE_SECONDS else None, typed))

    def _wait(self, names: tuple[str, ...], since: float, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if are_synced(self.sampler.latest, names, since):
                return True
            time.sleep(0.1)
        return False

    def _remedies(self) -> list[str]:
        told = self.cluster.status()
        nodes = [node for node in told.get("nodes", []) if node.get("role") in {"waiting", "refusing"}]
        found = [REMEDY.search(node.get("remedy") or "") for node in nodes]
        return list(dict.fromkeys(one[1].strip() for one in found if one))

    def _type(self, remedy: str) -> None:
        self.tell(f"a person types: galeractl {remedy}")
        said = self.cluster.galeractl(*remedy.split(), "--yes", expect=None)
        self.tell(f"  answer: {said}")
        if isinstance(said, dict) and said.get("error"):
            self.violations.append(Violation(Kind.REMEDY, f"{remedy}: {said['error']}"))

    def _stuck(self, what: str, kind: Kind) -> Violation:
        nodes = self.cluster.status().get("nodes", [])
        words = [f"{one['name']} {one['role']}: {one['reason']} [{one['remedy']}]" for one in nodes]
        return Violation(kind, f"{what}: {'; '.join(words)}")

    def _judge(self) -> Findings:
        history = parse(self.history.read_text(encoding="utf-8").splitlines())
        samples = self.sampler.samples
        uuid = samples[0].uuid if samples else ""
        since = self.ended - 2 * CALM_SECONDS
        latest = self.sampler.latest
        present = [name for name in self.actor.names if name in latest and latest[name].is_synced_since(since)]
        finals = [final_of(self.cluster, name) for name in present]  # where not all came back: what they say is lost is
        found = check(history, finals, self.actor.given_up)
        seen = (*check_samples(samples, uuid), *check_minority(history, samples))
        self.gap = longest_gap(history, self.worked, self.ended)
        self.spans = [replace(span, gap=longest_gap(history, span.struck - 0.2, span.whole)) for span in self.spans]
        return replace(found, violations=(*self.violations, *self.actor.violations, *found.violations, *seen))


def play(
    schedule: Schedule,
    ground: Ground,
    yard: Path,
    kept: Path,
    options: tuple[str, ...] = (),
    *,
    keep_all: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Result:
    """Play a schedule; what is worth keeping of a failure goes below `kept`.

    `options` are told, for who repeats it; `environment` is that of programs that are started after the first start.
    """
    history = yard / f"history-{schedule.seed}.jsonl"
    history.unlink(missing_ok=True)
    cluster = ground.cluster(schedule)
    run = Run(schedule, cluster, history, environment or {})
    try:
        findings = run.play()
    except Exception as error:  # noqa: BLE001 - whatever breaks a run is told with its seed
        findings = Findings((Violation(Kind.STUCK, f"the run broke: {type(error).__name__}: {error}"),))
    words, place = "", ""
    if findings.violations:
        words = cluster.words()
        ground.discard()
    if findings.violations or keep_all:
        place = str(kept / f"seed-{schedule.seed}")
        keep(cluster.directory, Path(place), history)
        (Path(place) / "timeline.txt").write_text("\n".join(run.timeline) + "\n")
        (Path(place) / "samples.txt").write_text("".join(f"{sample}\n" for sample in run.sampler.samples))
    history.unlink(missing_ok=True)
    return Result(
        schedule, findings, tuple(run.recoveries), time.monotonic() - run.begun, run.gap,
        tuple(run.timeline), words, place, options, tuple(run.spans),
    )  # fmt: skip
