"""What happened to the cluster, from look to look: the lines of the timeline.

A *scene* is what one snapshot says of the things worth a line: the state, what each node is, who writes, the view, the
transfers, the troubles. Two scenes give the lines between them. A look that saw nothing new gives none, and so does the
step between the two roles of a serving node, which the line about the writer tells already.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from peerfinder.core.names import by_ordinal
from peerfinder.core.overview import fresh, standings, state_of
from peerfinder.core.progress import Progress, Stage, amount
from peerfinder.core.report import Copying, NodeReport
from peerfinder.core.snapshot import AppliedView, ClusterSnapshot
from peerfinder.core.standing import Standing, reason_of
from peerfinder.core.state import State


class Kind(enum.StrEnum):
    """What a line is about."""

    CLUSTER = "cluster"
    VIEW = "view"
    WRITER = "writer"
    NODE = "node"
    TRANSFER = "transfer"
    TROUBLE = "trouble"


class Tone(enum.StrEnum):
    """Whether it is good news."""

    GOOD = "good"
    BAD = "bad"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    kind: Kind
    text: str
    tone: Tone = Tone.NOTE


@dataclass(frozen=True, slots=True)
class Scene:
    """What one look saw."""

    state: State
    standings: Mapping[str, Standing]
    reasons: Mapping[str, str]
    writer: str
    writer_epoch: int
    view: AppliedView | None
    transfers: Mapping[str, Progress]
    copies: Mapping[str, Copying]
    troubles: Mapping[str, str]


def scene_of(snapshot: ClusterSnapshot) -> Scene:
    """Take from a snapshot what the timeline is about."""
    found, reports = standings(snapshot), fresh(snapshot)
    reasons = {name: reason_of(reports[name], one, "") for name, one in found.items() if name in reports}
    return Scene(
        state=state_of(snapshot),
        standings=found,
        reasons=reasons | dict(snapshot.silent),
        writer=snapshot.writer.node,
        writer_epoch=snapshot.writer.epoch,
        view=snapshot.applied,
        transfers={name: one for name, report in reports.items() if (one := _transfer(report))},
        copies={name: report.copying for name, report in reports.items() if report.copying},
        troubles=_troubles(snapshot, reports),
    )


def between(before: Scene | None, after: Scene) -> tuple[Line, ...]:
    """Tell what happened between two looks."""
    if before is None:
        return (Line(Kind.CLUSTER, f"this agent began to watch; the cluster is {after.state}"),)
    return (
        *_nodes(before, after),
        *_views(before.view, after.view),
        *_writer(before, after),
        *_transfers(before, after),
        *_copies(before.copies, after.copies),
        *_trouble_lines(before.troubles, after.troubles),
        *_state(before.state, after.state),
    )


def _state(before: State, after: State) -> Iterator[Line]:
    if before is not after:
        tone = {State.ONLINE: Tone.GOOD, State.ONLINE_PARTIAL: Tone.NOTE, State.INITIALIZING: Tone.NOTE}
        yield Line(Kind.CLUSTER, f"the cluster is {after}", tone.get(after, Tone.BAD))


def _nodes(before: Scene, after: Scene) -> Iterator[Line]:
    for name in by_ordinal({*before.standings, *after.standings}):
        was, now = before.standings.get(name), after.standings.get(name)
        if now is None:
            yield Line(Kind.NODE, f"{name} is no node of this cluster any more")
        elif was is now or (was and was.is_serving and now.is_serving):
            continue
        elif not (now is Standing.DONOR and name in {*after.transfers, *after.copies}):  # its own line tells it
            yield _node(name, now, after.reasons.get(name, ""))


def _node(name: str, now: Standing, reason: str) -> Line:
    because = f": {reason}" if reason else ""
    match now:
        case Standing.UNREACHABLE:
            return Line(Kind.NODE, f"{name} gives no report{because}", Tone.BAD)
        case Standing.PRIMARY | Standing.SECONDARY | Standing.MEMBER:
            return Line(Kind.NODE, f"{name} is Synced and takes part", Tone.GOOD)
        case Standing.DONOR:
            return Line(Kind.NODE, f"{name} gives its state to another node, or is desynced")
        case Standing.NON_PRIMARY:
            return Line(Kind.NODE, f"{name} has lost the Primary component", Tone.BAD)
        case Standing.REFUSING:
            return Line(Kind.NODE, f"{name} refuses to start{because}", Tone.BAD)
        case Standing.WAITING:
            return Line(Kind.NODE, f"{name} waits{because}")
        case _:
            return Line(Kind.NODE, f"{name} is {now}")


def _views(before: AppliedView | None, after: AppliedView | None) -> Iterator[Line]:
    if after is None or (before and (before.seq, before.start) == (after.seq, after.start)):
        return
    old, new = _names(before), _names(after)
    came, left = sorted(new - old), sorted(old - new)
    changes = [
        *([f"{', '.join(came)} came"] if came and before else []),
        *([f"{', '.join(left)} left"] if left else []),
    ]
    behind = f" ({'; '.join(changes)})" if changes else ""
    yield Line(Kind.VIEW, f"view {after.seq} from seqno {after.start}: {', '.join(by_ordinal(new))}{behind}")


def _names(view: AppliedView | None) -> set[str]:
    return {member.name or member.uuid for member in view.members} if view else set()


def _writer(before: Scene, after: Scene) -> Iterator[Line]:
    if not after.writer or after.writer_epoch <= before.writer_epoch:
        return
    if before.writer_epoch == 0 and after.writer_epoch > 1:  # it was so before this agent came to know
        yield Line(Kind.WRITER, f"{after.writer} is the writer (epoch {after.writer_epoch})")
    else:
        former = f", after {before.writer}" if before.writer and before.writer != after.writer else ""
        yield Line(Kind.WRITER, f"{after.writer} takes the writes{former} (epoch {after.writer_epoch})", Tone.GOOD)


def _transfer(report: NodeReport) -> Progress | None:
    progress = report.facts.progress
    return progress if progress and progress.stage in (Stage.SST, Stage.IST, Stage.DONOR) else None


def _transfers(before: Scene, after: Scene) -> Iterator[Line]:
    for name in by_ordinal({*before.transfers, *after.transfers}):
        was, now = before.transfers.get(name), after.transfers.get(name)
        if was and (now is None or now.stage is not was.stage):
            yield Line(Kind.TRANSFER, _ended(name, was))
        if now and (was is None or was.stage is not now.stage):
            yield Line(Kind.TRANSFER, _began(name, now.stage))


def _began(name: str, stage: Stage) -> str:
    if stage is Stage.SST:
        return f"{name} receives a copy of the whole state (SST)"
    return f"{name} receives the write sets that it lacks (IST)" if stage is Stage.IST else f"{name} sends its state"


def _ended(name: str, last: Progress) -> str:
    if last.stage is Stage.IST:
        return f"{name}: the missing write sets have come" + (f" ({last.total})" if last.total else "")
    much = f", at {amount(last.done)}" if last.done else ""
    return f"the copy {'from' if last.stage is Stage.DONOR else 'to'} {name} has ended{much}"


def _copies(before: Mapping[str, Copying], after: Mapping[str, Copying]) -> Iterator[Line]:
    for name in by_ordinal({*before, *after}):
        was, now = before.get(name), after.get(name)
        is_another = was is not None and now is not None and now.seconds < was.seconds
        if was and (now is None or is_another):
            yield Line(Kind.TRANSFER, f"the copy of {name} has ended ({was.purpose}), at {amount(was.sent)}")
        if now and (was is None or is_another):
            yield Line(Kind.TRANSFER, f"{name} gives a copy of its data away ({now.purpose})")


def _troubles(snapshot: ClusterSnapshot, reports: Mapping[str, NodeReport]) -> dict[str, str]:
    found = {
        "DNS gives no answer": snapshot.dns,
        "the cluster memory cannot be read": snapshot.memory_problem if snapshot.memory is None else "",
    }
    for name, report in reports.items():
        progress = report.facts.progress
        found[f"{name} is stuck"] = report.server.stuck
        found[f"{name} stands still"] = progress.stage.value if progress and progress.is_stalled else ""
    return {what: why for what, why in found.items() if why}


def _trouble_lines(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Line]:
    for what, why in after.items():
        if what not in before:
            yield Line(Kind.TROUBLE, f"{what}: {why}", Tone.BAD)
    for what in before:
        if what not in after:
            yield Line(Kind.TROUBLE, f"it is over that {what}", Tone.GOOD)
