"""What the page shows, and what it must never show."""

from __future__ import annotations

import json
from dataclasses import replace

from peerfinder.core.chronicle import Kind, Line, Tone
from peerfinder.core.codec import to_json
from peerfinder.core.history import Change
from peerfinder.core.page import PageData, Past, Turn, page_of, turns_of
from peerfinder.core.progress import Progress, Stage
from peerfinder.core.report import Copying, DecisionSummary, NodeReport, Purpose
from peerfinder.core.role import Preference
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.state import State
from peerfinder.core.wsrep import WsrepState
from tests.support.moments import LOOKED_AT, a_moment
from tests.support.sights import HISTORY, a_member, a_waiting_node

WAITS = DecisionSummary("wait", 5, "waiting for db-1", "galeractl recover --without db-1", ("db-1",), True)


def shown(snapshot: ClusterSnapshot, seconds: float = 0.25, **more: object) -> PageData:
    """The page so many seconds after the look."""
    return page_of(snapshot, LOOKED_AT + seconds, stale_after=5.0, **more)  # type: ignore[arg-type]


def busy(report: NodeReport, progress: Progress) -> NodeReport:
    """A node and how far it is."""
    return replace(report, facts=replace(report.facts, progress=progress))


def test_a_cluster_that_is_well():
    page = shown(a_moment(), namespace="shop")
    assert (page.cluster, page.namespace, page.me, page.state) == ("db", "shop", "db-0", State.ONLINE)
    assert (page.tolerates, page.writer, page.epoch, page.uuid, page.seqno) == (1, "db-0", 4, HISTORY, 812)
    assert (page.ready, page.expected, page.alerts, page.age) == (3, 3, (), 0.2)
    assert [(one.name, one.role, one.is_writer, one.ready, one.reason) for one in page.nodes] == [
        ("db-0", "primary", True, True, "Primary and Synced"),
        ("db-1", "secondary", False, True, "Primary and Synced"),
        ("db-2", "secondary", False, True, "Primary and Synced"),
    ]
    assert (page.nodes[1].address, page.nodes[1].mode, page.nodes[1].queue) == ("10.0.0.1", "rw", 0)


def test_a_node_that_gives_no_report_is_there_with_the_reason():
    page = shown(a_moment(a_member("db-0"), a_member("db-1")))
    assert (page.nodes[2].role, page.nodes[2].seqno, page.nodes[2].ready) == ("unreachable", None, False)
    assert page.nodes[2].reason == "no answer from its agent"


def test_a_node_that_waits_says_for_whom_and_what_to_do():
    node = shown(a_moment(a_member("db-0"), a_waiting_node("db-1", decision=WAITS))).nodes[1]
    assert (node.role, node.waiting_for, node.remedy) == ("waiting", ("db-1",), "galeractl recover --without db-1")
    assert (node.reason, node.flags, node.seqno) == ("waiting for db-1", ("needs-operator",), 812)


def test_a_transfer_has_its_share():
    copies = busy(a_waiting_node("db-1"), Progress(Stage.SST, 3 << 20, 12 << 20, 1.0))
    node = shown(a_moment(a_member("db-0"), copies)).nodes[1]
    assert node.transfer is not None
    assert (node.transfer.percent, node.transfer.much) == (25, "3.0 MiB of 12.0 MiB")


def test_a_transfer_of_unknown_size_has_none_and_one_that_is_over_is_none():
    missing = busy(a_waiting_node("db-1"), Progress(Stage.IST, 3, 0))
    sends = busy(a_member("db-0", state=WsrepState.DONOR), Progress(Stage.DONOR, 5000))
    over = busy(a_member("db-2"), Progress(Stage.IST, 9, 9))
    transfers = [node.transfer for node in shown(a_moment(sends, missing, over)).nodes]
    assert transfers[0] is not None
    assert transfers[1] is not None
    assert (transfers[0].percent, transfers[0].much) == (None, "4.9 KiB")
    assert (transfers[1].percent, transfers[1].much) == (None, "")
    assert transfers[2] is None


def test_a_look_of_long_ago_says_that_nothing_is_known():
    page = shown(a_moment(), 5.1)
    assert (page.state, page.tolerates, page.losses) == (State.UNKNOWN, 0, "")
    assert page.alerts[0].text.startswith("This agent's last look was 5 s ago")


def test_what_was_remembered_comes_newest_first():
    past = [Past(1.0, Line(Kind.NODE, "one", Tone.NOTE)), Past(2.0, Line(Kind.VIEW, "two", Tone.GOOD))]
    page = shown(a_moment(), past=past, turns=[Turn(1.0, "db-1"), Turn(2.0, "db-0", "db-1")])
    assert [(one.at, one.kind, one.tone, one.text) for one in page.lines] == [
        (2.0, "view", "good", "two"),
        (1.0, "node", "note", "one"),
    ]
    assert [one.node for one in page.writers] == ["db-0", "db-1"]


def test_the_history_in_the_data_comes_before_what_was_seen_and_is_not_in_it_yet():
    changes = [Change(2, 1_000_020.0, "db-1", "db-0", "gone", 1.5), Change(1, 1_000_010.0, "db-0", "", "the first")]
    seen = [Turn(20.2, "db-1", "db-0", epoch=2), Turn(30.0, "db-2", "db-1", epoch=3)]
    assert turns_of(changes, seen, 1_000_000.0) == (
        Turn(10.0, "db-0", "", "the first", None, 1),
        Turn(20.0, "db-1", "db-0", "gone", 1.5, 2),
        seen[1],
    )
    assert turns_of((), seen, 1_000_000.0) == tuple(seen)


def test_a_preference_is_a_flag():
    moment = a_moment()
    writer = replace(moment.writer, preferences={"db-2": Preference.MUST_NOT})
    assert [one.flags for one in shown(replace(moment, writer=writer)).nodes] == [(), (), ("must-not",)]


def test_records_promises_and_the_memory_stay_inside():
    text = json.dumps(to_json(shown(a_moment())))
    for word in ("record", "promise", "lineage", "memory", "ballot", "boot_id", "gcomm"):
        assert word not in text


def test_a_copy_that_is_made_now():
    assert shown(a_moment()).backup == "None is made at this moment. Which there are: galeractl backup list."
    copied = replace(a_member("db-1"), copying=Copying(Purpose.BACKUP, 3 << 20, 12 << 20, 4.0))
    page = shown(a_moment(a_member("db-0"), copied, a_member("db-2")))
    assert page.backup == "db-1 gives a copy of its data away (backup 3.0 MiB of 12.0 MiB (25 %))."
