"""What the status page shows: one snapshot and what was remembered, as words and numbers ready to be shown.

`now` and every `at` are seconds of the clock of the agent's machine since its boot. The browser turns them into the
time of the person who looks, so neither the clocks of pods nor their time zones matter.

The page is for people who may look and not act: nothing of the memory, of records, promises and tokens is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peerfinder.core.alerts import Alert, alerts, readiness
from peerfinder.core.chronicle import Kind, Line, Tone
from peerfinder.core.copying import describe as describe_copy
from peerfinder.core.health import Answer
from peerfinder.core.history import Change
from peerfinder.core.names import split_name
from peerfinder.core.overview import fresh, losses, may_fail, primaries, standings, state_of, summary
from peerfinder.core.progress import Progress, Stage, amount, describe
from peerfinder.core.report import NodeReport, Phase
from peerfinder.core.role import Mode
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.standing import Standing, flags_of, reason_of, seqno_of
from peerfinder.core.state import State
from peerfinder.core.wsrep import WsrepState


@dataclass(frozen=True, slots=True)
class Past:
    """A line of the timeline, and when it was seen."""

    at: float
    line: Line


@dataclass(frozen=True, slots=True)
class Turn:
    """The writer role went to `node`; `gap` is how long nobody took writes, None where that is not known."""

    at: float
    node: str
    former: str = ""
    reason: str = ""
    gap: float | None = None
    epoch: int = 0


def turns_of(changes: Sequence[Change], seen: Sequence[Turn], boot: float, most: int = 20) -> tuple[Turn, ...]:
    """Put together what the data keep of the role, and what this agent has seen that is not written down yet.

    `changes` come newest first and carry times of day, of which `boot` was this machine's start; `seen` and the answer
    come oldest first.
    """
    kept = [
        Turn(round(one.at - boot, 1), one.node, one.former, one.reason, one.gap, one.epoch) for one in changes[:most]
    ]
    newest = kept[0].epoch if kept else 0
    return (*reversed(kept), *(one for one in seen if one.epoch > newest))


@dataclass(frozen=True, slots=True)
class PageTransfer:
    """A start or state transfer under way."""

    what: str
    much: str = ""  # how much of what it is
    percent: int | None = None  # None where the total is not known
    quiet: float = 0.0  # seconds since anything moved
    is_stalled: bool = False


@dataclass(frozen=True, slots=True)
class PageNode:
    """One node; None is "not known"."""

    name: str
    address: str
    role: str
    takes_part: bool
    is_writer: bool
    ready: bool
    phase: str = ""
    state: str = ""
    seqno: int | None = None
    queue: int | None = None
    version: str = ""
    mode: str = ""  # rw, ro
    flags: tuple[str, ...] = ()
    reason: str = ""
    remedy: str = ""
    waiting_for: tuple[str, ...] = ()
    transfer: PageTransfer | None = None


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of the timeline."""

    at: float
    kind: Kind
    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class PageData:
    """Everything on the page."""

    cluster: str
    namespace: str
    me: str  # whose agent tells this
    now: float
    age: float  # of the look
    state: State
    summary: str
    tolerates: int
    losses: str
    mode: Mode
    writer: str
    writer_reason: str
    epoch: int
    uuid: str
    seqno: int | None
    ready: int
    expected: int | None
    nodes: tuple[PageNode, ...]
    alerts: tuple[Alert, ...]
    writers: tuple[Turn, ...]  # newest first
    lines: tuple[PageLine, ...]  # newest first
    backup: str


_NO_REPORT = Answer(ok=False, reason="it gives no report")
BACKUP = "None is made at this moment. Which there are: galeractl backup list."


def page_of(
    snapshot: ClusterSnapshot,
    now: float,
    *,
    stale_after: float,
    past: Sequence[Past] = (),
    turns: Sequence[Turn] = (),
    namespace: str = "",
) -> PageData:
    """Put the page together; `past` and `turns` come oldest first."""
    age = max(0.0, now - snapshot.written_at)
    is_stale = age > stale_after
    state, nodes = state_of(snapshot, is_stale=is_stale), _nodes(snapshot)
    expected = len(snapshot.expected) if snapshot.expected is not None else None
    return PageData(
        cluster=split_name(snapshot.me)[0],
        namespace=namespace,
        me=snapshot.me,
        now=round(now, 1),
        age=round(age, 1),
        state=state,
        summary=summary(snapshot, state),
        tolerates=may_fail(snapshot, state),
        losses=losses(snapshot, state),
        mode=snapshot.writer.mode,
        writer=snapshot.writer.node,
        writer_reason=snapshot.writer.reason,
        epoch=snapshot.writer.epoch,
        uuid=next((report.server.uuid for report in primaries(snapshot).values()), ""),
        seqno=max((one.seqno for one in nodes if one.seqno is not None and one.takes_part), default=None),
        ready=sum(node.ready for node in nodes),
        expected=expected,
        nodes=nodes,
        alerts=alerts(snapshot, age, is_stale=is_stale),
        writers=tuple(reversed(turns)),
        lines=tuple(PageLine(round(one.at, 1), one.line.kind, one.line.tone, one.line.text) for one in reversed(past)),
        backup=_backup(snapshot),
    )


def _backup(snapshot: ClusterSnapshot) -> str:
    """What is known of backups: the agents give copies away, and know nothing of what becomes of them."""
    copies = {name: report.copying for name, report in fresh(snapshot).items() if report.copying}
    told = [f"{name} gives a copy of its data away ({describe_copy(copying)})." for name, copying in copies.items()]
    return " ".join(told) or BACKUP


def _nodes(snapshot: ClusterSnapshot) -> tuple[PageNode, ...]:
    reports, ready = fresh(snapshot), readiness(snapshot)
    return tuple(
        _node(snapshot, name, standing, reports.get(name), ready.get(name, _NO_REPORT))
        for name, standing in standings(snapshot).items()
    )


def _node(
    snapshot: ClusterSnapshot, name: str, standing: Standing, report: NodeReport | None, ready: Answer
) -> PageNode:
    address = snapshot.addresses.get(name, "")
    if report is None:
        why = snapshot.silent.get(name, "nothing is known of it")
        return PageNode(name, address, standing, takes_part=False, is_writer=False, ready=False, reason=why)
    facts, server, decision = report.facts, report.server, report.facts.decision
    waits = decision if facts.phase in (Phase.WAITING, Phase.OBSERVING) else None
    preference = snapshot.writer.preferences.get(name)
    moves = describe(facts.progress) if facts.progress else ""  # its transfer says that, too
    return PageNode(
        name=name,
        address=address,
        role=standing,
        takes_part=standing.takes_part,
        is_writer=standing is Standing.PRIMARY,
        ready=ready.ok,
        phase=facts.phase,
        state=server.state,
        seqno=seqno_of(report),
        queue=server.recv_queue if server.sql else None,
        version=server.version or facts.version,
        mode=("ro" if server.read_only else "rw") if server.sql else "",
        flags=(*(flag for flag in flags_of(report) if flag != moves), *([preference] if preference else [])),
        reason=reason_of(report, standing, ready.reason),
        remedy=waits.remedy if waits else "",
        waiting_for=waits.waiting_for if waits else (),
        transfer=_transfer(facts.progress, server.state) if facts.progress else None,
    )


_WHAT = {
    Stage.STARTUP: "starts its storage engine",
    Stage.WAITING: "waits for a donor",
    Stage.SST: "receives a copy of the whole state (SST)",
    Stage.IST: "receives the write sets that it lacks (IST)",
    Stage.DONOR: "sends its state",
}


def _transfer(progress: Progress, state: WsrepState) -> PageTransfer | None:
    if state is WsrepState.SYNCED:
        return None  # what is left of a progress that has come to its end
    done, total = progress.done, progress.total
    if progress.stage is Stage.IST:
        much = f"{done} of {total} write sets" if total else ""
    else:
        much = (amount(done) + (f" of {amount(total)}" if total else "")) if done else ""
    percent = min(100, 100 * done // total) if total > 0 else None
    return PageTransfer(_WHAT[progress.stage], much, percent, round(progress.quiet, 1), progress.is_stalled)
