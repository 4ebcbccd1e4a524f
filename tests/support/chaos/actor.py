"""Plays faults through the orders of `galeractl local`. Acts; what is played, the schedule decides."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from galeractl.adapters import local_dir, processes
from galeractl.adapters.local_dir import Place
from galeractl.core.programs import Kind as Program
from galeractl.core.programs import Programs
from galeractl.local import orders
from tests.support.chaos import machine
from tests.support.chaos.faults import OWN_CLOCK, Fault, How, Schedule, What, again, fraction, gaps, spoil, victims
from tests.support.chaos.findings import GivenUp, Kind, Violation
from tests.support.chaos.ground import writer_of
from tests.support.chaos.parting import Network
from tests.support.cluster import LocalCluster

STOP_SECONDS = 60.0
TRANSFER_SECONDS = 60.0  # until a state transfer begins
WHOLE_TRANSFER_SECONDS = 12.0  # what one takes with little data: ten of them are a fixed pause
UNSAFE_SECONDS = 10.0  # before a crash: what a node acknowledged since may be durable on its own volume only


class Actor:
    """Strikes, and lets the victims come back."""

    def __init__(self, cluster: LocalCluster, schedule: Schedule, tell: Callable[[str], None]) -> None:
        self.cluster = cluster
        self.place = Place(cluster.directory)
        self.settings = local_dir.read_settings(self.place)
        self.names = self.settings.names
        self.addresses = {node.name: node.address for node in self.settings.addresses}
        self.given_up: list[GivenUp] = []
        self.violations: list[Violation] = []
        self._tell = tell
        self.network = Network(self.place, self.settings, tell)
        self._clocks = machine.Clocks(cluster.directory) if schedule.kinds & OWN_CLOCK else None

    def play(self, fault: Fault) -> tuple[str, ...]:
        """One fault from its strike until its victims were told to come back; gives the victims."""
        hit = victims(fault, self.names, writer_of(self.addresses))
        self._tell(f"{fault.what} {', '.join(hit)}, {fault.how}{f' ({fault.detail})' if fault.detail else ''}")
        play = {
            What.KILL: self._kill,
            What.KILL_SERVER: self._kill_server,
            What.KILL_AGENT: self._kill_agent,
            What.PAUSE: self._pause,
            What.STOP: self._stop,
            What.WIPE: self._wipe,
            What.WIPE_IN_CRASH: self._wipe_in_crash,
            What.SPOIL: self._spoil,
            What.WITHHOLD: self._withhold,
            What.DNS: self._dns,
            What.BREAK_TRANSFER: self._break_transfer,
            What.PARTITION: self.network.part,
            What.FLAP: self.network.flap,
            What.FILL: self._fill,
            What.CLOCK: self._clock,
            What.STARVE: self._starve,
        }[fault.what]
        play(fault, hit)
        return hit

    def start(self, *names: str) -> None:
        """Start whatever does not run of the nodes, of all when none is named; waits for nothing."""
        wanted = names or self.names
        self._tell(f"start {', '.join(wanted)}")
        with local_dir.exclusive(self.place):
            if self._clocks is None:
                orders.start(self.place, self.settings, wanted)
                return
            for name in wanted:
                with _environment(self._clocks.environment(name)):
                    orders.start(self.place, self.settings, (name,))

    def heal(self) -> None:
        """End every fault that may still last."""
        self.cluster.dns("ok")
        self.network.mend()
        for name, programs in orders.look_at_programs(self.place, self.names).items():
            if programs is Programs.PAUSED:
                orders.resume(self.place, name)
        self.start()

    def _one_by_one(self, fault: Fault, hit: tuple[str, ...], strike: Callable[[tuple[str, ...]], object]) -> None:
        if fault.how is not How.STAGGERED:
            strike(hit)
            return
        for name, gap in zip(hit, gaps(fault, len(hit)), strict=True):
            time.sleep(gap)
            strike((name,))

    def _kill(self, fault: Fault, hit: tuple[str, ...]) -> None:
        self._one_by_one(fault, hit, self._cut_power)
        time.sleep(fault.hold)
        for pause in again(fault):
            self.start(*hit)
            time.sleep(pause)
            self._tell(f"kill {', '.join(hit)} again after {pause:g} s")
            self._cut_power(hit)
        self.start(*hit)

    def _cut_power(self, names: tuple[str, ...]) -> None:
        self.network.unplug(names)
        orders.cut_off(self.place, names)

    def _kill_server(self, fault: Fault, hit: tuple[str, ...]) -> None:
        def strike(names: tuple[str, ...]) -> None:
            for name in names:
                orders.kill_server(self.place, name, signal.SIGKILL)

        self._one_by_one(fault, hit, strike)
        for pause in again(fault):
            time.sleep(pause)
            strike(hit)

    def _kill_agent(self, fault: Fault, hit: tuple[str, ...]) -> None:
        for name in hit:
            agent = orders.processes_of(self.place, name).get(Program.AGENT)
            if agent:
                processes.send(agent, signal.SIGKILL)
        time.sleep(fault.hold)
        self.start(*hit)

    def _pause(self, fault: Fault, hit: tuple[str, ...]) -> None:
        for pause in (0.0, *again(fault)):
            time.sleep(pause)
            self._one_by_one(fault, hit, lambda names: [orders.pause(self.place, name) for name in names])
            time.sleep(fault.hold)
            for name in hit:
                orders.resume(self.place, name)

    def _stop(self, fault: Fault, hit: tuple[str, ...]) -> None:
        self._one_by_one(fault, hit, self._stop_now)
        time.sleep(fault.hold)
        self.start(*hit)

    def _stop_now(self, names: tuple[str, ...]) -> None:
        late = orders.stop(self.place, self.settings, names, STOP_SECONDS)
        if late:
            self.violations.append(Violation(Kind.STUCK, f"{', '.join(late)} did not stop within {STOP_SECONDS:g} s"))
            orders.cut_off(self.place, late)

    def _wipe(self, fault: Fault, hit: tuple[str, ...]) -> None:
        self._cut_power(hit)
        time.sleep(fault.hold)
        self._wipe_now(hit)
        self.start(*hit)

    def _wipe_now(self, names: tuple[str, ...]) -> None:
        with local_dir.exclusive(self.place):
            orders.wipe(self.place, names)

    def _wipe_in_crash(self, fault: Fault, hit: tuple[str, ...]) -> None:
        self._crash_giving_up(hit)
        self._wipe_now(hit)
        time.sleep(fault.hold)
        self.start()

    def _crash_giving_up(self, hit: tuple[str, ...]) -> None:
        begun = time.monotonic()
        self._cut_power(self.names)
        self.given_up += [GivenUp(name, begun - UNSAFE_SECONDS, time.monotonic()) for name in hit]

    def _spoil(self, fault: Fault, hit: tuple[str, ...]) -> None:
        rng = random.Random(fault.dice + 3)
        if rng.random() < 0.5:
            self._cut_power(hit)
        else:
            self._stop_now(hit)
        for name in hit:
            spoil_file(self.cluster.node(name).datadir / "grastate.dat", fault.detail)
        time.sleep(fault.hold)
        self.start(*hit)

    def _withhold(self, fault: Fault, hit: tuple[str, ...]) -> None:
        if fault.detail == "by the remedy":
            self._crash_giving_up(hit)
        else:
            self._cut_power(self.names)
        self.start(*(name for name in self.names if name not in hit))
        time.sleep(fault.hold)
        if fault.detail != "by the remedy":
            self.start(*hit)

    def _break_transfer(self, fault: Fault, hit: tuple[str, ...]) -> None:
        """Let a reader lose its volume, and kill it, or who fills it, in the middle of the transfer."""
        (joiner,) = hit
        self._wipe(fault, hit)
        node = self.cluster.node(joiner)
        stages = (node.volume / "copy", node.datadir / ".sst")
        deadline = time.monotonic() + TRANSFER_SECONDS

        def is_under_way() -> bool:
            return any(stage.exists() for stage in stages)

        while not is_under_way() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(fraction(fault) * WHOLE_TRANSFER_SECONDS)
        states = {node.name: node.status("wsrep_local_state_comment") for node in self.cluster.nodes}
        donor = next((name for name, state in states.items() if state.startswith("Donor")), "")
        victim = donor if fault.detail.startswith("donor") and donor else joiner
        self._tell(f"kill {victim} in the state transfer to {joiner} ({'under way' if is_under_way() else 'over'})")
        self._cut_power((victim,))
        self.start(victim)

    def _fill(self, fault: Fault, hit: tuple[str, ...]) -> None:
        machine.fill(self.cluster.node(hit[0]).volume, fault)

    def _starve(self, fault: Fault, _hit: tuple[str, ...]) -> None:
        machine.starve(fault.hold)

    def _clock(self, fault: Fault, hit: tuple[str, ...]) -> None:
        assert self._clocks is not None
        self._clocks.step(fault, hit)

    def _dns(self, fault: Fault, hit: tuple[str, ...]) -> None:
        self.cluster.dns(fault.detail)
        self._cut_power(hit)
        self.start(*hit)
        time.sleep(fault.hold)
        self.cluster.dns("ok")


@contextlib.contextmanager
def _environment(more: dict[str, str]) -> Iterator[None]:
    """What programs that are started now get to see."""
    before = {name: os.environ.get(name) for name in more}
    os.environ.update(more)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def spoil_file(path: Path, way: str) -> None:
    """Spoil a grastate.dat where it lies, its owner unchanged."""
    with contextlib.suppress(FileNotFoundError):
        left = spoil(path.read_text(errors="replace"), way)
        if left is None:
            path.unlink()
        else:
            path.write_bytes(left)
