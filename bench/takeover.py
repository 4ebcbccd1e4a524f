"""`python -m bench.takeover`: takeovers of the writer role under writes, back and forth, on a local cluster.

Three clients insert a row every few milliseconds and one has a transaction of a second open most of the time, each
routed by GET /primary. The role goes round the three nodes by `galeractl takeover`. An *interruption* is the longest
time in which one of the three had no answer, from the order until all four clients have left the former writer. Ends by
itself, after some 5 s for each run.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click

from bench import machine
from bench.clients import Line
from bench.disasters import await_synced
from bench.kit import KitCluster, kit_cluster
from bench.routed import CREATE, RoutedClient, takes_writes
from bench.table import percentile, put_between_markers

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
MARKS = ("<!-- takeover: begin -->", "<!-- takeover: end -->")
WRITERS = 3
LONG_SECONDS = 1.0  # of the long transactions
DRAIN_SECONDS = 5.0  # five of them
SETTLE_SECONDS = 1.0  # between two takeovers, after all clients have moved
LEAVE_SECONDS = 15.0  # the drain, and time to connect
FIRST_SECONDS = 60.0  # until every client has written once
POLL_SECONDS = 0.005
TARGET_SECONDS = 0.3  # for the 99th percentile


@dataclass
class Takeovers:
    """What was measured, in seconds, one of each for each takeover."""

    interruptions: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)  # as the winners told them
    left: list[float] = field(default_factory=list)  # until the last client had left the former writer
    failures: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    refused: int = 0  # orders, because the target was not ready


@contextmanager
def working(cluster: KitCluster) -> Iterator[tuple[list[RoutedClient], RoutedClient]]:
    """The clients, the short ones and the long one, all of which have written."""
    accounts = {name: cluster.account(name) for name in cluster.names}
    line = Line(accounts[cluster.names[0]])
    line.run(CREATE)
    line.close()
    short = [RoutedClient(accounts, number) for number in range(WRITERS)]
    long = RoutedClient(accounts, WRITERS, LONG_SECONDS)
    everybody = [*short, long]
    for one in everybody:
        one.start()
    try:
        deadline = time.monotonic() + FIRST_SECONDS
        while not all(one.count for one in everybody):
            assert time.monotonic() < deadline, f"not every client has written within {FIRST_SECONDS:.0f} s"
            time.sleep(POLL_SECONDS)
        yield short, long
    finally:
        for one in everybody:
            one.stop()


def measure(cluster: KitCluster, runs: int) -> Takeovers:
    """Move the role so many times."""
    measured = Takeovers()
    with working(cluster) as (short, long):
        everybody = [*short, long]
        for number in range(2 * runs):  # some may be refused on a busy machine
            former = short[0].at
            target = next(name for name in (*cluster.names[number % 3 :], *cluster.names) if name != former)
            begun = time.monotonic()
            told = cluster.takeover(target, DRAIN_SECONDS)
            if not told or not told["changed"]:
                measured.refused += 1
                time.sleep(SETTLE_SECONDS)
                continue
            _wait_for_all(cluster, everybody, former)
            measured.left.append(time.monotonic() - begun)
            time.sleep(SETTLE_SECONDS)
            ended = time.monotonic()
            measured.interruptions.append(max(one.gap(begun, ended) for one in short))
            measured.gaps.append(told["gap"] or 0.0)
            where = target if short[0].at == target else f"{target} -> {short[0].at}"
            done = len(measured.interruptions)
            _tell(f"{done} of {runs}: {told['former']} -> {where}, {measured.interruptions[-1]:.3f} s")
            if done == runs:
                break
    line = Line(cluster.account(target))
    measured.failures = [sentence for one in everybody for sentence in one.failures]
    lost = sum(one.lost_answers(line) for one in everybody)
    measured.failures += ["a row is there, and its statement was not answered"] * lost
    line.close()
    measured.counts = {
        "short": sum(one.count for one in short),
        "long": long.count,
        "moves": sum(one.moves for one in everybody),
        "retried": sum(one.retried for one in everybody),
    }
    return measured


def _wait_for_all(cluster: KitCluster, everybody: list[RoutedClient], former: str) -> None:
    """Wait until all clients are connected to the new writer, or to whoever is it after that one on a busy machine."""
    deadline = time.monotonic() + LEAVE_SECONDS
    while len({one.at for one in everybody}) > 1 or everybody[0].at in ("", former):
        if time.monotonic() > deadline:
            at = ", ".join(one.at or "nowhere" for one in everybody)
            writers = ", ".join(name for name in cluster.names if takes_writes(cluster.address(name))) or "nobody"
            raise AssertionError(f"{former} was to be left, and the clients are at {at}; {writers} says yes now")
        time.sleep(POLL_SECONDS)


def render(where: dict[str, str], measured: Takeovers) -> str:
    """The table, as markdown."""

    def three(values: list[float]) -> str:
        return " | ".join(f"{one:.3f} s" for one in (percentile(values, 50), percentile(values, 99), max(values)))

    def verdict(is_met: bool) -> str:
        return "met" if is_met else "**missed**"

    met = verdict(percentile(measured.interruptions, 99) < TARGET_SECONDS)
    counts, failed = measured.counts, len(measured.failures)
    lines = [
        *(f"- {name}: {value}" for name, value in where.items()),
        "",
        f"| {len(measured.interruptions)} takeovers | p50 | p99 | worst |",
        "| --- | --- | --- | --- |",
        f"| Writes interrupted (target: p99 < {TARGET_SECONDS} s, {met}) | {three(measured.interruptions)} |",
        f"| Without a writer, as the winner knows it | {three(measured.gaps)} |",
        f"| Until the last client has left the former writer | {three(measured.left)} |",
        "",
        f"Failed: {failed} of {counts['short']} short and {counts['long']} long transactions (target: none,",
        f"{verdict(not failed)}). Connections that were closed and opened anew: {counts['moves']}, and",
        f"{counts['retried']} whose closing met a first statement on its way: nothing was begun, it was sent again.",
    ]
    if measured.refused:
        lines.append(f"Orders that were refused, and not counted: {measured.refused}.")
    return "\n".join(lines)


@click.command(help=__doc__)
@click.option("--runs", default=100, show_default=True, type=click.IntRange(1, 1000), help="How many takeovers.")
@click.option("--json", "as_data", is_flag=True, help="Print every single value as JSON.")
@click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md.")
def main(*, runs: int, as_data: bool, write: bool) -> None:
    """Measure, print, and perhaps write."""
    where = machine.conditions()
    with kit_cluster() as cluster:
        await_synced(cluster, cluster.first_start())
        where["Galera"] = machine.galera_version(cluster.account(cluster.names[0]))
        measured = measure(cluster, runs)
    for sentence in measured.failures[:20]:
        _tell(f"failed: {sentence}")
    text = render(where, measured)
    print(json.dumps({"conditions": where} | vars(measured), indent=2) if as_data else text)
    if write:
        DOCUMENT.write_text(put_between_markers(DOCUMENT.read_text(encoding="utf-8"), text, MARKS), encoding="utf-8")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
