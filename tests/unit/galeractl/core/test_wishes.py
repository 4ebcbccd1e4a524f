"""What is refused, and what has to be seen until an order counts as carried out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from galeractl.core.programs import Programs
from galeractl.core.sight import ClusterSight
from galeractl.core.wishes import members, missing, refusal, role_in, speakers, steering_in
from peerfinder.core.role import Mode, Preference, Role, WriterView
from peerfinder.core.steering import Order, Steering, What
from tests.support.sights import NAMES, a_cluster, a_lone_server, a_member, with_writer

SINCE = "2026-11-28 14:01:50 UTC"
ON, OFF = Order(What.MAINTENANCE, "on", "db-2"), Order(What.MAINTENANCE, "", "db-2")
MULTI, SINGLE, DEFAULT = Order(What.MODE, "multi"), Order(What.MODE, "single"), Order(What.MODE)
MUST_NOT = Order(What.PREFERENCE, "must-not", "db-2")

ALL = with_writer(a_cluster(*(a_member(name) for name in NAMES)), "db-0")
MULTI_VIEW = WriterView(Mode.MULTI, role=Role.PRIMARY)


def changed(sight: ClusterSight, *names: str, server: dict[str, Any] | None = None, **snapshot: Any) -> ClusterSight:
    """The same, where the snapshots of some nodes (else of all) say something else."""
    nodes = dict(sight.nodes)
    for name in names or tuple(nodes):
        one = nodes[name]
        assert one.snapshot
        report = one.snapshot.reports[name]
        reports = {name: replace(report, server=replace(report.server, **(server or {})))}
        nodes[name] = replace(one, snapshot=replace(one.snapshot, reports=reports, **snapshot))
    return replace(sight, nodes=nodes)


def stored(sight: ClusterSight, **settings: Any) -> ClusterSight:
    return changed(sight, steering=Steering(**settings))


RESTS = changed(
    stored(ALL, maintenance={"db-2": SINCE}), "db-2", server={"maintenance": SINCE, "desynced": True}, ready=False,
    ready_reason="in maintenance",
)  # fmt: skip
MULTI_SEEN = changed(stored(ALL, mode=Mode.MULTI), writer=MULTI_VIEW)
WISHED = WriterView(Mode.SINGLE, "db-2", 5, Role.SECONDARY, preferences={"db-2": Preference.MUST_NOT})
HELD = changed(stored(ALL, preferences={"db-2": Preference.MUST_NOT}), writer=WISHED)
FORCED = changed(RESTS, "db-0", "db-1", ready=False)

WAITED = {
    "multi, unread by all": (ALL, MULTI, "db-0, db-1, db-2 has not read it yet"),
    "multi, unread by one": (changed(MULTI_SEEN, "db-1", steering=Steering()), MULTI, "db-1 has not read it yet"),
    "multi, read and not acted by": (stored(ALL, mode=Mode.MULTI), MULTI, "not every node acts by it yet"),
    "multi, a ready node without the role": (
        changed(MULTI_SEEN, "db-1", writer=WriterView(Mode.MULTI)), MULTI, "db-1 takes no writes yet"),
    "multi, everywhere": (MULTI_SEEN, MULTI, ""),
    "single, everywhere": (stored(ALL, mode=Mode.SINGLE), SINGLE, ""),
    "single, no writer yet": (
        stored(with_writer(ALL, ""), mode=Mode.SINGLE), SINGLE, "the writer is being chosen"),
    "single, two names for it": (
        changed(stored(ALL, mode=Mode.SINGLE), "db-1", writer=WriterView(Mode.SINGLE, "db-1", 5, Role.PRIMARY)),
        SINGLE, "the writer is being chosen"),
    "single, on data without the role": (
        changed(stored(ALL, mode=Mode.SINGLE), writer=WriterView(reason="no table")), SINGLE, ""),
    "as configured": (ALL, DEFAULT, ""),
    "as configured, and one is behind": (
        changed(ALL, "db-1", writer=MULTI_VIEW), DEFAULT, "not every node acts by it yet"),
    "a preference, unread": (ALL, MUST_NOT, "db-0, db-1, db-2 has not read it yet"),
    "the writer that must not be it": (HELD, MUST_NOT, "db-2 is the writer still"),
    "the role has gone": (changed(HELD, writer=replace(WISHED, node="db-0")), MUST_NOT, ""),
    "nobody else can have it": (changed(HELD, "db-0", "db-1", ready=False), MUST_NOT, ""),
    "maintenance, unread": (ALL, ON, "db-0, db-1, db-2 has not read it yet"),
    "maintenance, and ready still": (changed(RESTS, "db-2", ready=True), ON, "db-2 is ready still"),
    "maintenance, and the writer still": (with_writer(RESTS, "db-2"), ON, "db-2 is the writer still"),
    "maintenance, and not desynced": (
        changed(RESTS, "db-2", server={"desynced": False}), ON, "db-2 is not desynced yet"),
    "in maintenance": (RESTS, ON, ""),
    "forced, it keeps the role and stays in flow control": (
        changed(with_writer(FORCED, "db-2"), "db-2", server={"desynced": False}), ON, ""),
    "of a node that does not run": (
        stored(with_writer(a_cluster(a_member("db-0"), a_member("db-1")), "db-0"), maintenance={"db-2": SINCE}), ON,
        ""),
    "its end, unread": (RESTS, OFF, "db-0, db-1, db-2 has not read it yet"),
    "its end, not acted by": (
        changed(ALL, "db-2", server={"maintenance": SINCE}), OFF, "db-2 has not acted by it yet"),
    "its end, catching up": (
        changed(ALL, "db-2", server={"stepped_out": True, "desynced": True, "recv_queue": 40}), OFF,
        "db-2 catches up with 40 write sets"),
    "its end, not ready": (
        changed(ALL, "db-2", ready=False, ready_reason="Joined, not Synced"), OFF, "db-2: Joined, not Synced"),
    "its end, desynced by hand": (
        changed(ALL, "db-2", server={"desynced": True}, ready=False), OFF,
        "db-2 is desynced by hand: SET GLOBAL wsrep_desync=OFF there ends it"),
    "ended": (ALL, OFF, ""),
    "the Primary is lost": (a_cluster(a_lone_server("db-0")), ON, "there is no Primary component any more"),
}  # fmt: skip


@pytest.mark.parametrize(("sight", "order", "lacks"), WAITED.values(), ids=WAITED)
def test_what_is_waited_for(sight: ClusterSight, order: Order, lacks: str) -> None:
    assert missing(sight, order) == lacks


NOBODY = "no other node than db-2 is ready, so clients would find none "
ALONE = a_cluster(a_member("db-2"), db_0=Programs.STOPPED, db_1=Programs.STOPPED)
REFUSALS = {
    "another node is ready": (ALL, ON, ""),
    "it does not run, and another is ready": (a_cluster(a_member("db-0"), db_2=Programs.STOPPED), ON, ""),
    "the last one": (
        ALONE, ON, NOBODY + "(db-0: its agent does not run; db-1: its agent does not run)"),
    "the others are not ready": (
        changed(ALL, "db-0", "db-1", ready=False, ready_reason="Joined, not Synced"), ON,
        NOBODY + "(db-0: Joined, not Synced; db-1: Joined, not Synced)"),
    "the end of it is never refused": (ALONE, OFF, ""),
    "nor is a mode": (ALONE, MULTI, ""),
    "nor a preference": (ALONE, MUST_NOT, ""),
}  # fmt: skip


@pytest.mark.parametrize(("sight", "order", "why"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_refused(sight: ClusterSight, order: Order, why: str) -> None:
    assert refusal(sight, order) == why


def test_the_node_that_an_order_is_about_is_asked_last() -> None:
    assert speakers(ALL, Order(What.MAINTENANCE, "on", "db-0")) == ("db-1", "db-2", "db-0")
    assert speakers(ALL, MULTI) == NAMES


def test_only_members_tell_what_is_set() -> None:
    sight = stored(a_cluster(a_lone_server("db-0"), a_member("db-1")), mode=Mode.MULTI)
    assert list(members(sight)) == ["db-1"]
    assert steering_in(sight).mode is Mode.MULTI
    assert role_in(a_cluster(a_lone_server("db-0"))) == WriterView()
    assert steering_in(a_cluster(a_lone_server("db-0"))) == Steering()
