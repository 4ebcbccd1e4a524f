"""A copy of a node's data: who may have one from this node now, and how far is one that is under way?

Theory. A copy is what mariadb-backup reads from a running server, streamed to whoever asked the node's agent for it
(POST /v1/copy): a *backup* is stored, a *seed* becomes the data of a node that joins. It costs the node its disk and
its readiness: meanwhile it is desynced, so that nobody waits for it, and the others serve. So a node gives a copy only
if it is a Synced member that nothing else is the matter with, and

 - one copy at a time: two would each take half of the disk, and twice as long out of service;
 - not from the writer, unless that is said: its clients would feel it;
 - not for a backup if fewer than two other nodes are Synced, unless that is said: one more failure, and nobody serves
   well. A seed is what makes the cluster whole again, so it does not wait for that.

Whoever is refused is told why, and what to do; *passing* is what ends by itself within seconds.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from peerfinder.core.progress import amount
from peerfinder.core.report import Copying, NodeReport, Phase, Purpose
from peerfinder.core.wsrep import WsrepState

MOST_THREADS = 64
"""Of mariadb-backup: more than any disk can feed, and a number with a slip in it is noticed."""

_MARGIN = 1.1
_TABLES = (".ibd", ".MYD", ".MYI", ".MAD", ".MAI")  # files of tables end so; the system tablespaces begin so:
_TABLESPACES = ("ibdata", "undo")

SYNCED_OTHERS = 2
"""Nodes besides the one that is copied which must be Synced: while it is away, one of them may fail."""


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """The body of POST /v1/copy."""

    purpose: Purpose
    parallel: int = 2  # threads of mariadb-backup
    allow_writer: bool = False
    allow_few: bool = False
    kbytes_per_second: int = 0  # at most so much is sent; 0: as much as is taken

    def __post_init__(self) -> None:
        if not 1 <= self.parallel <= MOST_THREADS:
            raise ValueError(f"parallel is {self.parallel}, and has to be from 1 to {MOST_THREADS}")
        if self.kbytes_per_second < 0:
            raise ValueError(f"kbytes_per_second is {self.kbytes_per_second}, and has to be 0 (no limit) or more")


@dataclass(frozen=True, slots=True)
class Allowed:
    """The node gives a copy."""


class Why(enum.StrEnum):
    """What a refusal is about, for programs; the sentence is for people."""

    BUSY = "busy"  # another copy is under way
    STATE = "state"  # the node is no Synced member, or something is the matter with it
    WRITER = "writer"  # it is the writer: allow_writer would do it
    FEW = "few"  # too few others are Synced: allow_few would do it


@dataclass(frozen=True, slots=True)
class Refused:
    """The node gives none now."""

    why: Why
    reason: str
    remedy: str
    passing: bool = False  # it ends by itself within seconds: ask again


Verdict = Allowed | Refused


def may_copy(
    order: CopyOrder, me: str, mine: NodeReport | None, others: Iterable[NodeReport], *, is_writer: bool
) -> Verdict:
    """Judge an order by what the node sees; `others` are fresh reports, `is_writer`: the node is the one writer."""
    if mine is not None and mine.copying is not None:
        remedy = "wait for its end, or take the copy from another node"
        return Refused(Why.BUSY, f"another copy of {me} is under way: {describe(mine.copying)}", remedy)
    if mine is None or mine.facts.phase is not Phase.RUNNING or not mine.server.is_primary:
        return Refused(Why.STATE, f"{me} is in no Primary component", "take another node: galeractl status")
    if trouble := _trouble(me, mine):
        return trouble
    if is_writer and not order.allow_writer:
        remedy = "take a secondary, or say --allow-writer"
        return Refused(Why.WRITER, f"{me} is the writer, whose clients would feel a copy", remedy)
    synced = sorted(one.facts.name for one in others if _is_sound(one))
    if order.purpose is Purpose.BACKUP and len(synced) < SYNCED_OTHERS and not order.allow_few:
        only = f"only {synced[0]}" if synced else "no other node"
        reason = f"{only} is Synced besides {me}: while {me} is copied, one more failure would be an outage"
        return Refused(Why.FEW, reason, f"wait until {SYNCED_OTHERS} others are Synced, or say --allow-few")
    return Allowed()


def _trouble(me: str, mine: NodeReport) -> Refused | None:
    """Why a member gives no copy."""
    server = mine.server
    if server.maintenance:
        reason, ends = f"{me} is in maintenance since {server.maintenance}", f"galeractl maintenance off {me}"
        return Refused(Why.STATE, reason, f"take another node; {ends} ends it")
    if server.stuck:
        return Refused(Why.STATE, f"{me} is stuck: {server.stuck}", "take another node: galeractl status")
    if server.stepped_out:
        reason = f"{me} catches up after it was out of flow control, with {server.recv_queue} write sets waiting"
        return Refused(Why.STATE, reason, "try again in some seconds, or take another node", passing=True)
    if server.desynced:
        reason = f"{me} is desynced, and not by its sidecar"
        return Refused(Why.STATE, reason, "take another node; SET GLOBAL wsrep_desync=OFF there ends it")
    if server.state is WsrepState.DONOR:
        reason = f"{me} gives its state to a node that joins"
        return Refused(Why.STATE, reason, "take another node, or wait for the end of the transfer")
    if server.state is not WsrepState.SYNCED:
        reason = f"{me} is {server.state or 'in an unknown state'}, not Synced"
        return Refused(Why.STATE, reason, "take another node: galeractl status")
    return None


def _is_sound(report: NodeReport) -> bool:
    """Whether a node serves while another one is copied."""
    server = report.server
    return report.in_primary and server.state is WsrepState.SYNCED and not (server.stuck or server.maintenance)


def reason_to_leave(copying: Copying | None) -> str:
    """Why the node leaves flow control, '' where no copy is under way."""
    return f"a copy of it is under way ({copying.purpose})" if copying else ""


def describe(copying: Copying) -> str:
    """Say how far a copy is in a few words."""
    share = f" of {amount(copying.total)} ({copying.percent} %)" if copying.total > 0 else ""
    return f"{copying.purpose} {amount(copying.sent)}{share}"


def room_for(size: int) -> int:
    """Give the bytes that files of this size take until they are prepared, which the redo log adds to."""
    return int(size * _MARGIN)


def holds_tables(file: str) -> bool:
    """Whether a file of a datadir, by its name, is one of those of which a copy mostly consists."""
    return file.endswith(_TABLES) or file.startswith(_TABLESPACES)
