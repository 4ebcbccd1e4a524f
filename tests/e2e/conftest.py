"""One cluster for all events that leave it whole, and releases of their own for those that do not.

Every test finds three Ready nodes with a client that writes through the Service, and ends with the count of what the
client was promised. A cluster that a failed test left behind is replaced.
"""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import kubectl as kube
from tests.support import lab
from tests.support.figures import keep
from tests.support.release import Release

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def namespaces() -> Iterator[Callable[..., kube.Namespace]]:
    """Namespaces of this run alone, which are gone after it."""
    made: list[kube.Namespace] = []
    run = secrets.token_hex(2)

    def make(name: str, **labels: str) -> kube.Namespace:
        namespace = kube.Namespace(f"{name}-{run}-{len(made)}")
        namespace.create(**labels)
        made.append(namespace)
        return namespace

    yield make
    for namespace in made:
        namespace.delete()


@pytest.fixture(scope="session")
def _shared(namespaces: Callable[..., kube.Namespace]) -> Callable[[], Release]:
    """The one cluster, made when it is first wanted, and made anew when it is broken."""
    kept: list[Release] = []

    def give() -> Release:
        if kept:
            try:
                kept[0].wait_ready(seconds=90)
            except AssertionError as broken:
                print(f"the cluster is replaced: {broken}")
                kept.clear()
        if not kept:
            restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
            release = Release(namespaces("galera-e2e", **restricted))
            began = time.monotonic()
            release.install()
            release.wait_ready()
            release.installed_after = time.monotonic() - began
            release.restarts_at_birth = release.count_restarts()
            release.client.create()
            kept.append(release)
        return kept[0]

    return give


@pytest.fixture
def cluster(_shared: Callable[[], Release]) -> Iterator[Release]:
    """Three Ready nodes, and a client that writes: over three kept connections, to three nodes, and over new ones."""
    release = _shared()
    release.client.start()
    release.note_restarts()
    yield release
    release.wait_ready()
    release.client.quit()


@pytest.fixture
def own_release(namespaces: Callable[..., kube.Namespace], request: pytest.FixtureRequest) -> Iterator[Release]:
    """A release that is not installed yet, in a namespace of its own, which is gone after the test."""
    name = request.node.name.partition("[")[0].removeprefix("test_").replace("_", "-")[:36].strip("-")
    release = Release(namespaces(f"galera-{name}"))
    yield release
    release.ns.delete()


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keep measured figures of this test, for docs/benchmarks.md; shown in the test's output too."""
    return functools.partial(keep, request.node.name)


@pytest.hookimpl(trylast=True)  # when those that were not asked for are gone
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What cuts power needs the machine for it; asked for where that is missing, it is an error."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(900))  # several clusters' starts, and machines that boot
    if not lab.is_there() and any(item.get_closest_marker("power") for item in items):
        raise pytest.UsageError(
            "tests marked `power` need the lab: set GALERA_KIT_LAB, or leave them out: -m 'not power'"
        )
