"""The servers of a cluster: who logs in, and what is said where that cannot be."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import cast

import pytest

from galeractl.adapters.sql import Login, Session, SqlLine
from galeractl.core.sight import ClusterSight, Sight
from galeractl.core.sql import SqlError
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.cluster import Cluster
from galeractl.operator.laptop import LaptopCluster
from galeractl.operator.looking import LocalCluster
from galeractl.operator.pod import PodCluster
from galeractl.operator.selection import Pod
from galeractl.operator.servers import HasServers, at_once, login_of, parted, servers_of, sessions

POD = Pod("my-galera-1", "shop", Path("/run/galera"), 8008, "/secret/token", "10.0.0.7", "")


@pytest.mark.parametrize("kind", [LocalCluster, PodCluster, LaptopCluster])
def test_every_cluster_that_has_servers_is_known_as_one(kind: type) -> None:
    assert issubclass(kind, HasServers)


def test_a_cluster_whose_servers_cannot_be_reached_says_so() -> None:
    with pytest.raises(Trouble, match="cannot be reached by SQL"):
        servers_of(cast("Cluster", object()))


def test_an_account_is_a_name_and_a_password(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes("é'\n".encode())
    assert login_of(None, None) is None
    assert login_of("eyes", tmp_path / "secret") == Login("eyes", "é'".encode())
    for given in (("eyes", None), (None, tmp_path / "secret")):
        with pytest.raises(Trouble) as wrong:
            login_of(*given)
        assert wrong.value.code is Code.USAGE
    assert "é" not in repr(login_of("eyes", tmp_path / "secret"))


def test_in_a_pod_the_password_of_root_is_where_the_environment_says(tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(b"s3cret\n")
    pods = PodCluster(Pod("my-galera-1", "shop", tmp_path, 8008, "", "", str(tmp_path / "root")))
    line = pods.sql_line(Sight("my-galera-0", "10.0.0.6"), None)
    assert (line.user, line.password) == ("root", b"s3cret")
    assert "s3cret" not in repr(line)
    with pytest.raises(Trouble, match="cannot be read"):
        PodCluster(Pod("my-galera-1", "shop", tmp_path, 8008, "", "", "/nowhere")).sql_line(Sight("x", ""), None)
    with pytest.raises(Trouble, match="MARIADB_ROOT_PASSWORD_FILE is not set"):
        PodCluster(POD).sql_line(Sight("my-galera-0", "10.0.0.6"), None)
    assert PodCluster(POD).sql_line(Sight("my-galera-0", "10.0.0.6"), Login("eyes", b"x")).user == "eyes"


def test_several_nodes_are_copied_anew_together() -> None:
    assert PodCluster(POD).copy_anew(("my-galera-0", "my-galera-2")) == (
        "kubectl -n shop delete pvc data-my-galera-0 data-my-galera-2 --wait=false && "
        "kubectl -n shop delete pod my-galera-0 my-galera-2"
    )


class Gone:
    """A cluster none of whose servers can be reached."""

    def sql_line(self, node: Sight, login: Login | None) -> SqlLine:
        def refused() -> socket.socket:
            raise ConnectionRefusedError(111, "Connection refused")

        return SqlLine(refused, node.name, "root", b"")

    def copy_anew(self, names: tuple[str, ...]) -> str:
        return ""


def test_a_server_that_cannot_be_reached_is_an_answer_too() -> None:
    sight = ClusterSight("db", ("db-0",), {"db-0": Sight("db-0", "")})
    with sessions(Gone(), sight, ("db-0",), None) as (opened, failed):
        assert not opened
        assert str(failed["db-0"]) == "it cannot be reached: Connection refused"


def test_answers_and_errors_are_parted() -> None:
    def ask(name: str, number: int) -> int:
        if number:
            return number
        raise SqlError(f"{name} said no")

    answers, failed = parted(at_once({"a": 1, "b": 0}, ask))
    assert (answers, str(failed["b"])) == ({"a": 1}, "b said no")
    assert at_once(dict[str, Session](), lambda _name, one: one) == {}
