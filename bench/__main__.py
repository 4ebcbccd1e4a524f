"""`python -m bench`: measures what the documentation claims, and writes it there.

Starts three nodes with `galeractl local`, then three servers the seed's way, all on loopback addresses, breaks both in
the same ways while a client writes, and removes everything. Takes about a quarter of an hour; leave the machine alone.
"""

from __future__ import annotations

import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import click

from bench import machine
from bench.kit import PARENT, interrupt
from bench.measured import Measured, Part, figures
from bench.suite import Suite
from bench.table import as_json, put_between_markers, render

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


@click.command(help=__doc__)
@click.option(
    "--only",
    "only",
    multiple=True,
    type=click.Choice([str(part) for part in Part]),
    help="Only this benchmark (repeatable).",
)
@click.option(
    "--runs", default=5, show_default=True, type=click.IntRange(1, 20), help="How often each disaster is played."
)
@click.option("--no-seed", is_flag=True, help="Leave out the comparison.")
@click.option("--json", "as_data", is_flag=True, help="Print every single value as JSON.")
@click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md; measures everything.")
def main(*, only: tuple[str, ...], runs: int, no_seed: bool, as_data: bool, write: bool) -> None:
    """Measure, print, and perhaps write."""
    if write and (only or no_seed):
        raise click.UsageError("--write needs the whole table: leave out --only and --no-seed")
    parts = tuple(Part(one) for one in only) or tuple(Part)
    signal.signal(signal.SIGTERM, interrupt)
    where = machine.conditions()
    directory = Path(tempfile.mkdtemp(prefix="galera-bench.", dir=PARENT))
    try:
        directory.chmod(0o755)  # mkdtemp makes it 0700
        suite = Suite(parts, runs, _tell)
        kit = suite.measure_kit(directory / "kit")
        seed = Measured() if no_seed else suite.measure_seed(directory / "seed")
    except KeyboardInterrupt:
        sys.exit(130)  # what a shell gives after Ctrl-C
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    where["Galera"] = suite.galera
    rows = figures(kit, seed, parts)
    print(json.dumps(as_json(where, rows), indent=2) if as_data else render(where, rows))
    if write:
        text = put_between_markers(DOCUMENT.read_text(encoding="utf-8"), render(where, rows))
        DOCUMENT.write_text(text, encoding="utf-8")


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
