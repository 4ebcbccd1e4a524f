"""The drawing, character by character."""

from __future__ import annotations

from galeractl.core.diagnose import diagnose
from galeractl.core.programs import Programs
from galeractl.core.topology import render_topology
from peerfinder.core.report import DecisionSummary
from peerfinder.core.wsrep import WsrepState
from tests.support.sights import a_cluster, a_member, a_waiting_node, with_writer


def test_members_and_a_node_that_is_down() -> None:
    seen = a_cluster(a_member("db-0"), a_member("db-1", state=WsrepState.DONOR), db_2=Programs.STOPPED)
    assert render_topology(diagnose(seen)).splitlines() == [
        "local-1  ONLINE_PARTIAL, can tolerate 1 failure",
        "+ db-0  [0,Synced,10.11.6-MariaDB,rw,812,]",
        "+ db-1  [0,Donor/Desynced,10.11.6-MariaDB,rw,812,donor]",
        "- db-2  [-,stopped,-,-,-,]  its programs do not run",
    ]


def test_the_writer_stands_on_top() -> None:
    found = diagnose(with_writer(a_cluster(a_member("db-0"), a_member("db-1"), a_member("db-2")), "db-1"))
    assert render_topology(found).splitlines() == [
        "local-1  ONLINE, can tolerate 1 failure",
        "db-1    [0,Synced,10.11.6-MariaDB,rw,812,writer]",
        "+ db-0  [0,Synced,10.11.6-MariaDB,rw,812,]",
        "+ db-2  [0,Synced,10.11.6-MariaDB,rw,812,]",
    ]


def test_nodes_that_wait_say_why() -> None:
    decision = DecisionSummary("wait", 5, "waiting for db-1", waiting_for=("db-1",))
    seen = a_cluster(a_waiting_node("db-0", decision=decision), expected=("db-0", "db-1"), db_1=Programs.PAUSED)
    assert render_topology(diagnose(seen)).splitlines() == [
        "local-1  NO_QUORUM",
        "- db-0  [-,waiting,10.11.6-MariaDB,-,812,]  waiting for db-1",
        "- db-1  [-,unreachable,-,-,-,paused]  its programs are paused",
    ]
