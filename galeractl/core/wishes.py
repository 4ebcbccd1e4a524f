"""What a person may set while the cluster runs: what is refused, and what there is to wait for. Pure.

An order is stored in the cluster's data by one agent; each node reads it at its own next look and acts by it. So what
is waited for is seen in the snapshots of the members: first that every one has read it, then its effect. A node that is
no member now has none: what is set counts when it is back.
"""

from __future__ import annotations

from galeractl.core.sight import ClusterSight
from peerfinder.core.policy import Policy, may_write
from peerfinder.core.role import Mode, Preference, Role, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.steering import ON, Order, Steering, What


def members(sight: ClusterSight) -> dict[str, ClusterSnapshot]:
    """Give what every member of the Primary component sees."""
    found = {name: sight.nodes[name].snapshot for name in sight.primaries}
    return {name: snapshot for name, snapshot in found.items() if snapshot is not None}


def speakers(sight: ClusterSight, order: Order) -> tuple[str, ...]:
    """Name the members that can take an order, the node that it is about last: it may be the one in trouble."""
    return tuple(sorted(members(sight), key=lambda name: (name == order.node, name)))


def role_in(sight: ClusterSight) -> WriterView:
    """Give the role as the member knows it that has seen it claimed most often."""
    return max((one.writer for one in members(sight).values()), key=lambda view: view.epoch, default=WriterView())


def steering_in(sight: ClusterSight) -> Steering:
    """Give what is stored, as the members know it."""
    return next((one.steering for one in members(sight).values()), Steering())


def refusal(sight: ClusterSight, order: Order) -> str:
    """Why this order should not be given; '' where nothing speaks against it."""
    if order.setting != What.MAINTENANCE or not order.value or _others_ready(sight, order.node):
        return ""
    others = {name: one for name, one in sight.nodes.items() if name != order.node}
    why = [f"{name}: {_why_not(sight, name)}" for name in others]
    return f"no other node than {order.node} is ready, so clients would find none" + (
        f" ({'; '.join(why)})" if why else ""
    )


def missing(sight: ClusterSight, order: Order) -> str:
    """What has not come about yet, in a sentence; '' when the order has its effect."""
    seen = members(sight)
    if not seen:
        return "there is no Primary component any more"
    unread = [name for name, one in seen.items() if _stored(one.steering, order) != order.value]
    if unread:
        return f"{', '.join(unread)} has not read it yet"
    match What(order.setting):
        case What.MODE:
            return _mode_is_missing(seen, order.value)
        case What.PREFERENCE:
            return _move_is_missing(sight, order.node)
        case What.MAINTENANCE:
            if order.node not in seen:
                return ""
            return _rest_is_missing(sight, order.node) if order.value else _return_is_missing(seen[order.node])


def _stored(steering: Steering, order: Order) -> str:
    match What(order.setting):
        case What.MODE:
            return steering.mode or ""
        case What.PREFERENCE:
            return steering.preferences.get(order.node, "")
        case What.MAINTENANCE:
            return ON if order.node in steering.maintenance else ""


def _mode_is_missing(seen: dict[str, ClusterSnapshot], wanted: str) -> str:
    modes = {one.writer.mode for one in seen.values()}
    if len(modes) > 1 or (wanted and modes != {wanted}):
        return "not every node acts by it yet"
    if modes == {Mode.MULTI}:
        waits = [name for name, one in seen.items() if one.ready and one.writer.role is not Role.PRIMARY]
        return f"{', '.join(waits)} takes no writes yet" if waits else ""
    if all(one.writer.role is Role.NONE for one in seen.values()):
        return ""  # data without the table of the role: nobody will ever be the writer
    writers = {one.writer.node for one in seen.values()}
    return "" if len(writers) == 1 and writers != {""} else "the writer is being chosen"


def _move_is_missing(sight: ClusterSight, node: str) -> str:
    """A writer that must not be one is succeeded where another node can be."""
    role = role_in(sight)
    policy = Policy(preferences=role.preferences)
    if role.node != node or policy.of(node) is not Preference.MUST_NOT:
        return ""
    others = [name for name in _others_ready(sight, node) if may_write(sight.primaries[name], policy)]
    return f"{node} is the writer still" if others else ""


def _rest_is_missing(sight: ClusterSight, node: str) -> str:
    own = members(sight)[node]
    if own.ready:
        return f"{node} is ready still"
    if not _others_ready(sight, node):
        return ""  # forced: it keeps what nobody else can have
    if role_in(sight).node == node:
        return f"{node} is the writer still"
    return "" if sight.primaries[node].server.desynced else f"{node} is not desynced yet"


def _return_is_missing(own: ClusterSnapshot) -> str:
    report = own.own_report
    if report is None:
        return f"{own.me} does not report"
    server = report.server
    if server.maintenance:
        return f"{own.me} has not acted by it yet"
    if server.stepped_out and server.recv_queue > 0:
        return f"{own.me} catches up with {server.recv_queue} write sets"
    if server.desynced and not server.stepped_out:
        return f"{own.me} is desynced by hand: SET GLOBAL wsrep_desync=OFF there ends it"
    return "" if own.ready and not server.stepped_out else f"{own.me}: {own.ready_reason}"


def _others_ready(sight: ClusterSight, node: str) -> list[str]:
    return [name for name, one in members(sight).items() if one.ready and name != node]


def _why_not(sight: ClusterSight, name: str) -> str:
    one = sight.nodes[name]
    return (one.snapshot.ready_reason if one.snapshot else "") or one.problem or "not ready"
