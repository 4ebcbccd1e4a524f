"""`entrypoint plan` and `entrypoint render`: what would happen, without doing it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from entrypoint.adapters.machine import boot_id, boot_seconds
from entrypoint.adapters.render import render
from entrypoint.adapters.run_directory import RunDirectory
from entrypoint.adapters.server import ServerMissing, find_program, find_provider, program_version
from entrypoint.adapters.volume import Volume
from entrypoint.core.decision import decide, summarise
from entrypoint.core.facts import Facts
from entrypoint.core.gathering import gather
from entrypoint.core.options import Peers, ServerFiles
from entrypoint.core.override import why_void
from entrypoint.core.rules import name_of
from entrypoint.core.settings import Settings
from entrypoint.run.configuring import values_for
from entrypoint.run.usage import BadUsage, settings_from
from peerfinder.core.changes import steady
from peerfinder.core.codec import to_json
from peerfinder.core.names import by_ordinal
from peerfinder.core.report import (
    FRESH_SECONDS,
    Datadir,
    DecisionSummary,
    NodeFacts,
    NodeReport,
    Phase,
    lineage_of,
    record_of,
)


def show_plan(options: dict[str, Any], *, as_json: bool) -> int:
    """Print facts and decision as they are now; gives the exit status."""
    try:
        settings = settings_from(options)
    except BadUsage as error:
        print(f"entrypoint plan: {error}", file=sys.stderr)
        return 2
    run_directory = RunDirectory(Path(settings.run_directory))
    snapshot = run_directory.snapshot()
    own = snapshot.own_report if snapshot and snapshot.boot_id == boot_id() else None
    age = boot_seconds() - own.facts.written_at if own else 0.0
    mine = own.facts if own and age <= FRESH_SECONDS else _from_volume(settings)
    facts = gather(mine, snapshot, boot_seconds(), boot_id(), run_directory.problem)
    running = mine.phase in (Phase.RUNNING, Phase.STARTING, Phase.STOPPING)
    summary = mine.decision if running else summarise(decide(facts))
    if as_json:
        print(json.dumps({"facts": to_json(_shown(facts)), "running": running, "decision": to_json(summary)}, indent=1))
    else:
        print(plan_text(facts, summary, running=running))
    return 0


def _from_volume(settings: Settings) -> NodeFacts:
    """What can be told of the volume without taking it: no recovery, so only a clean position is known."""
    volume = Volume(Path(settings.volume))
    try:
        record = volume.read_record()
        content = volume.inspect(record)
        grastate = volume.grastate()
    except (OSError, ValueError) as error:
        return NodeFacts(settings.name, Phase.WAITING, Datadir.UNREADABLE, boot_id(), "plan", problem=str(error))
    clean = grastate.position if grastate and grastate.is_clean else None
    if content.state is Datadir.PRESENT and clean is None:
        reason = "the position needs a recovery, which only `entrypoint run` does"
        return NodeFacts(
            settings.name, Phase.WAITING, Datadir.UNREADABLE, boot_id(), "plan", problem=reason, record=record
        )
    return NodeFacts(
        settings.name,
        Phase.WAITING,
        content.state,
        boot_id(),
        "plan",
        clean,
        "grastate.dat" if clean else "",
        content.reason,
        record=record,
    )


def _shown(facts: Facts) -> dict[str, object]:
    return {
        "expected": by_ordinal(facts.expected) if facts.expected is not None else None,
        "reports": dict(facts.reports),
        "silent": dict(facts.silent),
        "memory": facts.memory,
        "memory_fresh": facts.memory_fresh,
    }


def plan_text(facts: Facts, summary: DecisionSummary | None, *, running: bool) -> str:
    """Facts and decision for a person: while the server runs, the decision that led to it.

    What a waiting node says itself is shown where it is something else: what keeps it from doing as the rules say
    (a configuration that the server would not take) is not among the facts.
    """
    expected = ", ".join(by_ordinal(facts.expected)) if facts.expected is not None else "unknown"
    lines = [f"expected nodes   {expected}"]
    lines += [f"{name:<16} {_line(facts.reports[name])}" for name in by_ordinal(tuple(facts.reports))]
    unheard = sorted(set(facts.silent) - set(facts.reports))
    lines += [f"{name or 'others':<16} no report: {facts.silent[name]}" for name in unheard]
    lines += _memory(facts)
    if summary:
        lines += _told("runs after" if running else "decision", summary)
        said = None if running else facts.mine.decision
        if said and _gist(said) != _gist(summary):
            lines += _told("the node says", said)
    return "\n".join(lines)


def _memory(facts: Facts) -> list[str]:
    """What the cluster remembers, and whether a person's word in it still counts."""
    memory, why = facts.memory, f" ({facts.memory_problem})" if facts.memory_problem else ""
    if memory is None:
        return [f"memory           unreadable{why}"]
    age = "fresh" if facts.memory_fresh else f"a copy{why}"
    lines = [f"memory           {age}: history {memory.uuid or 'none'}, ballot {memory.ballot or 'none'}"]
    if memory.override:
        one = memory.override
        orders = [*(f"--without {name}" for name in one.without), *([f"--bootstrap {one.node}"] if one.named else [])]
        void = why_void(facts, one) or ("" if facts.memory_fresh else "the memory is not fresh")
        lines.append(f"override         {' '.join(orders)}: {f'void, {void}' if void else 'fits'}")
    return lines


def _gist(summary: DecisionSummary) -> tuple[str, int, str]:
    """What makes two decisions the same: seconds that go by do not make another one."""
    return summary.kind, summary.rule, ",".join(summary.waiting_for) or steady(summary.reason)


def _told(word: str, summary: DecisionSummary) -> list[str]:
    rule = ", ".join(one for one in (f"rule {summary.rule}", name_of(summary.rule)) if one)
    lines = [f"{word:<16} {summary.kind} ({rule}): {summary.reason}"]
    return [*lines, f"{'what ends it':<16} {summary.remedy}"] if summary.remedy else lines


def _line(report: NodeReport) -> str:
    node, record = report.facts, record_of(report)
    what = [str(node.phase), f"datadir {node.datadir}"]
    if node.position:
        what.append(f"position {node.position} ({node.position_source})")
    if report.in_primary:
        what.append(f"in a Primary of {report.server.uuid}, seqno {report.server.committed}")
    lineage = lineage_of(report)
    if lineage:
        what.append(f"epoch {lineage[-1].ballot}")
    if record.newest_view:
        names = by_ordinal(record.newest_view.names) or ("?",)
        what.append(f"last view {record.newest_view.seq} of {', '.join(names)}")
    if record.promise:
        what.append(f"promised {record.promise}")
    if node.problem:
        what.append(node.problem)
    return "; ".join(what)


def show_configuration(options: dict[str, Any], peers: tuple[str, ...]) -> int:
    """Print the configuration of a start; gives the exit status."""
    try:
        settings = settings_from(options)
        provider = find_provider()
        run_directory = RunDirectory(Path(settings.run_directory))
        files = ServerFiles(
            os.fspath(Path(settings.volume) / "data"), str(run_directory.socket), str(run_directory.pid_file),
            str(run_directory.status_file), provider,
        )  # fmt: skip
        print(
            render(
                values_for(
                    settings,
                    files,
                    Peers(peers, bootstrap=not peers),
                    "********",
                    program_version(find_program("mariadbd")),
                )
            ),
            end="",
        )
    except (BadUsage, ServerMissing, OSError) as error:
        print(f"entrypoint render: {error}", file=sys.stderr)
        return 2
    return 0
