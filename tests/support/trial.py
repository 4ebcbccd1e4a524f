"""A fault under writes: a client that never stops, an eye on every server, and the judgement at the end.

What every fault has in common is asked here, so that a test says only what is special about its own: every row that was
acknowledged is on every node, all nodes hold the same table and are in one history, at no moment were there two
Primaries, and the servers that had nothing to do with it are the processes they were.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.core.programs import Kind
from galeractl.local import orders
from galeractl.local.accounts import Account, application
from galeractl.local.launch import DATABASE
from galeractl.local.writer import TABLE, Writer
from tests.support.chaos.sampler import Sampler
from tests.support.chaos.samples import Sample, check_samples
from tests.support.cluster import LocalCluster, wait_for
from tests.support.figures import keep

ROWS = f"SET STATEMENT wsrep_sync_wait=1 FOR SELECT id FROM {DATABASE}.{TABLE}"
CLEAN = f"DROP TABLE IF EXISTS {DATABASE}.{TABLE}"
WRITES_SECONDS = 60.0  # until a client writes again; the tests name the bound that matters


@dataclass(frozen=True, slots=True)
class Pids:
    """The processes of one node; 0 for what does not run."""

    server: int
    entrypoint: int
    agent: int


class Trial:
    """One fault, while a client writes to the first of `through`, and to the next one when it fails."""

    def __init__(self, cluster: LocalCluster, through: tuple[str, ...]) -> None:
        self.cluster = cluster
        self.place = Place(cluster.directory)
        self.settings = local_dir.read_settings(self.place)
        accounts: dict[str, Account] = {name: application(self.place, self.settings, name) for name in through}
        cluster.node(through[0]).sql(CLEAN)
        self._writer = Writer(accounts)
        self._sampler = Sampler(cluster.directory, {one.name: one.address for one in self.settings.addresses})
        self.before = {name: self.pids(name) for name in self.settings.names}
        self.began = self.ended = 0.0

    def pids(self, name: str) -> Pids:
        """The processes of a node as they are now."""
        found = orders.processes_of(self.place, name)
        kinds = (orders.SERVER, Kind.ENTRYPOINT, Kind.AGENT)
        server, entrypoint, agent = (found[kind].pid if kind in found else 0 for kind in kinds)
        return Pids(server, entrypoint, agent)

    def latest(self, name: str) -> Sample | None:
        """What a node's server said last."""
        return self._sampler.latest.get(name)

    def samples(self, name: str) -> tuple[Sample, ...]:
        """Everything that a node's server said since the trial began."""
        return tuple(one for one in self._sampler.samples if one.node == name)

    def write_on(self, seconds: float) -> None:
        """Let the client write for so long, and until its first acknowledged row beyond."""
        until = time.monotonic() + seconds
        what = "a row that is acknowledged"
        wait_for(what, lambda: self._writer.has_written_since(until), seconds + WRITES_SECONDS, self.cluster.words)

    def has_written_since(self, moment: float) -> bool:
        """Whether a row was acknowledged after a moment of the monotonic clock."""
        return self._writer.has_written_since(moment)

    def wait_for_primary(self, name: str, *, status: str, seconds: float) -> float:
        """Wait until a node's server says `status`; gives the seconds that took."""
        began = time.monotonic()

        def says() -> bool:
            sample = self.latest(name)
            return sample is not None and sample.asked >= began and sample.status == status

        wait_for(f"{name} to say {status}", says, seconds, self.cluster.words)
        return time.monotonic() - began

    def gap(self, since: float | None = None) -> float:
        """The longest time without an acknowledged row, since a moment, or since the trial began."""
        return self._writer.gap(since or self.began, self.ended or time.monotonic())

    def start(self) -> None:
        """Begin to write and to look."""
        self._writer.start()
        self._sampler.start()
        self.began = time.monotonic()
        self.write_on(0.5)

    def stop(self) -> None:
        """End both."""
        self.ended = time.monotonic()
        self._writer.stop()
        self._sampler.stop()

    def judge(self, what: str, *, undisturbed: tuple[str, ...], gap: float, **figures: float) -> None:
        """The writes have ended: ask what must hold after every fault, and keep the figures of this one.

        `undisturbed`: whose server and entrypoint are the same processes as before; `gap`: the longest pause allowed.
        """
        names = [node.name for node in self.cluster.nodes]
        for name in names:
            there = {int(row[0]) for row in self.cluster.node(name).sql(ROWS)}
            lost = self._writer.acknowledged - there
            assert not lost, f"{name} lacks {len(lost)} acknowledged rows: {sorted(lost)[:5]} ..."
            assert len(there - self._writer.acknowledged) <= self._writer.unanswered, f"{name} has rows nobody wrote"
        tables = {str(self.cluster.node(name).sql(f"CHECKSUM TABLE {DATABASE}.{TABLE}, lab.t")) for name in names}
        assert len(tables) == 1
        uuids = self.cluster.uuids()
        assert len(uuids) == 1
        assert check_samples(self._sampler.samples, *uuids) == ()
        after = {name: self.pids(name) for name in undisturbed}
        assert after == {name: self.before[name] for name in undisturbed}
        longest = self.gap()
        told = {name: round(value, 2) for name, value in figures.items()}
        keep(what, gap_seconds=round(longest, 2), rows=len(self._writer.acknowledged), **told)
        assert longest <= gap


def timed(act: Callable[[], object]) -> float:
    """The seconds that something takes."""
    began = time.monotonic()
    act()
    return time.monotonic() - began


@contextmanager
def under_writes(cluster: LocalCluster, *through: str) -> Iterator[Trial]:
    """A trial that runs; on leaving, the client has ended. Whoever is written to is Synced at the start."""
    trial = Trial(cluster, through or tuple(node.name for node in cluster.nodes))
    trial.start()
    try:
        yield trial
    finally:
        trial.stop()
