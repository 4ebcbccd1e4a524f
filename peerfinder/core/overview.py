"""The whole cluster as one node sees it: the nodes it knows, what each is, and the state in one word.

`galeractl` asks every agent and takes the word of each about itself; an agent has only its own snapshot. So it judges
by the reports of its peers, and a node that gives none is `unreachable` from here. A snapshot that is stale says
nothing about now: UNKNOWN.
"""

from __future__ import annotations

from peerfinder.core.names import by_ordinal
from peerfinder.core.report import NodeReport
from peerfinder.core.role import Mode, Role
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.standing import Standing, standing_of
from peerfinder.core.state import State, tolerance, tolerated, with_nodes


def fresh(snapshot: ClusterSnapshot) -> dict[str, NodeReport]:
    """Give the reports that say what is true now."""
    return {name: report for name, report in snapshot.reports.items() if report.is_fresh}


def primaries(snapshot: ClusterSnapshot) -> dict[str, NodeReport]:
    """Give the reports of the nodes that hold the whole state of a Primary component."""
    return {name: report for name, report in fresh(snapshot).items() if report.in_primary}


def standings(snapshot: ClusterSnapshot) -> dict[str, Standing]:
    """Say of every node that is known what it is, in the order of their ordinals."""
    reports = fresh(snapshot)
    names = by_ordinal({*(snapshot.expected or ()), *snapshot.reports, *snapshot.silent, snapshot.me})
    return {
        name: standing_of(reports[name], _part(snapshot, name)) if name in reports else Standing.UNREACHABLE
        for name in names
    }


def state_of(snapshot: ClusterSnapshot, *, is_stale: bool = False) -> State:
    """Give the state of the cluster."""
    if is_stale:
        return State.UNKNOWN
    expected = snapshot.expected or tuple(snapshot.reports)
    return with_nodes(primaries(snapshot), expected, snapshot.memory, snapshot.reports.values())


def may_fail(snapshot: ClusterSnapshot, state: State) -> int:
    """Count the nodes that may fail at once."""
    return tolerated(primaries(snapshot)) if state in (State.ONLINE, State.ONLINE_PARTIAL) else 0


def summary(snapshot: ClusterSnapshot, state: State) -> str:
    """Say how the cluster is, in one sentence."""
    found = standings(snapshot)
    inside = [name for name, one in found.items() if one.takes_part]
    outside = ", ".join(f"{name} ({one})" for name, one in found.items() if not one.takes_part)
    tolerates = tolerance(may_fail(snapshot, state))
    match state:
        case State.ONLINE:
            return f"All {len(inside)} nodes are in the Primary component; the cluster {tolerates}."
        case State.ONLINE_PARTIAL:
            rest = f" Not in it: {outside}." if outside else ""
            count = f"{len(inside)} of {len(found)} nodes"
            return f"{count} are in the Primary component; the cluster {tolerates}.{rest}"
        case State.SPLIT_BRAIN:
            return f"Two Primary components answer (members: {', '.join(inside)}): stop the one whose writes are to go."
        case State.NO_QUORUM:
            return f"There is no Primary component, nothing can be written: {outside}."
        case State.INITIALIZING:
            return f"The cluster is starting for the first time: {outside}."
        case State.OFFLINE | State.UNKNOWN:
            return "This agent has not looked for some seconds, so nothing is known of the cluster now."


def losses(snapshot: ClusterSnapshot, state: State) -> str:
    """Say who may fail, and what follows when more than that fail; '' where nothing can be written anyhow."""
    if state not in (State.ONLINE, State.ONLINE_PARTIAL):
        return ""
    members, number = tuple(primaries(snapshot)), may_fail(snapshot, state)
    if number == 0 and len(members) == 1:
        return f"If {members[0]} fails, nothing serves clients any more."
    if number == 0:
        return f"If one of {listed(members)} fails, the rest has no majority and stops serving."
    several = f"Any {number} of" if number > 1 else "Any one of"
    rest = " at once" if number > 1 else ""
    return f"{several} {listed(members)} may fail{rest}, and the others go on."


def listed(names: tuple[str, ...], last: str = "and") -> str:
    """Write names as people list them: 'db-0, db-1 and db-2'."""
    return f" {last} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _part(snapshot: ClusterSnapshot, name: str) -> Role:
    writer = snapshot.writer
    if writer.mode is Mode.MULTI:
        return Role.PRIMARY
    if not writer.node:
        return Role.NONE
    return Role.PRIMARY if name == writer.node else Role.SECONDARY
