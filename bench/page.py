"""`python -m bench.page`: how soon the status page is seen, how much it weighs, and what it looks like.

Three nodes of `galeractl local` on loopback addresses, a client that writes all the while, and the Chromium of this
machine, which has never seen the page before: each run opens it in a new profile. The first paint is the browser's own
figure (first-contentful-paint, from the navigation on).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bench import machine
from bench.clients import writing
from bench.kit import KitCluster, kit_cluster
from bench.picture import lean
from bench.process import cpu_percent, usage
from bench.table import Statistic, pick, put_between_markers
from tests.support.browser import PAINT, a_browser, looking
from tests.support.cluster import wait_for

DOCS = Path(__file__).parents[1] / "docs"
MARKS = "<!-- page: begin -->", "<!-- page: end -->"
START_SECONDS = 180.0
OPEN_SECONDS = 45.0  # so that its figures of the last minute show something
RUNS = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    values: tuple[float, ...]
    unit: str
    target: float | None = None  # at most; of the median

    def __str__(self) -> str:
        """Give it in markdown."""
        shown, digits = pick(self.values, Statistic.MEDIAN), 3 if self.unit == "s" else 1
        spread = f" (median of {len(self.values)}, {min(self.values):.{digits}f} to {max(self.values):.{digits}f})"
        word = "" if self.target is None else "met" if shown <= self.target else "**missed**"
        limit = "" if self.target is None else f"≤ {self.target:g} {self.unit}, {word}"
        return f"| {self.what} | {limit} | {shown:.{digits}f} {self.unit}{spread if len(self.values) > 1 else ''} |"


@click.command(help=__doc__)
@click.option("--runs", default=RUNS, show_default=True, type=click.IntRange(1, 100), help="How often it is opened.")
@click.option("--write", is_flag=True, help="Put the table into docs/benchmarks.md.")
@click.option("--picture", is_flag=True, help="Make docs/page.png anew.")
def main(*, runs: int, write: bool, picture: bool) -> None:
    """Measure, print, and perhaps write."""
    where = machine.conditions()
    with kit_cluster() as cluster:
        rows = _measure(cluster, runs, DOCS / "page.png" if picture else None)
    text = _table(where, rows)
    print(text)
    if write:
        document = DOCS / "benchmarks.md"
        document.write_text(put_between_markers(document.read_text(), text, MARKS))


def _measure(cluster: KitCluster, runs: int, picture: Path | None) -> list[Row]:
    cluster.first_start()
    urls = {name: f"http://{cluster.address(name)}:8008/" for name in cluster.names}
    paints, documents, data = [], [], []
    with a_browser() as browser:
        with looking(browser, _once_it_answers(urls["db-0"])) as look:
            look.wait("() => document.getElementById('state').textContent === 'ONLINE'", seconds=START_SECONDS)
        cluster.takeover("db-1", 1.0)
        with writing({"db-1": cluster.account("db-1")}, "page"):
            for _run in range(runs):
                with looking(browser, urls["db-0"]) as look:
                    paints.append(look.page.evaluate(PAINT) / 1000)
                    look.wait_for_data()
                    documents.append(look.bodies[0] / 1000)
                    data.append(look.bodies[-1] / 1000)
            agent = cluster.pids("db-0")["peerfinder"]
            with looking(browser, urls["db-0"], width=1060, height=800) as look:
                before = usage(agent)
                look.page.wait_for_timeout(OPEN_SECONDS * 1000)
                after = usage(agent)
                if picture is not None:
                    picture.write_bytes(lean(look.page.screenshot(full_page=True)))
    total = tuple(one + more for one, more in zip(documents, data, strict=True))
    return [
        Row("First paint, in a browser that has never seen it", tuple(paints), "s", 0.5),
        Row("Document and the first refresh, uncompressed", total, "KB", 60.0),
        Row("Each refresh, one a second", tuple(data), "KB"),
        Row("Resident memory of the agent while it is open", (after.rss_megabytes,), "MB", 64.0),
        Row("Share of a core that the agent takes while it is open", (cpu_percent(before, after),), "%"),
    ]


def _once_it_answers(url: str) -> str:
    """The address, when somebody is there; an agent takes a second to start."""
    import urllib.request

    def answers() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310 - http, made above
                return bool(reply.status == 200)
        except OSError:
            return False

    wait_for(f"an answer at {url}", answers, START_SECONDS)
    return url


def _table(where: dict[str, str], rows: Sequence[Row]) -> str:
    lines = [*(f"- {name}: {value}" for name, value in where.items()), ""]
    return "\n".join([*lines, "| What | Target | Measured |", "| --- | --- | --- |", *map(str, rows)])


if __name__ == "__main__":
    main()
