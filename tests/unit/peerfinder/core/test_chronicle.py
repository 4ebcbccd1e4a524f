"""The lines of the timeline: what happened between two looks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.chronicle import Tone, between, scene_of
from peerfinder.core.progress import Progress, Stage
from peerfinder.core.report import Copying, DecisionSummary, NodeReport, Purpose
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.wsrep import WsrepState
from tests.support.moments import a_moment, a_view
from tests.support.sights import a_lone_server, a_member, a_waiting_node

REFUSES = DecisionSummary("refuse", 6, "two histories")
ALL = a_moment()
DOWN = a_moment(a_member("db-0"), a_member("db-1"))


def two_and(third: NodeReport) -> ClusterSnapshot:
    """Two members and another node."""
    return a_moment(a_member("db-0"), a_member("db-1"), third)


def busy(report: NodeReport, stage: Stage, done: int = 0, total: int = 0, quiet: float = 0.0) -> NodeReport:
    """A node and its transfer."""
    return replace(report, facts=replace(report.facts, progress=Progress(stage, done, total, quiet, 300.0)))


def given(sent: int, seconds: float, purpose: Purpose = Purpose.BACKUP) -> ClusterSnapshot:
    """A node that is copied, and desynced for it."""
    donor = a_member("db-2", state=WsrepState.DONOR)
    return two_and(replace(donor, copying=Copying(purpose, sent, 9 << 20, seconds)))


COPIES = two_and(busy(a_waiting_node("db-2"), Stage.SST, 3 << 20))
CASES: dict[str, tuple[ClusterSnapshot, ClusterSnapshot, list[tuple[str, str]]]] = {
    "nothing": (ALL, ALL, []),
    "a node goes": (ALL, DOWN, [("node bad", "db-2 gives no report: no answer from its agent"),
                                ("cluster note", "the cluster is ONLINE_PARTIAL")]),
    "a node comes back": (DOWN, ALL, [("node good", "db-2 is Synced and takes part"),
                                      ("cluster good", "the cluster is ONLINE")]),
    "the writer moves": (ALL, a_moment(writer="db-1", epoch=5),
                         [("writer good", "db-1 takes the writes, after db-0 (epoch 5)")]),
    "the writer was there before": (a_moment(writer="", epoch=0), a_moment(writer="db-1", epoch=5),
                                    [("writer note", "db-1 is the writer (epoch 5)")]),
    "the first writer": (a_moment(writer="", epoch=0), a_moment(writer="db-1", epoch=1),
                         [("writer good", "db-1 takes the writes (epoch 1)")]),
    "a view": (a_moment(applied=a_view("db-0", "db-1")), a_moment(applied=a_view("db-0", "db-2", seq=4, start=812)),
               [("view note", "view 4 from seqno 812: db-0, db-2 (db-2 came; db-1 left)")]),
    "the first view": (ALL, a_moment(applied=a_view("db-0")), [("view note", "view 3 from seqno 800: db-0")]),
    "a copy begins": (two_and(a_waiting_node("db-2")), COPIES,
                      [("transfer note", "db-2 receives a copy of the whole state (SST)")]),
    "a copy ends": (COPIES, two_and(a_waiting_node("db-2")),
                    [("transfer note", "the copy to db-2 has ended, at 3.0 MiB")]),
    "missing write sets": (COPIES, two_and(busy(a_waiting_node("db-2"), Stage.IST, 3, 9)), [
        ("transfer note", "the copy to db-2 has ended, at 3.0 MiB"),
        ("transfer note", "db-2 receives the write sets that it lacks (IST)")]),
    "they have come": (two_and(busy(a_waiting_node("db-2"), Stage.IST, 3, 9)), two_and(a_waiting_node("db-2")),
                       [("transfer note", "db-2: the missing write sets have come (9)")]),
    "a donor": (ALL, two_and(busy(a_member("db-2", state=WsrepState.DONOR), Stage.DONOR)),
                [("transfer note", "db-2 sends its state")]),
    "a copy is given": (ALL, given(0, 0.0), [("transfer note", "db-2 gives a copy of its data away (backup)")]),
    "it goes on": (given(0, 0.0), given(3 << 20, 4.0), []),
    "it was given": (given(3 << 20, 4.0), ALL, [("node good", "db-2 is Synced and takes part"),
                                                ("transfer note", "the copy of db-2 has ended (backup), at 3.0 MiB")]),
    "another one": (given(3 << 20, 4.0), given(0, 0.5, Purpose.SEED), [
        ("transfer note", "the copy of db-2 has ended (backup), at 3.0 MiB"),
        ("transfer note", "db-2 gives a copy of its data away (seed)")]),
    "desynced": (ALL, two_and(a_member("db-2", state=WsrepState.DONOR)),
                 [("node note", "db-2 gives its state to another node, or is desynced")]),
    "a transfer stands still": (COPIES, two_and(busy(a_waiting_node("db-2"), Stage.SST, 3 << 20, quiet=200.0)),
                                [("trouble bad", "db-2 stands still: sst")]),
    "DNS": (ALL, a_moment(dns="SERVFAIL"), [("trouble bad", "DNS gives no answer: SERVFAIL")]),
    "DNS again": (a_moment(dns="SERVFAIL"), ALL, [("trouble good", "it is over that DNS gives no answer")]),
    "no quorum": (ALL, two_and(a_lone_server("db-2")), [("node bad", "db-2 has lost the Primary component"),
                                                       ("cluster note", "the cluster is ONLINE_PARTIAL")]),
    "a refusal": (DOWN, two_and(a_waiting_node("db-2", decision=REFUSES)),
                  [("node bad", "db-2 refuses to start: two histories")]),
    "scaled away": (two_and(a_waiting_node("db-2")),
                    a_moment(a_member("db-0"), a_member("db-1"), expected=("db-0", "db-1")), [
        ("node note", "db-2 is no node of this cluster any more"), ("cluster good", "the cluster is ONLINE")]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_told(case):
    before, after, lines = CASES[case]
    told = between(scene_of(before), scene_of(after))
    assert [(f"{one.kind} {one.tone}", one.text) for one in told] == lines


def test_the_first_look_tells_how_it_was():
    (line,) = between(None, scene_of(ALL))
    assert (line.tone, line.text) == (Tone.NOTE, "this agent began to watch; the cluster is ONLINE")
