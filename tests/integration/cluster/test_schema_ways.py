"""The servers of a cluster are reached from a pod and from a laptop, too, each with the password that is at hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymysql.converters import escape_string

from tests.support import kube_api
from tests.support.cluster import LocalCluster, copied, wait_for
from tests.support.kube_objects import a_machine, a_pod
from tests.support.laptop import Laptop

NAMES = ("db-0", "db-1", "db-2")


@pytest.fixture(scope="module")
def cluster(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    """A cluster whose root may log in from elsewhere, as in a release of the chart."""
    with copied(stopped, yard / "ways") as made:
        made.start()
        password = escape_string((made.directory / "secrets" / "root").read_text().rstrip("\n"))
        made.node("db-0").sql(
            f"CREATE USER root@'%' IDENTIFIED BY '{password}'", "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION"
        )
        wait_for("all nodes and a writer", lambda: made.status()["writer"], 60, made.words)
        yield made


def addresses(cluster: LocalCluster) -> dict[str, str]:
    return {one["name"]: one["address"] for one in cluster.galeractl("local", "status")["nodes"]}


def in_a_pod(cluster: LocalCluster, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run galeractl as if db-1 were a pod, and this its database container."""
    secrets = cluster.directory / "secrets"
    pod = {
        "POD_NAME": "db-1", "POD_NAMESPACE": "shop", "PEERFINDER_RUN_DIR": str(cluster.node("db-1").run),
        "PEERFINDER_TOKEN_FILE": str(secrets / "token"), "MARIADB_ROOT_PASSWORD_FILE": str(secrets / "root"),
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "galeractl", *words], capture_output=True, text=True, check=False, timeout=100,
        env=os.environ | pod | environment,
    )  # fmt: skip


def test_in_a_pod_the_own_server_by_its_socket_and_the_others_over_the_network(cluster: LocalCluster) -> None:
    told = in_a_pod(cluster, "schema", "check", "--data", "--json")
    assert told.returncode == 0, told.stderr
    found = json.loads(told.stdout)
    assert (found["equal"], set(found["digests"])) == (True, set(NAMES))
    cluster.node("db-2").sql("SET SESSION wsrep_on=OFF", "CREATE TABLE lab.odd (a INT PRIMARY KEY)")
    try:
        odd = in_a_pod(cluster, "schema", "check")
        assert odd.returncode == 1
        assert "table lab.odd\n  db-0, db-1: not there\n  db-2: there" in odd.stdout
        remedy = "kubectl -n shop delete pvc data-db-2 --wait=false && kubectl -n shop delete pod db-2"
        assert f"db-2 is the odd one out. To copy everything anew there: {remedy}" in odd.stdout
    finally:
        cluster.node("db-2").sql("SET SESSION wsrep_on=OFF", "DROP TABLE lab.odd")


def test_in_a_container_that_does_not_know_the_password_it_is_said(cluster: LocalCluster) -> None:
    told = in_a_pod(cluster, "schema", "check", MARIADB_ROOT_PASSWORD_FILE="")
    assert told.returncode == 1
    assert "the password of root is not known here" in told.stderr
    assert "--user NAME --password-file FILE" in told.stderr


def test_from_a_laptop_through_port_forwards_with_the_password_of_the_secret(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    password = (cluster.directory / "secrets" / "root").read_text().rstrip("\n")
    token = (cluster.directory / "secrets" / "token").read_text().strip()
    with kube_api.running(tmp_path, tls=True) as api:
        laptop = Laptop(api, tmp_path)
        memory: dict[str, Any] = json.loads((cluster.directory / "memory.json").read_text())
        laptop.put_release("my", "db", memory, **{"agent-token": token, "root-password": password})
        for name, address in addresses(cluster).items():
            laptop.put_pod(a_pod(name, machine="node1", address=address))
            api.forwards[name] = (address, 0)
        api.put("nodes", "node1", a_machine("node1"))
        told = laptop("schema", "check", "--data", "--json")
        assert told.returncode == 0, told.stderr
        assert set(json.loads(told.stdout)["digests"]) == set(NAMES)
        assert password not in told.stdout + told.stderr
        api.forbidden.add("secrets")
        refused = laptop("schema", "check")
        assert refused.returncode == 1
        assert "you may not get secret db" in refused.stderr
