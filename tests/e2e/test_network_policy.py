"""A stranger's pod reaches SQL and nothing else; peers reach everything."""

from __future__ import annotations

from tests.support.client_pod import ClientPod
from tests.support.cluster import wait_for
from tests.support.pod_processes import PYTHON
from tests.support.release import IMAGE, Release

GALERAS_OWN = (4444, 4567, 4568, 8008)


def test_a_stranger_reaches_only_sql(cluster: Release):
    stranger = ClientPod(cluster.ns, IMAGE, secret="", service=cluster.name, name="stranger")
    stranger.create()
    address = cluster.pods()[cluster.node(0)]["status"]["podIP"]
    wait_for("SQL to answer a stranger", lambda: stranger.knock(address, 3306)[str(3306)], 30)
    assert stranger.knock(address, 3306, *GALERAS_OWN) == {"3306": True} | {str(port): False for port in GALERAS_OWN}


def test_a_peer_reaches_the_agent_and_galera(cluster: Release):
    address = cluster.pods()[cluster.node(0)]["status"]["podIP"]
    script = (
        "import socket,sys; [socket.create_connection((sys.argv[1], int(p)), 3) for p in sys.argv[2:]]; print('all')"
    )
    said = cluster.ns.exec(cluster.node(1), "galera", PYTHON, "-c", script, address, "3306", "4567", "8008")
    assert said.strip() == "all"


def test_clients_can_be_restricted(own_release: Release):
    release = own_release
    release.install({"networkPolicy": {"clients": [{"podSelector": {"matchLabels": {"app": "client"}}}]}}, replicas=1)
    release.wait_ready(1)
    release.client.create()
    stranger = ClientPod(release.ns, IMAGE, secret="", service=release.name, name="stranger")
    stranger.labels = {"app": "stranger"}
    stranger.create()
    address = release.pods()[release.node(0)]["status"]["podIP"]
    assert release.client.knock(address, 3306) == {"3306": True}
    assert stranger.knock(address, 3306) == {"3306": False}
