"""The drawing, character by character."""

from __future__ import annotations

from dataclasses import replace

from galeractl.core.diagnose import diagnose
from galeractl.core.programs import Programs
from galeractl.core.topology import render_topology
from peerfinder.core.progress import Progress, Stage
from peerfinder.core.report import DecisionSummary, NodeReport
from peerfinder.core.wsrep import ServerFacts, WsrepState
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


def a_joiner(progress: Progress) -> NodeReport:
    one = a_member("db-2")
    decision = DecisionSummary("join", 2, "a Primary answers")
    return replace(
        one,
        facts=replace(one.facts, decision=decision, progress=progress),
        server=ServerFacts(state=WsrepState.JOINING, comment="Receiving SST"),
    )


def test_a_state_transfer_says_how_far_it_is_and_that_it_stands_still() -> None:
    def line(progress: Progress) -> str:
        seen = a_cluster(a_member("db-0"), a_member("db-1"), a_joiner(progress))
        return render_topology(diagnose(seen)).splitlines()[-1]

    gib = 1 << 30
    assert line(Progress(Stage.SST, gib, 4 * gib)) == (
        "- db-2  [-,joining,10.11.6-MariaDB,-,-,sst 1.0 GiB of 4.0 GiB (25 %)]  Receiving SST"
    )
    assert line(Progress(Stage.SST, gib, quiet=200, limit=300)) == (
        "- db-2  [-,joining,10.11.6-MariaDB,-,-,sst 1.0 GiB+stalled]  nothing of the state transfer has come or been "
        "prepared for 200 s, at sst 1.0 GiB; it is ended after 300 s"
    )


def test_nodes_that_wait_say_why() -> None:
    decision = DecisionSummary("wait", 5, "waiting for db-1", waiting_for=("db-1",))
    seen = a_cluster(a_waiting_node("db-0", decision=decision), expected=("db-0", "db-1"), db_1=Programs.PAUSED)
    assert render_topology(diagnose(seen)).splitlines() == [
        "local-1  NO_QUORUM",
        "- db-0  [-,waiting,10.11.6-MariaDB,-,812,]  waiting for db-1",
        "- db-1  [-,unreachable,-,-,-,paused]  its programs are paused",
    ]
