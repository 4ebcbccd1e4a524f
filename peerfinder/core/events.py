"""Which changes of a node does a person want to read in `kubectl describe pod`?

Not each step, but what tells why a pod is not ready, or that it is again: it waits for a person, refuses, formed or
joined a Primary, receives or gives a state transfer, or that stands still, lost its quorum, its server ended, it became
the writer, a person has taken it out of service or changed the mode of the role. What the server does between two good
states is no news, and neither is what a sidecar that has just started finds to be well, nor the end of a node that was
told to stop. That its server ended is told once the node has decided anew.

A look that could not read something says nothing about it: the last thing known stays known.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from peerfinder.core.changes import steady
from peerfinder.core.progress import complain
from peerfinder.core.report import DecisionSummary, NodeReport, Phase
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.wsrep import ServerFacts, WsrepState

MAX_MESSAGE = 1024
"""Bytes of an Event's message that the API takes (core/v1 validation)."""


class Kind(StrEnum):
    """The two types of Event."""

    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to be told; the reason in CamelCase, the message one sentence or two."""

    kind: Kind
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was known of the node when it was last looked at."""

    phase: Phase | None = None
    is_member: bool = False  # in a Primary component and holding its whole state
    has_lost: bool = False  # was a member, and its server runs on without a Primary
    has_ended: bool = False  # its server did, and the node has not decided anew: one that was told to stop never does
    state: WsrepState = WsrepState.UNKNOWN
    is_stalled: bool = False  # its start, or the state transfer that it gives, stands still
    is_slow: bool = False  # its appliers are stuck
    stuck: str = ""  # what a person has to end: what makes two such waits the same
    rests: bool = False  # in maintenance


def events(before: Seen | None, report: NodeReport | None) -> tuple[tuple[Event, ...], Seen]:
    """Give what is to be told about the own node, and what to remember for the next look."""
    first, before = before is None, before or Seen()
    if report is None or not report.is_fresh:
        return (), before
    facts, server = report.facts, report.server
    decision = facts.decision
    runs = facts.phase in (Phase.STARTING, Phase.RUNNING)
    is_outside = server.sql and server.cluster_status not in ("Primary", "")
    is_member = report.in_primary or (before.is_member and runs and not is_outside)
    has_lost = runs and not is_member and (before.has_lost or before.is_member)
    state = server.state if runs and server.state else (before.state if runs else WsrepState.UNKNOWN)
    stuck = _stuck(decision) if facts.phase in (Phase.WAITING, Phase.OBSERVING) else ""
    ended = before.phase in (Phase.RUNNING, Phase.STOPPING) and facts.phase in (Phase.OBSERVING, Phase.WAITING)
    ended = ended or before.has_ended
    stalled = complain(facts.progress) if facts.progress else ""
    slow = bool(server.stuck) if server.sql else before.is_slow and runs
    rests = bool(server.maintenance)
    now = Seen(facts.phase, is_member, has_lost, ended and decision is None, state, bool(stalled), slow, stuck, rests)
    told: list[Event] = []
    if stalled and not before.is_stalled:
        told.append(_event(Kind.WARNING, "Stalled", stalled))
    if slow != before.is_slow and is_member:
        told.append(_appliers(server))
    if stuck and stuck != before.stuck and decision:
        told.append(_trouble(decision))
    if first:
        return tuple(told), now
    if rests != before.rests:
        told.append(_maintenance(facts.name, server))
    if ended and decision:
        why = f"the server has ended, the node decides anew; now: {decision.reason}"
        told.insert(0, _event(Kind.WARNING, "ServerEnded", why))
    if has_lost and not before.has_lost:
        status = server.cluster_status or "no Primary component"
        told.append(_event(Kind.WARNING, "LostQuorum", f"the server is not in a Primary component any more ({status})"))
    if state is not before.state and state in (WsrepState.JOINING, WsrepState.DONOR) and not server.stepped_out:
        told.append(_transfer(state, server.comment))
    if is_member and not before.is_member:
        told.append(_membership(before, decision, server.cluster_size))
    return tuple(told), now


def role_event(before: WriterView | None, after: WriterView) -> Event | None:
    """Tell of a node that became the writer, or is it no more; a sidecar that has just started tells neither."""
    if before is None or after.mode is Mode.MULTI:
        return None
    if after.role is Role.PRIMARY and before.role is not Role.PRIMARY:
        return _event(Kind.NORMAL, "Writer", f"takes the writes (epoch {after.epoch})")
    if after.role is Role.SECONDARY and before.role is Role.PRIMARY:
        return _event(Kind.NORMAL, "Secondary", f"the writer is {after.node} now (epoch {after.epoch})")
    return None


def mode_event(before: WriterView | None, after: WriterView) -> Event | None:
    """Tell of another mode of the role; a node that was no member before has not seen it change."""
    if before is None or before.mode is after.mode or Role.NONE in (before.role, after.role):
        return None
    if after.mode is Mode.MULTI:
        return _event(Kind.NORMAL, "ModeMulti", "every ready node takes writes now")
    return _event(Kind.NORMAL, "ModeSingle", f"one node takes writes now ({after.node or 'it is being chosen'})")


def takeover_requested(former: str, reason: str) -> Event:
    """Tell that somebody ordered this node to take the writes."""
    return _event(
        Kind.NORMAL, "TakeoverRequested", f"told to take the writes over from {former or 'nobody'} ({reason})"
    )


def drained(closed: int, killed: int, seconds: float) -> Event:
    """Tell how the clients of a former writer left it."""
    if killed:
        said = (
            f"{killed} connections were closed while busy, because their {seconds:.0f} s were over; {closed} when idle"
        )
        return _event(Kind.WARNING, "ConnectionsKilled", said)
    return _event(Kind.NORMAL, "Drained", f"closed {closed} connections when they were idle, and none while busy")


def copy_began(purpose: str, to: str) -> Event:
    """Tell that a copy of the node's data is given away."""
    return _event(Kind.NORMAL, "CopyBegan", f"gives a copy of its data away ({purpose}, to {to})")


def copy_ended(purpose: str, much: str, seconds: float, trouble: str) -> Event:
    """Tell how that ended; `trouble`: why the copy is not whole, '' where it is."""
    how = f"{purpose}, {much} in {seconds:.0f} s"
    if trouble:
        return _event(Kind.WARNING, "CopyFailed", f"the copy of its data is not whole ({how}): {trouble}")
    return _event(Kind.NORMAL, "CopyEnded", f"the copy of its data was given away ({how})")


def _stuck(decision: DecisionSummary | None) -> str:
    if decision is None or not (decision.kind == "refuse" or decision.needs_operator):
        return ""
    what = ",".join(decision.waiting_for) or steady(decision.reason)
    return f"{decision.kind} {decision.rule} {what}"


def _trouble(decision: DecisionSummary) -> Event:
    reason = "Refused" if decision.kind == "refuse" else "WaitingForPeer" if decision.waiting_for else "Waiting"
    remedy = f". What ends it: {decision.remedy}" if decision.remedy else ""
    return _event(Kind.WARNING, reason, decision.reason, remedy)


def _transfer(state: WsrepState, comment: str) -> Event:
    if state is WsrepState.DONOR:
        return _event(Kind.NORMAL, "Donor", "gives its state to a node that joins, and may lag meanwhile")
    return _event(Kind.NORMAL, "StateTransfer", f"receives the state of the group ({comment or state})")


def _appliers(server: ServerFacts) -> Event:
    if not server.stuck:
        return _event(Kind.NORMAL, "Unstuck", "its appliers go on, and it takes part again")
    if server.stepped_out:
        return _event(Kind.WARNING, "SteppedOut", f"{server.stuck}; it has left flow control until they go on")
    return _event(Kind.WARNING, "Stuck", server.stuck)


def _maintenance(name: str, server: ServerFacts) -> Event:
    if not server.maintenance:
        return _event(Kind.NORMAL, "MaintenanceEnded", "clients may be sent here again, once it has caught up")
    why = f"no client is sent here since {server.maintenance}"
    return _event(Kind.NORMAL, "Maintenance", why, f". What ends it: galeractl maintenance off {name}")


def _membership(before: Seen, decision: DecisionSummary | None, size: int) -> Event:
    if before.has_lost:
        return _event(Kind.NORMAL, "QuorumRegained", f"in a Primary component again, of {size} members")
    if decision and decision.kind == "bootstrap":
        return _event(Kind.NORMAL, "Bootstrapped", f"formed the Primary component: {decision.reason}")
    return _event(Kind.NORMAL, "Joined", f"in the Primary component and Synced, one of {size} members")


def _event(kind: Kind, reason: str, message: str, ending: str = "") -> Event:
    """Put a message together; what is too long is cut in the middle, so that the remedy stays whole."""
    room = MAX_MESSAGE - len(ending.encode())
    if len(message.encode()) > room:
        message = message.encode()[: room - 3].decode(errors="ignore") + "..."
    return Event(kind, reason, message + ending)
