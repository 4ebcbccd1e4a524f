"""A change of the pods: one at a time, the next only after Synced; a broken one stops at the first pod."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.support.cluster import wait_for
from tests.support.kubectl import Failed, helm
from tests.support.release import Release


@pytest.fixture(scope="module")
def rolling(namespaces) -> Iterator[Release]:
    release = Release(namespaces("galera-rolling"))
    release.install()
    release.wait_ready()
    release.client.create()
    yield release
    release.ns.delete()


def uids(release: Release) -> dict[str, str]:
    return {name: pod["metadata"]["uid"] for name, pod in release.pods().items()}


def answer_of(release: Release, node: str) -> str:
    """What a node has for the option; why not, while it is on its way."""
    try:
        return str(release.client.sql(release.host(node), "SELECT @@max_connections"))
    except Failed as failed:
        return failed.stderr


def has_321(release: Release) -> bool:
    """Whether every node has this option."""
    return {answer_of(release, name) for name in release.pods()} == {"[[[321]]]"}


def test_a_snippet_rolls_one_pod_at_a_time(rolling: Release, figure):
    rolling.client.start()
    before, mark, began = uids(rolling), rolling.client.now(), time.monotonic()
    rolling.upgrade({"configuration": {"50-limits.cnf": "[mariadb]\nmax_connections=321\n"}})
    least = 3
    order: list[str] = []

    def rolled() -> bool:
        nonlocal least
        now = uids(rolling)
        order.extend(name for name in now if now[name] != before.get(name) and name not in order)
        least = min(least, len(rolling.ready()))
        return len(order) == 3 and len(rolling.ready()) == 3

    wait_for("all three pods to be new", rolled, 300, rolling.words)
    outage = rolling.client.since(mark)
    figure(seconds=time.monotonic() - began, gap_seconds=outage.gap, failed=len(outage.failures))
    assert order == [rolling.node(2), rolling.node(1), rolling.node(0)]
    assert least == 2
    assert rolling.client.sql(rolling.name, "SELECT @@max_connections") == [[[321]]]
    assert [failure for failure in outage.failures if not failure["held"]] == []
    rolling.assert_nothing_lost()


def test_a_broken_option_stops_at_the_first_pod_and_a_rollback_heals_it(rolling: Release):
    rolling.upgrade({"configuration": {"50-limits.cnf": "[mariadb]\nmax_connections=321\n"}})
    wait_for("all to have the option", lambda: has_321(rolling), 240, rolling.words)
    rolling.wait_ready()
    rolling.client.start()
    before, mark = uids(rolling), rolling.client.now()
    rolling.upgrade({"configuration": {"50-limits.cnf": "[mariadb]\nmax_conections=12\n"}})
    first = rolling.node(2)
    wait_for(
        "the first pod to say what is wrong",
        lambda: (
            "max_conections" in rolling.log(first) and "would not start with this configuration" in rolling.log(first)
        ),
        120,
        rolling.words,
    )
    time.sleep(15)  # an observation: nothing more may happen in it
    now = uids(rolling)
    assert {name for name in now if now[name] != before[name]} == {first}
    assert rolling.ready() == {rolling.node(0), rolling.node(1)}
    assert any("max_conections" in event for event in rolling.ns.events())
    assert rolling.client.since(mark).gap < 10
    helm("rollback", rolling.name, "-n", rolling.ns.name)
    rolling.wait_ready()
    wait_for(
        "all to have the option",
        lambda: has_321(rolling),
        240,
        rolling.words,
    )
    rolling.assert_nothing_lost()
