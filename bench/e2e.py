"""`python -m bench.e2e`: what the end-to-end tests measure on a real Kubernetes, as a table.

It runs tests/e2e (or some of them) as often as it is told, collects the figures that they keep, and sets them beside
what the seed's way showed on the same Kubernetes: an ordered StatefulSet whose nodes bootstrap by the number of peers
in DNS, on MariaDB 11.8, with its settings (docs/benchmarks.md tells how that was measured).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bench.machine import processor
from bench.table import Figure, Side, Statistic, put_between_markers, render

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs/benchmarks.md"
MARKS = ("<!-- measured on Kubernetes: begin -->", "<!-- measured on Kubernetes: end -->")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: which figure of which test, and what it is held against."""

    what: str
    test: str  # how the name of the test begins
    key: str
    unit: str = "s"
    target: float | None = None
    seed: str = ""
    statistic: Statistic = Statistic.WORST


WRITER_EVENTS = (
    ("20 takeovers", "test_the_role_goes_back", ""),
    ("The writer's pod deleted", "test_a_deleted_writer", ""),
    ("Rolling change", "test_a_rolling_change", ""),
    ("The writer's machine drained", "test_a_writer_whose_machine_is_drained", ""),
    ("SIGKILL of the writer's mariadbd", "test_a_killed_writer_is", "15 s, then 3 s read-only"),
    ("SIGKILL of the writer's mariadbd without an API server", "test_a_killed_writer_while_the_api", ""),
    ("SIGSTOP of the writer's mariadbd", "test_a_paused_writer", ""),
    ("Power cut of the writer's machine", "test_a_writer_whose_machine_loses", ""),
    ("The writer cut off from its peers", "test_a_writer_that_is_cut_off_from_its_peers", ""),
)
"""What of the writer's events, which test plays it, and what the seed's way showed."""

ROWS = (
    Row("`helm install` to three Ready", "test_three_nodes_are", "ready_seconds", target=90, seed="89.5 to 102 s"),
    Row("Pod deleted: Ready again", "test_a_deleted_pod", "ready_seconds", target=20, seed="24.7 s"),
    Row("Pod deleted: longest gap of any client", "test_a_deleted_pod", "gap_seconds", target=1, seed="0.5 s"),
    Row("Pod deleted: failed requests of clients that were not connected to it", "test_a_deleted_pod",
        "strangers_failed", unit="", target=0, seed="0 to 2"),
    Row("Pod deleted: failed requests of the client that was", "test_a_deleted_pod", "own_failed", unit="", target=1),
    Row("Pod force-deleted: Ready again", "test_a_force_deleted_pod", "ready_seconds"),
    Row("Pod force-deleted: longest gap", "test_a_force_deleted_pod", "gap_seconds"),
    Row("SIGKILL of one mariadbd: Ready again", "test_a_killed_server", "ready_seconds", seed="42.7 s, by SST"),
    Row("SIGKILL of one mariadbd: longest gap", "test_a_killed_server", "gap_seconds", seed="7.1 s"),
    Row("SIGKILL of all mariadbd: writable again", "test_after_kill_9", "writable_seconds", target=20,
        seed="22.5 to 23.7 s, and each node with other data"),
    Row("All pods force-deleted: writable again", "test_all_pods_force_deleted", "writable_seconds", target=45),
    Row("All pods deleted: writable again", "test_all_pods_deleted", "writable_seconds", seed="never (2 of 2)"),
    Row("SIGKILL of the sidecar: Ready again", "test_a_killed_sidecar", "ready_seconds"),
    Row("SIGKILL of all mariadbd without an API server: writable again", "test_all_servers_killed_while_the_api",
        "writable_seconds"),
    Row("SIGKILL of all mariadbd without DNS: writable again", "test_all_servers_killed_while_dns", "writable_seconds"),
    Row("Power cut of a machine: longest gap", "test_a_power_cut", "gap_seconds", seed="10.05 s"),
    Row("Power cut of a machine: Ready after it boots", "test_a_power_cut", "ready_after_boot_seconds", seed="38 s"),
    Row("Rolling change of three nodes", "test_a_snippet_rolls", "seconds"),
    Row("Rolling change: longest gap", "test_a_snippet_rolls", "gap_seconds"),
    Row("Scaling 3, 5, 3, 1, 3: longest gap", "test_there_and_back", "gap_seconds"),
    *(
        Row(f"{what}, through {route}: longest gap of a client that writes", test, f"{route}_gap_seconds", seed=seed)
        for what, test, seed in WRITER_EVENTS
        for route in ("service", "proxy")
    ),
    *(
        Row(f"{what}, through {route}: failed statements of pools", test, f"{route}_pooled_failed", unit="")
        for what, test, _seed in WRITER_EVENTS
        for route in ("service", "proxy")
    ),
    *(
        Row(f"{what}, through {route}: failed long transactions", test, f"{route}_long_failed", unit="")
        for what, test, _seed in WRITER_EVENTS[:2]
        for route in ("service", "proxy")
    ),
    *(
        Row(f"{what}: two pods labelled primary and Ready", test, "two_primaries_seconds", target=0)
        for what, test, _seed in WRITER_EVENTS
    ),
    Row("Uninstalled, installed on the kept volumes: Ready", "test_an_uninstalled_release", "ready_seconds"),
    Row("Acknowledged rows lost, of all tests", "", "lost", unit="", target=0,
        seed="12 to 68 a member at each SIGKILL of all; all when pod 0's volume is lost"),
)  # fmt: skip


@click.command(help=__doc__)
@click.option("--runs", default=1, show_default=True, type=click.IntRange(1, 20), help="How often the tests are run.")
@click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md.")
@click.option(
    "--from", "kept", type=click.Path(path_type=Path), help="Figures kept by GALERA_KIT_FIGURES; run nothing."
)
@click.argument("arguments", nargs=-1)
def main(*, runs: int, write: bool, kept: Path | None, arguments: tuple[str, ...]) -> None:
    """Run, print, and perhaps write; ARGUMENTS go to pytest."""
    passed = True
    with tempfile.TemporaryDirectory() as folder:
        path = kept or Path(folder) / "figures"
        for _ in range(0 if kept else runs):
            passed &= _run_tests(path, arguments)
        figures = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    text = render(_conditions(), [figure for row in ROWS if (figure := _figure(row, figures))])
    click.echo(text)
    if write:
        DOCUMENT.write_text(put_between_markers(DOCUMENT.read_text(), text, MARKS))
    sys.exit(0 if passed else 1)


def _run_tests(path: Path, arguments: Sequence[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "--e2e", *(arguments or ("tests/e2e",))]
    environment = os.environ | {"GALERA_KIT_FIGURES": str(path)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def _figure(row: Row, figures: list[dict[str, object]]) -> Figure | None:
    """One row, of all values of its figure; None where nothing was measured."""
    found = [line[row.key] for line in figures if str(line["test"]).startswith(row.test) and row.key in line]
    values = tuple(float(str(value)) for value in found)
    kit = Side(values)
    return Figure(row.what, kit, Side(note=row.seed), row.unit, row.statistic, row.target) if values else None


def _conditions() -> dict[str, str]:
    version = json.loads(subprocess.run(["kubectl", "version", "-o", "json"], capture_output=True, check=True).stdout)
    return {"Machine": processor(), "Kubernetes": version["serverVersion"]["gitVersion"]}


if __name__ == "__main__":
    main()
