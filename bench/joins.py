"""`python -m bench.joins`: how long a node without data takes to be Synced, by a copy and by Galera's state transfer.

One cluster, under the writes of one client on another node: the last node loses power and its volume, and is started
again, by the two ways in turn; first with next to no data, then with more of them than any cache holds. Ends by itself,
after some five minutes.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from bench import machine
from bench.clients import Line, writing
from bench.disasters import CALM_SECONDS, await_synced
from bench.kit import KitCluster, kit_cluster
from bench.table import percentile, put_between_markers

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
MARKS = ("<!-- joins: begin -->", "<!-- joins: end -->")
WAYS = ("copy", "sst")
JOINER = "db-2"
BATCHES, ROWS, BYTES = 140, 10_000, 1000  # 1.4 GB that nothing can compress; RANDOM_BYTES gives 1024 at most
TARGETS = {("little", "copy"): 6.0, ("much", "copy"): 12.0}  # seconds
GAP_TARGET = 1.0


@dataclass(frozen=True, slots=True)
class Join:
    """One node without data that came back; seconds since its last program started."""

    size: str
    way: str
    synced: float
    gap: float  # the longest time in which the client had no answer
    transfer: str


def measure(cluster: KitCluster, runs: int) -> list[Join]:
    """Let the joiner lose its volume again and again."""
    found = []
    for size in ("little", "much"):
        if size == "much":
            _fill(cluster)
        for number in range(runs):
            for way in WAYS:
                found.append(_join(cluster, size, way, f"{size}_{way}_{number}"))
                _tell(f"{size} data, {way}: Synced after {found[-1].synced:.1f} s, gap {found[-1].gap:.2f} s")
    return found


def _join(cluster: KitCluster, size: str, way: str, table: str) -> Join:
    cluster.kill(JOINER)
    cluster.wipe(JOINER)
    cluster.environment = {"GALERA_STATE_TRANSFER": way}
    accounts = {name: cluster.account(name) for name in cluster.names if name != JOINER}
    said = len(cluster.log(JOINER))
    with writing(accounts, table) as writer:
        writer.write_on(CALM_SECONDS)
        begun = time.monotonic()
        back = await_synced(cluster, cluster.start(JOINER))
        writer.write_on(CALM_SECONDS)
        gap = writer.gap(begun, time.monotonic())
    log = cluster.log(JOINER)[said:]
    how = "copy and write sets" if " entrypoint INFO copied " in log else cluster.transfer(log)
    return Join(size, way, back.synced, gap, how)


def _fill(cluster: KitCluster) -> None:
    line = Line(cluster.account(cluster.names[0]))
    line.run("CREATE TABLE much (id INT PRIMARY KEY, content VARBINARY(1000) NOT NULL) ENGINE=InnoDB")
    for batch in range(BATCHES):
        first = batch * ROWS
        source = f"seq_{first}_to_{first + ROWS - 1}"
        line.run(f"INSERT INTO much SELECT seq, RANDOM_BYTES({BYTES}) FROM {source}")  # noqa: S608 - numbers only
    line.close()
    await_synced(cluster, time.monotonic())


def render(where: dict[str, str], found: list[Join]) -> str:
    """The table, as markdown."""
    lines = [
        *(f"- {name}: {value}" for name, value in where.items()),
        "",
        "| A node without data | Way | Synced after (median, worst) | Longest gap of the writer (worst) | Target |",
        "| --- | --- | --- | --- | --- |",
    ]
    names = {"little": "next to no data", "much": f"{BATCHES * ROWS * BYTES / 1e9:.1f} GB"}
    for size, name in names.items():
        for way in WAYS:
            joins = [one for one in found if (one.size, one.way) == (size, way)]
            times, gap = [one.synced for one in joins], max(one.gap for one in joins)
            ways = " and ".join(sorted({one.transfer for one in joins}))
            verdict = ""
            if target := TARGETS.get((size, way)):
                met = max(times) <= target and gap <= GAP_TARGET
                verdict = f"≤ {target:g} s, gap ≤ {GAP_TARGET:g} s: {'met' if met else '**missed**'}"
            middle = percentile(times, 50)
            lines.append(f"| {name} | {ways} | {middle:.1f} s, {max(times):.1f} s | {gap:.2f} s | {verdict} |")
    return "\n".join(lines)


@click.command(help=__doc__)
@click.option("--runs", default=3, show_default=True, type=click.IntRange(1, 50), help="Joins of each kind.")
@click.option("--json", "as_data", is_flag=True, help="Print every single value as JSON.")
@click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md.")
def main(*, runs: int, as_data: bool, write: bool) -> None:
    """Measure, print, and perhaps write."""
    where = machine.conditions()
    with kit_cluster() as cluster:
        await_synced(cluster, cluster.first_start())
        where["Galera"] = machine.galera_version(cluster.account(cluster.names[0]))
        found = measure(cluster, runs)
    text = render(where, found)
    print(json.dumps({"conditions": where, "joins": [asdict(one) for one in found]}, indent=2) if as_data else text)
    if write:
        DOCUMENT.write_text(put_between_markers(DOCUMENT.read_text(encoding="utf-8"), text, MARKS), encoding="utf-8")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
