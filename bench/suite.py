"""The order of the measurements: the same for both clusters, one cluster after the other.

What does not come back in time is a result, written down with its reason; the next run then gets a new cluster.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import disasters, machine, probes, process
from bench.disasters import Cluster, Late
from bench.kit import KitCluster
from bench.measured import Measured, Part
from bench.seed import ENVIRONMENT, SeedCluster
from galeractl.core.network import AGENT_PORT

FIRST_STARTS = 3  # each takes half a minute: SST by mariabackup has a fixed pause of ten seconds
PROCESS_RUNS = 300
REQUESTS_PER_SECOND, REQUEST_SECONDS = 50.0, 20.0
REST_SECONDS = 60.0
SETTLE_SECONDS = 5.0  # of doing nothing before something is measured at rest
COPY = "data.killed"  # the datadir of the seed's first node as the kill of all left it
RECREATED_SECONDS = 30.0  # for the seed's first pod to form a cluster, or to say why not

Tell = Callable[[str], None]


class Suite:
    """All chosen benchmarks on one side."""

    def __init__(self, parts: Sequence[Part], runs: int, tell: Tell) -> None:
        self._parts = parts
        self._runs = runs
        self._tell = tell
        self._tables = 0
        self.galera = ""  # the provider's version

    def measure_kit(self, directory: Path) -> Measured:
        """Galera Kit, by `galeractl local`."""
        measured = Measured()
        cluster = KitCluster(directory)
        try:
            starts = min(self._runs, FIRST_STARTS) if Part.FIRST_START in self._parts else 1
            for number in range(starts):
                cluster.remove()
                measured.first_start.append(disasters.await_synced(cluster, cluster.first_start()).synced)
                self._tell(f"kit: first start {number + 1} of {starts}: {measured.first_start[-1]:.1f} s")
            self.galera = machine.galera_version(cluster.account(cluster.names[0]))
            self._singles(cluster, measured)
            if Part.PROBES in self._parts:
                self._kit_probes(cluster, measured)
            if Part.REST in self._parts:
                self._rest(cluster, measured)
            for _run in range(self._runs if Part.KILL_ALL in self._parts else 0):
                came = self._kill_all(cluster, measured)
                measured.recreated.append("" if came else measured.failed[Part.KILL_ALL][-1])
                if not came:
                    cluster.remove()
                    disasters.await_synced(cluster, cluster.first_start())
        finally:
            cluster.remove()
        return measured

    def measure_seed(self, directory: Path) -> Measured:
        """The same server run the seed's way."""
        measured = Measured()
        cluster = SeedCluster(directory)
        try:
            self._seed_start(cluster, measured)
            self._singles(cluster, measured)
            if Part.PROBES in self._parts:
                socket = directory / cluster.names[0] / "sock"
                query = "show status where Variable_name = 'wsrep_ready' and Value = 'ON'"
                command = ["mariadb", "--no-defaults", f"--socket={socket}", "-uroot", "-e", query]
                measured.ready = probes.time_process(command, PROCESS_RUNS, ENVIRONMENT)
            for _run in range(self._runs if Part.KILL_ALL in self._parts else 0):
                cluster.remove()  # its nodes differ after the run before
                self._seed_start(cluster, measured)
                self._kill_all(cluster, measured, lambda: cluster.copy_data(cluster.names[0], COPY))
                cluster.kill(*cluster.names)
                measured.recreated.append(self._recreate(cluster))
                self._tell(f"seed: pods created anew: {measured.recreated[-1] or 'a cluster'}")
        finally:
            cluster.remove()
        return measured

    def _singles(self, cluster: Cluster, measured: Measured) -> None:
        for part, strike, results in (
            (Part.GRACEFUL, disasters.graceful_stop, measured.graceful),
            (Part.KILL_ONE, disasters.kill_one, measured.kill_one),
        ):
            for number in range(self._runs if part in self._parts else 0):
                one = strike(cluster, self._table())
                results.append(one)
                self._tell(
                    f"{cluster.side}: {part} {number + 1} of {self._runs}: gap {one.gap:.3f} s, "
                    f"back after {one.back:.1f} s ({one.transfer}), gap meanwhile {one.back_gap:.3f} s"
                )

    def _kill_all(self, cluster: Cluster, measured: Measured, between: Callable[[], None] = lambda: None) -> bool:
        try:
            result = disasters.kill_all(cluster, self._table(), between)
        except Late as late:
            measured.failed.setdefault(Part.KILL_ALL, []).append(str(late))
            self._tell(f"{cluster.side}: kill-all: {late}")
            return False
        measured.kill_all.append(result)
        self._tell(f"{cluster.side}: kill-all {len(measured.kill_all)} of {self._runs}: {result}")
        return True

    def _seed_start(self, cluster: SeedCluster, measured: Measured) -> None:
        """OrderedReady: each node is initialised and started when the one before it is Synced."""
        begun = time.monotonic()
        for index, name in enumerate(cluster.names):
            cluster.initialise(name)
            cluster.launch(name, cluster.names[: index + 1])
            disasters.await_synced(cluster, time.monotonic(), cluster.names[: index + 1])
        measured.first_start.append(time.monotonic() - begun)
        self._tell(f"seed: first start: {measured.first_start[-1]:.1f} s")

    def _recreate(self, cluster: SeedCluster) -> str:
        """Create all pods anew after the kill, in order: the first is alone in DNS. Says why that fails, or nothing."""
        first = cluster.names[0]
        said, begun = len(cluster.log(first)), time.monotonic()
        cluster.launch(first, (first,), COPY)
        while not cluster.has_ended(first):
            try:
                disasters.await_synced(cluster, time.monotonic(), (first,), 1.0)
            except Late:
                if time.monotonic() > begun + RECREATED_SECONDS:
                    return f"{first} is not Synced after {RECREATED_SECONDS:.0f} s"
            else:
                return ""
        errors = [row for row in cluster.log(first)[said:].splitlines() if "[ERROR] WSREP: " in row]
        why = errors[0].partition("[ERROR] WSREP: ")[2].split(". ")[0] if errors else "without a reason"
        return f"{first} exits, “{why}”, and the others are never created"

    def _kit_probes(self, cluster: KitCluster, measured: Measured) -> None:
        first, programs = cluster.names[0], Path(sys.executable).parent
        command = [str(programs / "peerfinder"), "ready", "--run-dir", str(cluster.run_directory(first))]
        measured.ready = probes.time_process(command, PROCESS_RUNS)
        measured.python = probes.time_process([sys.executable, "-c", "pass"], PROCESS_RUNS)
        address = cluster.account(first).host
        measured.readyz = probes.time_requests(address, AGENT_PORT, "/readyz", REQUESTS_PER_SECOND, REQUEST_SECONDS)
        self._tell("kit: probes timed")

    def _rest(self, cluster: KitCluster, measured: Measured) -> None:
        time.sleep(SETTLE_SECONDS)
        pids = {name: cluster.pids(name) for name in cluster.names}
        before = {name: {kind: process.usage(pid) for kind, pid in one.items()} for name, one in pids.items()}
        time.sleep(REST_SECONDS)
        for name, one in pids.items():
            agent, entrypoint = process.usage(one["peerfinder"]), process.usage(one["entrypoint"])
            measured.agent_memory.append(agent.rss_megabytes)
            measured.agent_cpu.append(process.cpu_percent(before[name]["peerfinder"], agent))
            measured.entrypoint_memory.append(entrypoint.rss_megabytes)
            measured.entrypoint_cpu.append(process.cpu_percent(before[name]["entrypoint"], entrypoint))
        self._tell(f"kit: at rest for {REST_SECONDS:.0f} s")

    def _table(self) -> str:
        self._tables += 1
        return f"bench_{self._tables}"
