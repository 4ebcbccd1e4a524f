"""The environment of the official image: what it makes of a new cluster."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import containers
from tests.support.containers import GALERA, SECRETS, Cluster, wait_for

pytestmark = pytest.mark.usefixtures("galera_image")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One node that was given everything: a database, a user, a root account for other hosts, and scripts."""
    folder = tmp_path_factory.mktemp("environment")
    scripts = folder / "initdb"
    scripts.mkdir()
    (scripts / "1.sql").write_text("CREATE TABLE told (id INT PRIMARY KEY, who VARCHAR(40));")
    (scripts / "2.sql.gz").write_bytes(gzip.compress(b"INSERT INTO told VALUES (2, 'sql.gz');"))
    (scripts / "3.sh").write_text("mariadb shop -e \"INSERT INTO told VALUES (3, 'sh of $MARIADB_DATABASE')\"\n")
    (scripts / "4.txt").write_text("nobody reads this")
    environment = {
        "MARIADB_DATABASE": "shop",
        "MARIADB_USER": "clerk",
        "MARIADB_PASSWORD_FILE": "/run/secrets/galera/password",
        "MARIADB_ROOT_HOST": "%",
    }
    with containers.cluster(
        folder / "cluster", 1, environment=environment, mounts={"/docker-entrypoint-initdb.d": str(scripts)}
    ) as made:
        secret = folder / "cluster/secrets/password"
        secret.write_text("clerk-secret\n")
        secret.chmod(0o644)
        made.start()
        yield made


def test_the_user_of_a_database_reaches_it_from_elsewhere(cluster: Cluster) -> None:
    (node,) = cluster.nodes
    grants = node.sql("SHOW GRANTS", user="clerk", password="clerk-secret", host=node.address)
    assert "ON `shop`.*" in grants


def test_root_may_come_from_another_host_where_that_was_asked_for(cluster: Cluster) -> None:
    (node,) = cluster.nodes
    assert node.sql("SELECT CURRENT_USER()", host=node.address) == "root@%"


def test_scripts_ran_once_in_order(cluster: Cluster) -> None:
    (node,) = cluster.nodes
    assert node.sql("SELECT who FROM shop.told ORDER BY id").split("\n") == ["sql.gz", "sh of shop"]


def test_time_zones_are_known_by_name_to_the_system(cluster: Cluster) -> None:
    (node,) = cluster.nodes
    assert node.execute("date", "+%Z", TZ="Asia/Tokyo").output == "JST"


def test_the_names_of_old_manifests_do_the_same(tmp_path: Path) -> None:
    """MYSQL_ in place of MARIADB_; and without MARIADB_ROOT_HOST root is known on the node alone."""
    environment = {
        "MARIADB_ROOT_PASSWORD_FILE": "",
        "MYSQL_ROOT_PASSWORD": SECRETS["root-password"],
        "MYSQL_DATABASE": "shop",
        "MYSQL_USER": "clerk",
        "MYSQL_PASSWORD": "clerk-secret",
    }
    with containers.cluster(tmp_path, 1, environment=environment) as made:
        made.start()
        (node,) = made.nodes
        assert "ON `shop`.*" in node.sql("SHOW GRANTS", user="clerk", password="clerk-secret", host=node.address)
        assert node.sql("SELECT Host FROM mysql.user WHERE User = 'root'") == "localhost"
        titles = node.execute("bash", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '").output
        assert "secret" not in titles.replace("/run/secrets", "")


def test_a_contradiction_ends_the_container_at_once_with_its_reason() -> None:
    environment = {
        "POD_NAME": "db-0",
        "POD_IP": "127.0.0.1",
        "GALERA_CLUSTER_NAME": "test",
        "MARIADB_MONITOR_PASSWORD": "m",
        "MARIADB_ROOT_PASSWORD": "r",
        "MARIADB_ROOT_PASSWORD_FILE": "/r",
    }
    with containers.volume() as run_directory:
        volumes = {run_directory: {"bind": "/run/galera", "mode": "rw"}}
        done = containers.run(
            GALERA, environment=environment, network_mode="none", volumes=volumes, **containers.CONFINED
        )
    assert done.status == 2
    assert "MARIADB_ROOT_PASSWORD and MARIADB_ROOT_PASSWORD_FILE are both set" in done.output


def test_a_volume_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    """The node does not end: it looks again by itself."""
    tmp_path.chmod(0o755)
    one = {"POD_NAME": "db-0", "POD_IP": "127.0.0.1", "GALERA_CLUSTER_NAME": "t", "MARIADB_MONITOR_PASSWORD": "m"}
    with containers.volume() as run_directory:
        volumes = {
            run_directory: {"bind": "/run/galera", "mode": "rw"},
            str(tmp_path): {"bind": "/var/lib/galera", "mode": "rw"},
        }
        with containers.container(
            GALERA, environment=one, network_mode="none", volumes=volumes, **containers.CONFINED
        ) as node:
            wait_for("the complaint", lambda: b"cannot write to /var/lib/galera: Permission denied" in node.logs(), 20)
