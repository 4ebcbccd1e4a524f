"""What is wrong, in plain words; and that nothing is said of a cluster that is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.alerts import Level, alerts, readiness
from peerfinder.core.lineage import Ballot
from peerfinder.core.progress import Progress, Stage
from peerfinder.core.report import Datadir, DecisionSummary, NodeReport
from peerfinder.core.role import Mode, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.wsrep import WriteAccess
from tests.support.moments import a_moment
from tests.support.sights import NAMES, a_lone_server, a_member, a_waiting_node

WAITS = DecisionSummary("wait", 5, "waiting for db-1", "galeractl recover --without db-1", ("db-1",), True)
REFUSES = DecisionSummary("refuse", 6, "two histories", "galeractl recover --discard db-2")


def but(**server: object) -> ClusterSnapshot:
    """Three members, of which db-1's server is different."""
    odd = a_member("db-1")
    return a_moment(a_member("db-0"), replace(odd, server=replace(odd.server, **server)), a_member("db-2"))  # type: ignore[arg-type]


def two_and(third: NodeReport) -> ClusterSnapshot:
    """Two members and another node."""
    return a_moment(a_member("db-0"), a_member("db-1"), third)


def on_its_way(progress: Progress) -> NodeReport:
    """A node whose start has come so far."""
    report = a_waiting_node("db-2")
    return replace(report, facts=replace(report.facts, progress=progress))


def unreadable() -> NodeReport:
    """A node that cannot use its volume."""
    report = a_waiting_node("db-2")
    return replace(report, facts=replace(report.facts, datadir=Datadir.UNREADABLE, problem="No space left on device"))


CASES: dict[str, tuple[ClusterSnapshot, Level, str]] = {
    "a node is down": (a_moment(a_member("db-0"), a_member("db-1")), Level.WARN,
                       "db-2 gives no report: no answer from its agent."),
    "fewer are ready than expected": (a_moment(a_member("db-0"), a_member("db-1")), Level.WARN,
                                      "2 of 3 nodes can serve clients."),
    "split brain": (a_moment(a_member("db-0"), a_member("db-1", epoch=Ballot(9, "db-1"))), Level.BAD, "Split brain: "),
    "no quorum": (a_moment(a_lone_server("db-0")), Level.BAD, "No quorum: "),
    "a node without a Primary": (two_and(a_lone_server("db-2")), Level.WARN,
                                 "db-2 runs without a Primary component (non-Primary)."),
    "stuck appliers": (but(stuck="its appliers stand still", stepped_out=True), Level.WARN,
                       "db-1 is stuck: its appliers stand still; it has stepped out of flow control"),
    "a transfer that stands still": (two_and(on_its_way(Progress(Stage.SST, 10, 20, 200.0, 300.0))), Level.WARN,
                                     "db-2: nothing of the state transfer has come or been prepared for 200 s"),
    "a volume that cannot be used": (two_and(unreadable()), Level.BAD,
                                     "db-2 cannot use its volume: No space left on device."),
    "a node that refuses": (two_and(a_waiting_node("db-2", decision=REFUSES)), Level.BAD,
                            "db-2 refuses to start: two histories."),
    "a node that waits for a person": (two_and(a_waiting_node("db-2", decision=WAITS)), Level.BAD,
                                       "db-2 waits for a person: waiting for db-1."),
    "a memory that cannot be read": (a_moment(memory=None, memory_problem="403 Forbidden"), Level.WARN,
                                     "The cluster memory cannot be read: 403 Forbidden."),
    "trouble with DNS": (a_moment(dns="SERVFAIL"), Level.WARN, "DNS gives no answer, new nodes are not found"),
    "an unknown number of nodes": (a_moment(expected=None), Level.WARN, "How many nodes the cluster should have"),
    "no writer": (a_moment(writer=""), Level.WARN, "No node is known to take the writes: no row yet."),
    "a writer that is read_only": (replace(but(read_only=True), writer=WriterView(Mode.SINGLE, "db-1", 4)), Level.BAD,
                                   "db-1 is the writer, and its server is read_only."),
    "a writer made so by hand": (
        replace(but(read_only=True, access=WriteAccess.OPEN), writer=WriterView(Mode.SINGLE, "db-1", 4)), Level.BAD,
        "db-1 is the writer, and its server is read_only."),
    "a secondary that takes writes by hand": (but(access=WriteAccess.CLOSED), Level.NOTE,
                                              "db-1: read_only is OFF and was ON by its sidecar"),
    "versions differ": (but(version="11.8.3-MariaDB"), Level.NOTE, "The servers are of different versions"),
    "queries are rejected": (but(reject_queries=True), Level.NOTE, "db-1 rejects queries"),
    "desynced": (but(desynced=True), Level.NOTE, "db-1 is desynced"),
    "maintenance": (but(maintenance="2026-11-28 12:00:00"), Level.NOTE, "db-1 is in maintenance since 2026-11-28"),
    "no failure can be tolerated": (a_moment(a_member("db-0", size=1), expected=NAMES), Level.WARN,
                                    "The cluster cannot tolerate any failure now."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_said(case):
    snapshot, level, text = CASES[case]
    said = alerts(snapshot, 0.2, is_stale=False)
    assert [one.level for one in said if one.text.startswith(text)] == [level], said
    assert [one.level for one in said] == sorted((one.level for one in said), key=list(Level).index)


def test_a_cluster_that_is_well_has_none():
    assert alerts(a_moment(), 0.2, is_stale=False) == ()
    alone = a_moment(a_member("db-0", size=1), expected=("db-0",))
    assert alerts(alone, 0.2, is_stale=False) == ()


def test_a_look_that_is_old_is_said_first():
    first, *_rest = alerts(a_moment(dns="SERVFAIL"), 12.4, is_stale=True)
    assert (first.level, first.text) == (Level.BAD, "This agent's last look was 12 s ago: what stands here is old.")


def test_the_remedy_of_a_node_comes_with_its_alert():
    said = alerts(two_and(a_waiting_node("db-2", decision=REFUSES)), 0.2, is_stale=False)
    assert "galeractl recover --discard db-2" in [one.remedy for one in said]


def test_of_itself_a_node_knows_best():
    snapshot = replace(a_moment(), ready=False, ready_reason="because")
    ready = readiness(snapshot)
    assert (ready["db-0"].ok, ready["db-0"].reason, ready["db-1"].ok) == (False, "because", True)
