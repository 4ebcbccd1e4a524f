"""The status page in a real browser, on a real cluster, while nodes and agents come and go."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.support.browser import CONTRAST, NAMELESS, PAINT, a_browser, looking
from tests.support.cluster import LocalCluster, copied

ONLINE = "() => document.getElementById('state').textContent === 'ONLINE'"
MOST_BYTES = 60_000
PAINT_SECONDS = 5.0  # on a machine with much else to do; the figure is in docs/benchmarks.md
LEAST_CONTRAST = 4.5  # WCAG 2.2, level AA, for text of any size


@pytest.fixture(scope="module")
def running(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    """Three nodes; each test leaves them ONLINE."""
    with copied(stopped, yard / "page") as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def urls(running: LocalCluster) -> dict[str, str]:
    """The page of each node, as `galeractl page` says."""
    told = running.galeractl("page")
    assert told["page"] == running.status()["page"]
    return {one["name"]: one["url"] for one in told["nodes"] if one["answers"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as made:
        yield made


def agent_of(cluster: LocalCluster, name: str) -> int:
    """The process of a node's agent."""
    (node,) = [one for one in cluster.galeractl("local", "status")["nodes"] if one["name"] == name]
    return int(node["pids"]["peerfinder"])


def test_it_shows_the_cluster_and_asks_nobody_else(
    running: LocalCluster, urls: dict[str, str], browser: Browser, record_property: Any
) -> None:
    with looking(browser, urls["db-0"]) as look:
        look.wait(ONLINE)
        painted = look.page.evaluate(PAINT) / 1000
        look.wait_for_data()
        look.wait("() => document.querySelectorAll('#rows tr').length === 3")
        rows = look.page.locator("#rows tr").all_inner_texts()
        writer = running.status()["writer"]
        assert [row.split()[0] for row in rows] == ["db-0", "db-1", "db-2"]
        assert [row.split()[0] for row in rows if "takes writes" in row] == [writer]
        assert "can tolerate 1 failure" in look.text("#summary")
        assert look.page.locator("#picture .writer text").all_text_contents()[1:] == [writer, "primary"]
        assert look.origins == {urls["db-0"].rstrip("/")}
        assert sum(look.bodies[:2]) < MOST_BYTES
        assert look.complaints == []
    record_property("first_paint_seconds", painted)
    print(f"first paint after {painted:.3f} s, {look.bodies[0]} and {look.bodies[1]} bytes")
    assert painted < PAINT_SECONDS


def test_a_killed_server_and_its_return_are_shown_without_a_reload(
    running: LocalCluster, urls: dict[str, str], browser: Browser
) -> None:
    with looking(browser, urls["db-0"]) as look:
        look.wait(ONLINE)
        look.page.evaluate("window.stays = true")
        running.kill("db-2", what="mariadbd")
        look.wait("() => document.getElementById('spoken').textContent.includes('db-2 is ')")
        running.wait_for_synced()
        look.wait(ONLINE, seconds=90)
        look.wait("() => document.getElementById('node-db-2').textContent.includes('Synced')")
        assert "db-2 is Synced and takes part" in look.text("#timeline")
        assert look.page.evaluate("window.stays") is True
        assert look.complaints == []


def test_an_agent_that_is_gone_is_said_and_waited_for(
    running: LocalCluster, urls: dict[str, str], browser: Browser
) -> None:
    with looking(browser, urls["db-1"]) as look:
        look.wait(ONLINE)
        os.kill(agent_of(running, "db-1"), signal.SIGKILL)
        look.wait("() => !document.getElementById('gone').hidden")
        assert "The agent of db-1 does not answer" in look.text("#gone")
        assert look.text("#state") == "UNKNOWN"
        assert look.text("#summary").startswith("Last known: ")
        look.wait("() => / s old\\./.test(document.getElementById('gone').textContent)")
        running.start("db-1")
        look.wait("() => document.getElementById('gone').hidden", seconds=90)
        look.wait(ONLINE, seconds=90)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_everybody_can_read_it(urls: dict[str, str], browser: Browser, width: int, *, dark: bool) -> None:
    with looking(browser, urls["db-0"], width=width, dark=dark) as look:
        look.wait(ONLINE)
        look.wait_for_data()
        assert look.page.evaluate("document.documentElement.scrollWidth") <= width
        ground = look.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert (max(ground) < 64) is dark
        contrasts = look.page.evaluate(CONTRAST)
        assert len(contrasts) > 30
        assert [one for one in contrasts if one[0] < LEAST_CONTRAST] == []


def test_a_keyboard_and_a_screen_reader_find_their_way(urls: dict[str, str], browser: Browser) -> None:
    with looking(browser, urls["db-0"]) as look:
        look.wait(ONLINE)
        look.wait("() => document.querySelectorAll('#rows tr').length === 3")
        page = look.page
        assert page.evaluate(NAMELESS) == []
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.locator("h1").count() == page.locator("main").count() == 1
        for part in ("Topology", "Alerts", "Nodes", "Timeline", "Writers", "Backups"):
            assert page.get_by_role("region", name=part).count() == 1, part
        table = page.get_by_role("table", name="Nodes")
        assert table.get_by_role("columnheader").count() == 7
        assert [one.split()[0] for one in table.get_by_role("rowheader").all_inner_texts()] == ["db-0", "db-1", "db-2"]
        reached = []
        for _step in range(5):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.id || document.activeElement.className"))
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", reached
        assert reached[0] == "skip"
        assert sorted(reached[1:4]) == ["dot-db-0", "dot-db-1", "dot-db-2"]
        assert reached[4] == "timeline"
        roles = page.evaluate("[...document.querySelectorAll('[aria-live], [role=alert]')].map((one) => one.id)")
        assert roles == ["gone", "spoken"]
