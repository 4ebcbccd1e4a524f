"""The writer under its clients: through the Services for a role, and through HAProxy, side by side in every event.

Each event is played on the node that is the writer. What the clients of both routes felt is kept as figures; what must
hold is said here: no open transaction ends through HAProxy where the role moves in order, never two pods are labelled
primary and Ready where the nodes can still write their labels, and writes go on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest

from tests.support import kubectl as kube
from tests.support import lab
from tests.support.cluster import wait_for
from tests.support.images import built
from tests.support.release import Release
from tests.support.role_watch import RoleWatch
from tests.support.streams import Streams

pytestmark = pytest.mark.power  # machines lose power, networks are parted, volumes follow their pods

TAKEOVERS = 20
TRIES = 50
Event = Callable[[], dict[str, float]]
SETTLE = 2.0  # seconds of an observation after an event: what is late is still felt


class Ground:
    """A release with its proxies, a client of every habit on both routes, and a watch of the labels."""

    def __init__(self, release: Release) -> None:
        self.release = release
        name = release.name
        routes = {
            "service": (f"{name}-primary:3306", f"{name}-secondary:3306"),
            "proxy": (f"{name}-proxy:6446", f"{name}-proxy:6447"),
        }
        self.streams = Streams(release.client, routes)
        self.watch = RoleWatch(release.ns)

    def writer(self) -> str:
        """The writer, as the nodes say; '' while they do not agree."""
        return str(self.release.status(self._asked()).get("writer") or "")

    def _asked(self) -> int:
        return int(min(self.release.ready() or {f"{self.release.name}-0"}).rpartition("-")[2])

    def settle(self) -> str:
        self.release.wait_ready()
        return str(wait_for("a writer", self.writer, 60, self.release.words))

    def machine(self, node: str) -> str:
        return str(self.release.pods()[node]["spec"]["nodeName"])

    def others(self, node: str) -> list[str]:
        return sorted(set(self.release.pods()) - {node})

    def take_over(self, to: str) -> dict[str, object]:
        text = self.release.ns.exec(to, "galera", "galeractl", "takeover", "--to", to, "--json")
        return dict(json.loads(text))

    def wait_moved(self, former: str, seconds: float = 60) -> None:
        def is_moved() -> bool:
            return self.writer() not in ("", former)

        wait_for(f"another writer than {former}", is_moved, seconds, self.release.words)


@pytest.fixture(scope="module")
def made(namespaces: Callable[..., kube.Namespace]) -> Iterator[Ground]:
    restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
    release = Release(namespaces("galera-writer", **restricted))
    quiet = min(_name(one) for one in json.loads(kube.kubectl("get", "nodes", "-o", "json"))["items"])
    repository, _, tag = built("haproxy").rpartition(":")
    release.install({
        "persistence": {"storageClass": "network"}, "antiAffinity": "preferred",
        "proxy": {
            # On the machine of the client: what is measured is the writer's end, not that of a proxy's machine.
            "enabled": True, "image": {"repository": repository, "tag": tag}, "antiAffinity": "none",
            "nodeSelector": {"kubernetes.io/hostname": quiet},
        },
    })  # fmt: skip
    release.wait_ready()
    release.client.create(node=quiet)
    release.ns("rollout", "status", f"deployment/{release.name}-proxy", "--timeout=60s")
    ground = Ground(release)
    ground.watch.start()
    yield ground
    ground.watch.stop()
    release.ns.delete()


def _name(one: dict[str, dict[str, str]]) -> str:
    return one["metadata"]["name"]


@pytest.fixture
def ground(made: Ground) -> Iterator[Ground]:
    made.settle()
    made.streams.start()
    yield made
    made.streams.stop()


@pytest.fixture
def far_writer(ground: Ground) -> str:
    """A writer on another machine than the client's."""
    quiet = str((ground.release.ns.get("pod", "client") or {})["spec"]["nodeName"])
    writer = ground.settle()
    if ground.machine(writer) == quiet:
        target = next(node for node in ground.others(writer) if ground.machine(node) != quiet)
        ground.take_over(target)
        wait_for("the new writer", lambda: ground.writer() == target, 30, ground.release.words)
        ground.streams.wait_answered()
        time.sleep(6)  # the drain of the former one
        writer = target
    return writer


@pytest.fixture
def event(ground: Ground, figure: Callable[..., None]) -> Event:
    """Begins with the test; its end waits for all clients, keeps what they felt, and gives it."""
    mark, here = ground.release.client.now(), time.time()

    def end() -> dict[str, float]:
        ground.streams.wait_answered()
        time.sleep(SETTLE)
        felt = ground.streams.felt(mark)
        for (route, kind), one in felt.items():
            print(f"{route:8} {kind:7} gap {one.gap:6.3f} s, {len(one.failed)} failed {one.failed[:2]}")
        kept: dict[str, float] = {"two_primaries_seconds": ground.watch.since(here)}
        for route in ground.streams.routes:
            kept[f"{route}_gap_seconds"] = max(felt[route, kind].gap for kind in ("pooled", "fresh"))
            kept[f"{route}_read_gap_seconds"] = felt[route, "reads"].gap
            for kind in ("pooled", "fresh", "long", "reads"):
                kept[f"{route}_{kind}_failed"] = len(felt[route, kind].failed)
        figure(**kept)
        return kept

    return end


def test_reads_never_reach_the_writer_while_another_node_is_ready(ground: Ground) -> None:
    writer = ground.settle()
    for place in (f"{ground.release.name}-proxy:6447", f"{ground.release.name}-secondary:3306"):
        assert set(ground.streams.reach(place, TRIES)) == set(ground.others(writer))
    for place in (f"{ground.release.name}-proxy:6446", f"{ground.release.name}-proxy:3306"):
        assert set(ground.streams.reach(place, 10)) == {writer}


def test_the_role_goes_back_and_forth_and_no_transaction_fails(ground: Ground, event: Event) -> None:
    writer = ground.settle()
    pair = [writer, ground.others(writer)[0]]
    gaps = []
    for number in range(TAKEOVERS):
        target = pair[(number + 1) % 2]
        said = ground.take_over(target)
        gaps.append(float(str(said.get("gap") or 0)))
        wait_for("the new writer", lambda: ground.writer() == target, 30, ground.release.words)  # noqa: B023 - done here
        ground.streams.wait_answered()
    print(f"gaps as told: {sorted(gaps)}")
    felt = event()
    assert felt["proxy_long_failed"] == 0
    assert felt["two_primaries_seconds"] == 0


def test_a_deleted_writer(ground: Ground, event: Event) -> None:
    writer = ground.settle()
    uid = ground.release.pods()[writer]["metadata"]["uid"]
    ground.release.ns("delete", "pod", writer, "--wait=false")
    ground.wait_moved(writer)
    ground.release.wait_replaced({uid})
    ground.release.wait_ready()
    felt = event()
    assert felt["proxy_long_failed"] == 0
    assert felt["two_primaries_seconds"] == 0


def test_a_killed_writer_is_succeeded_or_is_back_before_anybody_misses_it(ground: Ground, event: Event) -> None:
    writer = ground.settle()
    ground.release.signal(writer, "galera", "mariadbd", "SIGKILL")
    time.sleep(1)  # until its clients have noticed
    ground.streams.wait_answered()
    ground.settle()
    felt = event()
    assert felt["proxy_gap_seconds"] < 10
    assert felt["proxy_fresh_failed"] <= 1  # one may be on its way to it in that moment; the others wait


def test_a_killed_writer_while_the_api_server_is_down(far_writer: str, ground: Ground, event: Event) -> None:
    machine = ground.machine(far_writer)
    with lab.without_api():
        lab.kill(machine, far_writer, "mariadbd")
        time.sleep(12)  # nobody can be asked meanwhile; the clients remember
    ground.settle()
    felt = event()
    assert felt["proxy_gap_seconds"] < 10
    assert felt["proxy_fresh_failed"] <= 1


def test_a_paused_writer(ground: Ground, event: Event) -> None:
    writer = ground.settle()
    ground.release.signal(writer, "galera", "mariadbd", "SIGSTOP")
    try:
        ground.wait_moved(writer)
        ground.streams.wait_answered()
    finally:
        ground.release.signal(writer, "galera", "mariadbd", "SIGCONT")
    event()


def test_a_writer_whose_machine_loses_power(far_writer: str, ground: Ground, event: Event) -> None:
    with lab.power_cut(ground.machine(far_writer)):
        ground.wait_moved(far_writer)
        ground.streams.wait_answered()
        assert far_writer not in ground.streams.reach(f"{ground.release.name}-proxy:6447", TRIES)
    event()


def test_a_writer_whose_machine_is_drained(far_writer: str, ground: Ground, event: Event) -> None:
    machine, name = ground.machine(far_writer), ground.release.name
    try:
        kube.kubectl(
            "drain", machine, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=200s",
            f"--pod-selector=app.kubernetes.io/instance={name},app.kubernetes.io/component=node", seconds=220,
        )  # fmt: skip
    finally:
        kube.kubectl("uncordon", machine)
    ground.wait_moved(far_writer)
    ground.release.wait_ready()
    felt = event()
    assert felt["proxy_long_failed"] == 0


def test_a_rolling_change(ground: Ground, event: Event) -> None:
    before = {name: pod["metadata"]["uid"] for name, pod in ground.release.pods().items()}
    revision = {"spec": {"template": {"metadata": {"annotations": {"rolled": str(time.time())}}}}}
    ground.release.ns("patch", "statefulset", ground.release.name, "--type=merge", "-p", json.dumps(revision))
    ground.release.wait_replaced(set(before.values()))
    ground.release.wait_ready()
    felt = event()
    assert felt["proxy_long_failed"] == 0
    assert felt["two_primaries_seconds"] == 0


def test_a_writer_that_is_cut_off_from_its_peers(far_writer: str, ground: Ground, event: Event) -> None:
    space = ground.release.ns.name
    try:
        for other in ground.others(far_writer):
            lab.lab("partition", f"{space}/{far_writer}", f"{space}/{other}")
        wait_for("another writer", lambda: _writer_of(ground, far_writer) != far_writer, 60, ground.release.words)
        ground.streams.wait_answered()
        assert far_writer not in ground.streams.reach(f"{ground.release.name}-proxy:6446", TRIES)
    finally:
        lab.lab("heal")
    event()


def _writer_of(ground: Ground, former: str) -> str:
    """The writer as one of the others knows it."""
    ordinal = int(ground.others(former)[0].rpartition("-")[2])
    return str(ground.release.status(ordinal).get("writer") or former)


def test_a_writer_that_is_cut_off_from_its_clients(far_writer: str, ground: Ground, event: Event) -> None:
    """Nobody but they can know: the role stays, and they go on when they reach it again."""
    space = ground.release.ns.name
    proxies = [
        one["metadata"]["name"] for one in ground.release.ns.objects("pods", "app.kubernetes.io/component=proxy")
    ]
    try:
        for client in ("client", *proxies):
            lab.lab("partition", f"{space}/{far_writer}", f"{space}/{client}")
        time.sleep(8)  # longer than any patience with the writer
        assert ground.writer() == far_writer
    finally:
        lab.lab("heal")
    event()
