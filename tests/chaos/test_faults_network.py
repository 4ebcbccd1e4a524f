"""Faults between nodes that have a network each: partitions, loss, flapping, blocked ports; and names that mislead."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pymysql
import pytest

import tests.support.cluster
from galeractl.adapters import local_dir, namespaces
from galeractl.adapters.local_dir import Place
from galeractl.adapters.namespaces import Cut
from galeractl.core.network import AGENT_PORT, IST_PORT, SQL_PORT
from tests.support.cluster import SMALL, LocalCluster, copied, wait_for
from tests.support.figures import keep
from tests.support.trial import Trial, timed, under_writes

NAMES = ("db-0", "db-1", "db-2")
LOSS = 0.15
IST_SECONDS = 8.0  # of a blocked port


@pytest.fixture(scope="module")
def parted(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    """The stopped cluster, moved to another network: at its next start every node has an address it never had."""
    with copied(stopped, yard / "parted") as made:
        place = Place(made.directory)
        local_dir.write_settings(place, replace(local_dir.read_settings(place), isolated=True))
        yield made


@pytest.fixture
def cluster(parted: LocalCluster) -> Iterator[LocalCluster]:
    """All Synced in one Primary, with nothing between them; whole again afterwards."""
    parted.start()
    whole(parted)
    yield parted
    parted.galeractl("local", "mend")
    whole(parted)


def whole(cluster: LocalCluster) -> None:
    count = {str(len(cluster.nodes))}
    wait_for("one Primary of all", lambda: {node.status("wsrep_cluster_size") for node in cluster.nodes} == count, 60,
             cluster.words)  # fmt: skip
    cluster.wait_for_synced()


def address(cluster: LocalCluster, name: str) -> str:
    return local_dir.read_settings(Place(cluster.directory)).address(name).address


def readiness(cluster: LocalCluster, name: str) -> int:
    with closing(http.client.HTTPConnection(address(cluster, name), AGENT_PORT, timeout=5)) as line:
        line.request("GET", "/readyz")
        return line.getresponse().status


def block(cluster: LocalCluster, name: str, port: int) -> None:
    """Let nothing that is for this port of a node arrive; `local mend` ends it."""
    settings = local_dir.read_settings(Place(cluster.directory))
    for other in (settings.dns_address, *(one.address for one in settings.addresses)):
        namespaces.cut(settings.network, settings.address(name).ordinal, (Cut(other, (str(port),)),))


def lose(cluster: LocalCluster, name: str, share: float) -> None:
    """Let a share of what is sent to a node not arrive; `local mend` ends it."""
    settings = local_dir.read_settings(Place(cluster.directory))
    command = ["iptables", "-w", "-A", namespaces.CHAIN, "-m", "statistic", "--mode", "random",
               "--probability", str(share), "-j", "DROP"]  # fmt: skip
    inside = namespaces.inside(settings.network, settings.address(name).ordinal, command)
    subprocess.run(inside, check=True, capture_output=True)


def views(trial: Trial, name: str) -> int:
    """How many memberships a node went through."""
    seen = [(one.status, one.members) for one in trial.samples(name)]
    return sum(before != after for before, after in pairwise(seen))


def refuses_writes(cluster: LocalCluster, name: str) -> bool:
    try:
        cluster.write(name, 1)
    except pymysql.Error:
        return True
    return False


def test_nodes_that_all_have_new_addresses_find_each_other_and_keep_their_history(
    parted: LocalCluster, stopped: Path
) -> None:
    names = "zone.json"
    old = {one["address"] for one in json.loads((stopped / names).read_text())["hosts"].values()}
    back = timed(parted.start)
    assert not {address(parted, name) for name in NAMES} & old
    assert parted.rows() == 20
    known = {node.record()["lineage"][-1]["uuid"] for node in parted.nodes}
    assert parted.uuids() == known
    keep("new addresses", back_seconds=round(back, 2))


def test_who_loses_the_group_alone_is_not_ready_and_its_clients_are_told(cluster: LocalCluster) -> None:
    """The clients' network and the sidecars' are whole: only what the servers say to each other is lost."""
    with under_writes(cluster, "db-0", "db-1") as trial:
        cluster.galeractl("local", "cut", "db-2", "--traffic", "galera")
        began = time.monotonic()
        wait_for("db-2 to be not ready", lambda: readiness(cluster, "db-2") != 200, 15, cluster.words)
        unready = time.monotonic() - began
        assert refuses_writes(cluster, "db-2")
        assert [readiness(cluster, name) for name in ("db-0", "db-1")] == [200, 200]
        trial.write_on(1)
        cluster.galeractl("local", "mend")
        back = timed(lambda: whole(cluster))
        wait_for("db-2 to be ready", lambda: readiness(cluster, "db-2") == 200, 10)
    trial.judge("one node cut off on Galera's ports", undisturbed=NAMES, gap=4, unready_seconds=unready,
                back_seconds=back)  # fmt: skip


def test_clients_that_cannot_reach_a_node_change_nothing_for_the_cluster(cluster: LocalCluster) -> None:
    """The other way round: no client gets through to db-2, and the servers hear each other."""
    with under_writes(cluster, "db-0", "db-1") as trial:
        block(cluster, "db-2", SQL_PORT)
        with pytest.raises(pymysql.OperationalError, match="timed out"):
            pymysql.connect(host=address(cluster, "db-2"), port=SQL_PORT, user="app", connect_timeout=1)
        trial.write_on(2)
        assert readiness(cluster, "db-2") == 200
        assert views(trial, "db-0") == 0
    trial.judge("no client reaches one node", undisturbed=NAMES, gap=2)


def test_who_hears_and_is_not_heard_is_left_out_and_the_others_go_on(cluster: LocalCluster) -> None:
    with under_writes(cluster, "db-0", "db-1") as trial:
        cluster.galeractl("local", "cut", "db-2", "--one-way")
        settled = trial.wait_for_primary("db-2", status="non-Primary", seconds=30)
        trial.write_on(1)
        cluster.galeractl("local", "mend")
        back = timed(lambda: whole(cluster))
    trial.judge("one way lost", undisturbed=NAMES, gap=10, settled_seconds=settled, back_seconds=back,
                views=views(trial, "db-0"))  # fmt: skip


def test_two_that_do_not_hear_each_other_stay_together_through_the_third(cluster: LocalCluster) -> None:
    with under_writes(cluster, "db-0") as trial:
        cluster.galeractl("local", "cut", "db-0", "--from", "db-1")
        trial.write_on(8)
        primaries = [name for name in NAMES if (seen := trial.latest(name)) and seen.is_primary]
        cluster.galeractl("local", "mend")
        back = timed(lambda: whole(cluster))
    assert len(primaries) >= 2
    trial.judge("one pair of three parted", undisturbed=NAMES, gap=10, primaries=len(primaries), back_seconds=back,
                views=views(trial, "db-0"))  # fmt: skip


def test_a_network_that_loses_some_of_everything_and_a_cable_that_flaps_lose_no_write(cluster: LocalCluster) -> None:
    settings = local_dir.read_settings(Place(cluster.directory))
    with under_writes(cluster, "db-0", "db-1") as trial:
        for name in NAMES:
            lose(cluster, name, LOSS)
        trial.write_on(4)
        lossy, seen = trial.gap(), views(trial, "db-0")
        cluster.galeractl("local", "mend")
        whole(cluster)
        since = time.monotonic()
        for seconds in (0.3, 0.5, 1.0, 1.5, 2.5):
            namespaces.link(settings.network, settings.address("db-2").ordinal, up=False)
            time.sleep(seconds)
            namespaces.link(settings.network, settings.address("db-2").ordinal, up=True)
            time.sleep(0.5)
        flapping = trial.gap(since)
        back = timed(lambda: whole(cluster))
        trial.write_on(0.5)
    trial.judge("loss and flapping", undisturbed=NAMES, gap=12, lossy_gap_seconds=lossy, lossy_views=seen,
                flapping_gap_seconds=flapping, back_seconds=back)  # fmt: skip


def test_a_state_transfer_that_cannot_get_through_ends_in_bounded_time_and_succeeds_later(
    cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tests.support.cluster.ENVIRONMENT, *tests.support.cluster.BY_SST)
    node = cluster.node("db-2")
    port = local_dir.read_settings(Place(cluster.directory)).address("db-2").sst_port
    (node.home / "conf.d" / "99-sst.cnf").write_text("[sst]\nsst-initial-timeout=5\n")
    with under_writes(cluster, "db-0", "db-1") as trial:
        cluster.kill("db-2")
        cluster.galeractl("local", "wipe", "db-2")
        block(cluster, "db-2", port)
        began, said = time.monotonic(), len(node.log())
        cluster.start("db-2", wait=False)
        ended = lambda: "the server ended status=" in node.log()[said:]  # noqa: E731 - one use
        wait_for("the transfer to fail", ended, 60, cluster.words)
        failed = time.monotonic() - began
        assert "Possible timeout in receiving first data from donor" in node.log()[said:]
        trial.write_on(0.5)
        cluster.galeractl("local", "mend")
        back = timed(lambda: whole(cluster))
    (node.home / "conf.d" / "99-sst.cnf").unlink()
    trial.judge("state transfer blocked", undisturbed=("db-0", "db-1"), gap=5, failed_seconds=failed,
                back_seconds=back)  # fmt: skip


def test_an_incremental_transfer_that_cannot_get_through_loses_nothing_and_goes_on_when_it_can(
    cluster: LocalCluster,
) -> None:
    """The others' writes wait meanwhile: the joiner counts as a member whose queue grows, and flow control acts."""
    with under_writes(cluster, "db-0", "db-1") as trial:
        block(cluster, "db-2", IST_PORT)
        cluster.kill("db-2", what="mariadbd")
        time.sleep(IST_SECONDS)
        held_up = trial.gap()
        cluster.galeractl("local", "mend")
        back = timed(lambda: whole(cluster))
    trial.judge("incremental transfer blocked", undisturbed=("db-0", "db-1"), gap=IST_SECONDS + 5,
                held_up_seconds=held_up, back_seconds=back)  # fmt: skip


def test_halves_of_four_are_both_without_a_primary_and_heal_by_themselves(cluster: LocalCluster) -> None:
    """The last test of this cluster: it has four nodes from now on."""
    cluster.galeractl("local", "start", "--nodes", "4")
    halves = ("db-0", "db-1")
    four = (*NAMES, "db-3")
    with under_writes(cluster, *four) as trial:
        cluster.galeractl("local", "cut", *halves)
        for name in four:
            trial.wait_for_primary(name, status="non-Primary", seconds=20)
        stopped = time.monotonic()
        time.sleep(3)
        assert not trial.has_written_since(stopped)
        assert all(refuses_writes(cluster, name) for name in four)
        cluster.galeractl("local", "mend")
        back = timed(lambda: whole(cluster))
        trial.write_on(0.5)
    trial.judge("halves of four", undisturbed=four, gap=20, back_seconds=back)


def resolve(cluster: LocalCluster, hosts: dict[str, str]) -> None:
    """Have DNS say so, whatever is true."""
    path = cluster.directory / "zone.json"
    zone = json.loads(path.read_text())
    zone |= {"mode": "ok", "hosts": {name: {"address": one} for name, one in hosts.items()}}
    local_dir.write(path, json.dumps(zone), 0o644)


def test_names_that_lead_to_nobody_or_into_another_cluster_start_nobody(crashed: LocalCluster, yard: Path) -> None:
    other = LocalCluster(yard / "stranger")
    try:
        other.start("db-1", wait=False, options=SMALL)
        other.wait_for_decision("db-1", "wait", "waiting for db-0 (")
        crashed.dns("empty")
        for node in crashed.nodes:
            (node.run / "cluster.json").unlink()
        crashed.start(wait=False)
        right = {name: address(crashed, name) for name in NAMES}
        stranger, nobody = address(other, "db-1"), right["db-2"].rsplit(".", 1)[0] + ".99"
        resolve(crashed, right | {"db-1": stranger, "db-2": nobody})
        crashed.wait_for_decision("db-0", "wait", f"db-1 (no answer from its agent at {stranger}")
        time.sleep(3)  # several looks: none may end in a start
        assert not crashed.uuids() | other.uuids()
        assert all("started" not in node.log().rsplit("observed", 1)[1] for node in crashed.nodes)
        resolve(crashed, right)
        back = timed(crashed.wait_for_synced)
        assert crashed.rows() == 20
        assert len(crashed.checksums()) == 1
        keep("names that lead astray", back_seconds=round(back, 2))
    finally:
        other.destroy()
