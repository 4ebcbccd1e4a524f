"""Three nodes of the image on one network, each of two containers as in the pod; Docker's DNS is their directory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import containers
from tests.support.containers import SECRETS, Cluster, Node, wait_for

pytestmark = pytest.mark.usefixtures("galera_image")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with containers.cluster(tmp_path_factory.mktemp("cluster")) as made:
        made.start()
        yield made


def status(node: Node, name: str) -> str:
    return node.sql(f"SHOW STATUS LIKE '{name}'").split("\t")[-1]


def test_three_containers_form_one_cluster(cluster: Cluster) -> None:
    assert [status(node, "wsrep_cluster_size") for node in cluster.nodes] == ["3", "3", "3"]
    assert len({status(node, "wsrep_cluster_state_uuid") for node in cluster.nodes}) == 1


def test_what_one_node_writes_all_nodes_read(cluster: Cluster) -> None:
    first, *others = cluster.nodes
    first.sql("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY); INSERT INTO shop.t VALUES (1), (2)")
    for node in others:
        assert node.sql("SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM shop.t") == "2"


def test_nothing_but_volumes_and_tmp_can_be_written(cluster: Cluster) -> None:
    node = cluster.nodes[0]
    tried = (
        "for d in / /etc /usr /var /opt /var/lib/galera /run/galera /tmp; do touch $d/x 2>/dev/null && echo $d; done"
    )
    assert node.execute("bash", "-c", tried).output.split() == ["/var/lib/galera", "/run/galera", "/tmp"]


def test_programs_of_the_operator_work_beside_the_server(cluster: Cluster) -> None:
    node = cluster.nodes[1]
    assert node.execute("entrypoint", "alive").status == 0
    assert "db-1" in node.execute("entrypoint", "plan").output


def test_no_password_is_seen_in_process_titles_or_by_docker_inspect(cluster: Cluster) -> None:
    for node in cluster.nodes:
        titles = node.execute("bash", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '").output
        assert "mariadbd" in titles
        for program in node.programs.values():
            program.reload()
            seen = titles + str(program.attrs)
            assert [name for name, secret in SECRETS.items() if secret in seen] == []


def test_a_node_that_is_told_to_stop_ends_in_order_and_returns(cluster: Cluster) -> None:
    node = cluster.nodes[2]
    started = time.monotonic()
    node.galera.stop(timeout=60)  # SIGTERM, and SIGKILL only after that
    seconds = time.monotonic() - started
    node.galera.reload()
    assert node.galera.attrs["State"]["ExitCode"] == 0, node.logs()[-3000:]
    assert seconds < 10
    grastate = containers.run(
        containers.GALERA, ["/var/lib/galera/data/grastate.dat"], entrypoint=["cat"], volumes=node.volumes
    ).output
    assert "safe_to_bootstrap: 0" in grastate
    assert "seqno:   -1" not in grastate

    cluster.nodes[0].sql("INSERT INTO shop.t VALUES (3)")
    node.start()
    wait_for("db-2 is ready again", node.is_ready)
    assert node.sql("SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM shop.t") == "3"


def test_after_a_power_cut_of_all_nodes_the_cluster_returns_whole(cluster: Cluster) -> None:
    for node in cluster.nodes:
        for program in node.programs.values():
            program.kill()
    cluster.start()
    assert {node.sql("SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM shop.t") for node in cluster.nodes} == {"3"}


def test_an_arbitrary_user_of_group_0_can_run_a_cluster(tmp_path: Path) -> None:
    """As OpenShift does: the user is in no /etc/passwd. The second node gets its data by a state transfer."""
    with containers.cluster(tmp_path, 2, options={"user": "1000670000:0"}) as made:
        made.start()
        first, second = made.nodes
        assert second.execute("id", "-u").output == "1000670000"
        assert status(first, "wsrep_cluster_size") == "2"
        second.sql("CREATE DATABASE there")
        assert first.sql("SET SESSION wsrep_sync_wait = 1; SHOW DATABASES LIKE 'there'") == "there"
