"""The disasters of the demo, and what is measured of each.

The nodes that are hit are never the one that is written to, except when all are: then the client itself has to wait for
the first Primary.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

from galeractl.adapters import local_dir
from galeractl.adapters.local_dir import Place
from galeractl.adapters.server import Lost
from galeractl.adapters.terminal import Progress
from galeractl.core.diagnose import diagnose
from galeractl.core.programs import Kind
from galeractl.core.settings import ClusterSettings
from galeractl.core.sight import ClusterSight
from galeractl.core.topology import render_topology
from galeractl.core.transfer import describe_transfer
from galeractl.core.trouble import Trouble
from galeractl.local import accounts, creation, orders
from galeractl.local.accounts import Account
from galeractl.local.waiting import until, until_synced
from galeractl.local.writer import TABLE, Writer, open_server
from galeractl.operator.looking import look
from galeractl.operator.selection import selection

NODES = 3
START_SECONDS = 120.0
STOP_SECONDS = 30.0
SETTLE_SECONDS = 30.0  # for the client to write again
CALM_SECONDS = 1.0  # of writing between two disasters, so that there is something to lose


@dataclass(frozen=True, slots=True)
class Step:
    """One disaster, as measured; times in seconds."""

    what: str
    longest_write_gap: float
    first_primary: float | None  # since the start of the nodes, where none had been left
    all_synced: float  # since the start of the nodes that were hit
    transfers: dict[str, str]  # node: how it got the state it lacked
    acknowledged: int  # rows so far
    missing: int  # of them

    def __str__(self) -> str:
        """The line of the demo."""
        primary = f"first Primary after {self.first_primary:.1f} s, " if self.first_primary is not None else ""
        how = ", ".join(f"{name}: {transfer}" for name, transfer in self.transfers.items())
        lost = "none missing" if not self.missing else f"{self.missing} MISSING"
        return (
            f"{self.what}: {primary}all Synced after {self.all_synced:.1f} s ({how}); "
            f"longest write gap {self.longest_write_gap:.2f} s; {self.acknowledged} rows acknowledged, {lost}"
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the whole run proves."""

    steps: tuple[Step, ...]
    acknowledged: int
    present: int  # of the acknowledged ones
    unanswered: int  # writes whose answer was lost: they may be there or not
    checksums: dict[str, int | None]
    topology: str

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, and all nodes agree."""
        sums = set(self.checksums.values())
        return self.acknowledged == self.present and len(sums) == 1 and None not in sums

    def told(self) -> dict[str, object]:
        """The form of --json."""
        return {**asdict(self), "ok": self.holds}

    def __str__(self) -> str:
        """The last words of the demo."""
        equal = "all nodes hold the same table" if len(set(self.checksums.values())) == 1 else "the nodes DIFFER"
        lost = self.acknowledged - self.present
        return (
            f"{self.topology}\n"
            f"{self.acknowledged} rows acknowledged, {self.present} present: "
            f"{'nothing was lost' if not lost else f'{lost} LOST'}; {equal} (CHECKSUM TABLE); "
            f"writes that were never answered, and may be there or not: {self.unanswered}"
        )


@dataclass(slots=True)
class Stage:
    """What every disaster needs."""

    place: Place
    settings: ClusterSettings
    accounts: dict[str, Account]
    writer: Writer
    progress: Progress

    def victim(self) -> str:
        """The last node that is not written to."""
        return next(name for name in reversed(self.settings.names) if name != self.writer.node)


def play(place: Place, tell: Callable[[str], None]) -> Verdict:
    """Start the cluster, play all disasters, count."""
    stage = _set_up(place, tell)
    steps = []
    stage.writer.start()
    try:
        names = stage.settings.names
        one = stage.victim()
        stop = partial(_stop, stage, one)
        steps.append(_disaster(stage, f"{one} stopped and started again", (one,), stop))
        tell(str(steps[-1]))
        two = stage.victim()
        steps.append(_disaster(stage, f"power cut of {two}", (two,), partial(orders.cut_off, place, (two,))))
        tell(str(steps[-1]))
        steps.append(_disaster(stage, "power cut of all nodes", names, partial(orders.cut_off, place, names)))
        tell(str(steps[-1]))
    finally:
        stage.writer.stop()
    return _judge(stage, tuple(steps))


def _set_up(place: Place, tell: Callable[[str], None]) -> Stage:
    tell(f"starting {NODES} nodes in {place.root}")
    begun = time.monotonic()
    progress = Progress(quiet=selection().json)
    with local_dir.exclusive(creation.reachable(place, "")):
        settings = creation.create_or_open(place, NODES, (), "")
        settings = orders.start(place, settings, settings.names)
    until_synced(place, settings, settings.names, START_SECONDS, progress)
    tell(f"{NODES} nodes are Synced after {time.monotonic() - begun:.1f} s; a client begins to write")
    known = {name: accounts.application(place, settings, name) for name in settings.names}
    return Stage(place, settings, known, Writer(known), progress)


def _stop(stage: Stage, name: str) -> None:
    if orders.stop(stage.place, stage.settings, (name,), STOP_SECONDS):
        raise Trouble(f"{name} did not stop within {STOP_SECONDS:.0f} s", f"galeractl local logs {name}")


def _disaster(stage: Stage, what: str, names: tuple[str, ...], strike: Callable[[], object]) -> Step:
    """Strike, start again what was hit, wait until all is well, and measure."""
    _write_on(stage)
    logs = {name: stage.place.node(name).log(Kind.ENTRYPOINT) for name in names}
    begun = time.monotonic()
    strike()
    ends = {name: log.stat().st_size for name, log in logs.items()}
    if len(names) < NODES:
        _write_on(stage)  # the survivors must go on without it
    started = time.monotonic()
    first_primary: list[float] = []

    def notice(sight: ClusterSight) -> None:
        if sight.primaries and not first_primary:
            first_primary.append(time.monotonic() - started)

    with local_dir.exclusive(stage.place):
        orders.start(stage.place, stage.settings, names)
    until_synced(stage.place, stage.settings, stage.settings.names, START_SECONDS, stage.progress, notice)
    synced = time.monotonic() - started
    _write_on(stage)
    return Step(
        what=what,
        longest_write_gap=round(stage.writer.gap(begun, time.monotonic()), 3),
        first_primary=round(first_primary[0], 1) if len(names) == NODES else None,
        all_synced=round(synced, 1),
        transfers={name: describe_transfer(_since(logs[name].read_bytes(), ends[name])) for name in names},
        acknowledged=len(known := stage.writer.acknowledged),
        missing=len(known - _present(stage, names[0])),
    )


def _write_on(stage: Stage) -> None:
    """Let the client write for a moment."""
    calm = time.monotonic() + CALM_SECONDS
    until(lambda: stage.writer.has_written_since(calm), SETTLE_SECONDS, "an acknowledged write")


def _since(log: bytes, offset: int) -> str:
    return log[offset:].decode(errors="replace")


def _present(stage: Stage, name: str) -> frozenset[int]:
    """The rows that a node has, everything applied that was acknowledged before."""
    try:
        server = open_server(stage.accounts[name])
        server.run("SET SESSION wsrep_sync_wait = 1")
        rows = server.run(f"SELECT id FROM {TABLE}")  # noqa: S608 - a constant
        server.close()
    except Lost as lost:
        raise Trouble(f"{name} cannot be read: {lost}", f"galeractl local logs {name}") from None
    return frozenset(int(row[0]) for row in rows)


def _checksum(stage: Stage, name: str) -> int | None:
    try:
        server = open_server(stage.accounts[name])
        server.run("SET SESSION wsrep_sync_wait = 1")
        server.run(f"SELECT COUNT(*) FROM {TABLE}")  # noqa: S608 - waits until all is applied, as CHECKSUM does not
        ((_table, value),) = server.run(f"CHECKSUM TABLE {TABLE}")
        server.close()
    except Lost as lost:
        raise Trouble(f"{name} cannot be read: {lost}", f"galeractl local logs {name}") from None
    return None if value is None else int(value)


def _judge(stage: Stage, steps: tuple[Step, ...]) -> Verdict:
    acknowledged = stage.writer.acknowledged
    lost = set[int]().union(*(acknowledged - _present(stage, name) for name in stage.settings.names))
    return Verdict(
        steps=steps,
        acknowledged=len(acknowledged),
        present=len(acknowledged) - len(lost),
        unanswered=stage.writer.unanswered,
        checksums={name: _checksum(stage, name) for name in stage.settings.names},
        topology=render_topology(diagnose(look(stage.place, stage.settings))),
    )
