"""Which clients a node takes, by probe and by label."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.role import Mode, Role, WriterRow, WriterView
from peerfinder.core.routing import (
    HUNG_SECONDS,
    keeps_clients,
    labels_of_others,
    pod_labels,
    takes_reads,
    takes_writes,
    view_of,
)
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.writer import Claim, Decision, Follow, Hold, NoRole
from peerfinder.core.wsrep import ServerFacts, WriteAccess
from tests.support.sights import NAMES, a_lone_server, a_member, a_waiting_node

ROW = WriterRow("db-0", 4)
VIEWS: dict[str, tuple[Decision, WriterRow | str, Mode, bool, WriterView]] = {
    "the writer": (Hold("ok"), ROW, Mode.SINGLE, True, WriterView(Mode.SINGLE, "db-0", 4, Role.PRIMARY, "ok")),
    "another": (Follow("db-0", "ok"), ROW, Mode.SINGLE, True, WriterView(Mode.SINGLE, "db-0", 4, Role.SECONDARY, "ok")),
    "one that claims": (
        Claim(ROW, "gone"), ROW, Mode.SINGLE, True, WriterView(Mode.SINGLE, "db-0", 4, Role.SECONDARY, "gone")),
    "outside a Primary an old row says nothing": (
        NoRole("out"), ROW, Mode.SINGLE, False, WriterView(Mode.SINGLE, "", 0, Role.NONE, "out")),
    "no table": (NoRole("none"), "none", Mode.SINGLE, True, WriterView(Mode.SINGLE, "", 0, Role.NONE, "none")),
    "everybody": (NoRole("all"), "unread", Mode.MULTI, True, WriterView(Mode.MULTI, "", 0, Role.PRIMARY, "all")),
    "everybody but those outside": (
        NoRole("all"), "unread", Mode.MULTI, False, WriterView(Mode.MULTI, "", 0, Role.NONE, "all")),
}  # fmt: skip


@pytest.mark.parametrize("case", VIEWS)
def test_a_decision_becomes_a_role(case: str) -> None:
    decision, row, mode, is_member, view = VIEWS[case]
    assert view_of(decision, row, mode, is_member=is_member) == view


PRIMARY = WriterView(Mode.SINGLE, "db-0", 4, Role.PRIMARY)
SECONDARY = WriterView(Mode.SINGLE, "db-1", 4, Role.SECONDARY)
NONE = WriterView(reason="no table")
MULTI = WriterView(Mode.MULTI, role=Role.PRIMARY, reason="every ready node takes writes")
ALONE = {"db-0": a_member("db-0"), "db-1": a_waiting_node("db-1")}


def snapshot(
    writer: WriterView, *, ready: bool = True, reports: dict[str, NodeReport] | None = None
) -> ClusterSnapshot:
    everybody = {name: a_member(name) for name in NAMES}
    why = "Primary and Synced" if ready else "Donor/Desynced while others are Synced"
    return ClusterSnapshot("db-0", 0.0, "b", NAMES, reports or everybody, ready=ready, ready_reason=why, writer=writer)


FREE, UNSURE, OPEN, CLOSED = WriteAccess


def read_only(access: WriteAccess) -> dict[str, NodeReport]:
    """Three members, of which the own one is read_only by somebody."""
    everybody = {name: a_member(name) for name in NAMES}
    mine = everybody["db-0"]
    return {**everybody, "db-0": replace(mine, server=replace(mine.server, read_only=True, access=access))}


UNREADY = "Donor/Desynced while others are Synced"
STALE = {"db-0": a_member("db-0"), "db-1": replace(a_member("db-1"), age=9.0)}
CASES: dict[str, tuple[ClusterSnapshot, tuple[bool, str], tuple[bool, str], str | None, bool]] = {
    # what: snapshot, (writes, why), (reads, why), label of the role, label of reads
    "the writer": (
        snapshot(PRIMARY), (True, "the writer since epoch 4"), (False, "the writer, while db-1, db-2 can take reads"),
        "primary", False),
    "the only ready node": (
        snapshot(PRIMARY, reports=ALONE), (True, "the writer"), (True, "the only ready node"), "primary", True),
    "a stale report is no ready node": (
        snapshot(PRIMARY, reports=STALE), (True, "the writer"), (True, "the only ready node"), "primary", True),
    "a writer that is not ready": (
        snapshot(PRIMARY, ready=False), (False, UNREADY), (False, UNREADY), "primary", False),
    "a reader": (
        snapshot(SECONDARY), (False, "the writer is db-1"), (True, "Primary and Synced"), "secondary", True),
    "a reader that is not ready": (
        snapshot(SECONDARY, ready=False), (False, UNREADY), (False, UNREADY), "secondary", True),
    "nobody has the role yet": (
        snapshot(WriterView(role=Role.SECONDARY)), (False, "no writer yet"), (True, "Synced"), "secondary", True),
    "no role at all": (snapshot(NONE), (False, "no writer role: no table"), (True, "Synced"), None, True),
    "a reader that its sidecar has made read-only": (
        snapshot(SECONDARY, reports=read_only(CLOSED)), (False, "the writer is db-1"), (True, "Synced"), "secondary",
        True),
    "a writer that a person has made read-only": (
        snapshot(PRIMARY, reports=read_only(OPEN)), (True, "the writer"), (False, "the writer, while"), "primary",
        False),
    "mode multi": (snapshot(MULTI), (True, "every ready node"), (True, "Synced"), "primary", True),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_probes_and_labels(case: str) -> None:
    seen, writes, reads, role, read_label = CASES[case]
    assert (takes_writes(seen).ok, takes_reads(seen).ok) == (writes[0], reads[0])
    assert writes[1] in takes_writes(seen).reason
    assert reads[1] in takes_reads(seen).reason
    assert pod_labels(seen) == {"galerakit/role": role, "galerakit/reads": "true" if read_label else None}


@pytest.mark.parametrize("view", [PRIMARY, MULTI])
@pytest.mark.parametrize("access", [UNSURE, CLOSED])
def test_nobody_is_sent_to_write_and_no_label_changes_until_its_own_read_only_has_ended(
    view: WriterView, access: WriteAccess
) -> None:
    seen = snapshot(view, reports=read_only(access))
    assert (takes_writes(seen).ok, takes_writes(seen).reason) == (
        False, "it is to take writes, and its read_only is not OFF yet"
    )  # fmt: skip
    assert pod_labels(seen) is None


def test_outside_a_primary_there_are_no_labels() -> None:
    for report in (a_lone_server("db-0"), a_waiting_node("db-0")):
        seen = snapshot(NONE, ready=False, reports={"db-0": report})
        assert pod_labels(seen) == {"galerakit/role": None, "galerakit/reads": None}


def test_what_is_not_known_changes_no_label() -> None:
    hangs = replace(a_member("db-0"), server=ServerFacts(error="no answer"))
    assert pod_labels(snapshot(NONE, ready=False, reports={"db-0": hangs})) is None
    assert pod_labels(snapshot(NONE, ready=False, reports={"db-1": a_member("db-1")})) is None


def a_stopping_node() -> NodeReport:
    member = a_member("db-0")
    return replace(member, facts=replace(member.facts, phase=Phase.STOPPING))


def hung(seconds: float) -> dict[str, NodeReport]:
    """A server that has not answered for a while."""
    member = a_member("db-0")
    return {"db-0": replace(member, server=replace(member.server, silent_seconds=seconds))}


KEEPS = {
    "a writer that hangs, and nobody has its role": (snapshot(PRIMARY, reports=hung(2.9)), True),
    "one whose role another node has taken": (snapshot(SECONDARY, reports=hung(HUNG_SECONDS)), False),
    "one that has lost the role and was only slow": (snapshot(SECONDARY, reports=hung(HUNG_SECONDS - 0.1)), True),
    "the writer": (snapshot(PRIMARY), True),
    "a node that is not ready, and serves on": (snapshot(SECONDARY, ready=False), True),
    "a node that was told to stop": (snapshot(PRIMARY, ready=False, reports={"db-0": a_stopping_node()}), True),
    "a node outside a Primary": (snapshot(NONE, ready=False, reports={"db-0": a_lone_server("db-0")}), False),
    "a server that does not answer": (
        snapshot(PRIMARY, reports={
            "db-0": replace(a_member("db-0"), server=replace(a_member("db-0").server, sql=False))}), False),
    "a node without a server": (snapshot(NONE, ready=False, reports={"db-0": a_waiting_node("db-0")}), False),
    "a node that knows nothing of itself": (snapshot(NONE, ready=False, reports={"db-1": a_member("db-1")}), False),
}  # fmt: skip


@pytest.mark.parametrize("case", KEEPS)
def test_who_is_connected_may_go_on(case: str) -> None:
    seen, goes_on = KEEPS[case]
    assert keeps_clients(seen, writers=True) is goes_on


def test_readers_of_a_server_that_is_slow_stay() -> None:
    assert keeps_clients(snapshot(SECONDARY, reports=hung(HUNG_SECONDS)), writers=False)


def test_the_writer_sees_to_it_that_no_other_pod_is_called_so() -> None:
    gone = {"galerakit/role": None, "galerakit/reads": None}
    member = {"galerakit/role": "secondary", "galerakit/reads": "true"}
    assert labels_of_others(snapshot(PRIMARY)) == {"db-1": member, "db-2": member}
    assert labels_of_others(snapshot(PRIMARY, reports=STALE)) == {"db-1": gone, "db-2": gone}
    scaled_away = replace(snapshot(PRIMARY, reports=ALONE), expected=("db-0",), addresses={"db-7": "10.0.0.7"})
    assert labels_of_others(scaled_away) == {"db-1": gone, "db-7": gone}
    for other in (SECONDARY, NONE, MULTI):
        assert labels_of_others(snapshot(other)) == {}
