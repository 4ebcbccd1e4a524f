"""Waiting for a condition, with a deadline and a description; never for luck.

`start` waits until nodes are Synced. It ends early where waiting is useless: a program ended, or every node that is
missing refuses to start, which only a person can change.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from galeractl.adapters.local_dir import Place
from galeractl.adapters.terminal import Progress
from galeractl.core.nodeline import NodeLine, describe_node
from galeractl.core.programs import Kind, Programs
from galeractl.core.settings import ClusterSettings
from galeractl.core.sight import ClusterSight
from galeractl.core.trouble import Code, Trouble
from galeractl.operator.looking import look
from peerfinder.core.standing import Standing

POLL_SECONDS = 0.2
REFUSING_SECONDS = 10.0  # a refusal that lasts longer than a few decisions of the nodes is one
LAST_LINES = 5  # of a log, in a message


def until(condition: Callable[[], bool], seconds: float, what: str, *, poll: float = 0.02) -> None:
    """Wait until `condition` holds; Trouble that names `what` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Trouble(f"{what} did not happen within {seconds:.0f} s", "galeractl local status", Code.TIMED_OUT)
        time.sleep(poll)


def until_synced(
    place: Place,
    settings: ClusterSettings,
    names: tuple[str, ...],
    seconds: float,
    progress: Progress,
    notice: Callable[[ClusterSight], None] = lambda _sight: None,
) -> ClusterSight:
    """Wait until each named node is Synced in a Primary component; `notice` gets all that is seen."""
    begun = time.monotonic()
    refusing_since: float | None = None
    try:
        while True:
            sight = look(place, settings)
            notice(sight)
            now = time.monotonic()
            lines = {name: describe_node(sight, name) for name in names}
            missing = {name: line for name, line in lines.items() if not _has_started(line)}
            progress.show("  ".join(_brief(line) for line in lines.values()), f"{now - begun:5.1f} s")
            if not missing:
                return sight
            _check_programs(place, sight, tuple(missing))
            refusing = all(line.role is Standing.REFUSING for line in missing.values())
            refusing_since = (refusing_since or now) if refusing else None
            if refusing_since and now - refusing_since > REFUSING_SECONDS:
                raise _explain(missing, "refused to start", Code.REFUSED)
            if now - begun > seconds:
                raise _explain(missing, f"not Synced after {seconds:.0f} s", Code.TIMED_OUT)
            time.sleep(POLL_SECONDS)
    finally:
        progress.done()


def last_lines(place: Place, node: str, program: Kind) -> str:
    """Give the end of a program's log, for a message."""
    try:
        text = place.node(node).log(program).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return f"(no log: {error.strerror})"
    return "\n".join("  | " + line for line in text.splitlines()[-LAST_LINES:])


def _has_started(line: NodeLine) -> bool:
    """Whether a node is Synced; one in maintenance is desynced on purpose."""
    return line.role.is_serving or ("maintenance" in line.flags and line.role.takes_part)


def _brief(line: NodeLine) -> str:
    detail = ""
    if line.role is Standing.WAITING and line.waiting_for:
        detail = f" for {', '.join(line.waiting_for)}"
    elif line.role is Standing.JOINING and line.reason:
        detail = f" ({line.reason})"
    return f"{line.name} {line.role}{detail}"


def _explain(missing: dict[str, NodeLine], what: str, code: Code) -> Trouble:
    reasons = "\n".join(
        f"  {line.name} is {line.role}: {line.reason or 'no reason given'}" for line in missing.values()
    )
    remedies = sorted({line.remedy for line in missing.values() if line.remedy})
    return Trouble(
        f"{', '.join(missing)}: {what}\n{reasons}",
        "; or ".join(remedies) or f"galeractl local logs {min(missing)}",
        code,
    )


def _check_programs(place: Place, sight: ClusterSight, names: tuple[str, ...]) -> None:
    for name in names:
        programs = sight.nodes[name].programs
        if programs is Programs.PAUSED:
            raise Trouble(f"{name} is paused", f"galeractl local resume {name}")
        if programs in (Programs.RUNNING, Programs.UNKNOWN):
            continue
        ended = Kind.AGENT if programs is Programs.ENTRYPOINT_ONLY else Kind.ENTRYPOINT
        raise Trouble(
            f"the {ended} of {name} ended; the end of its log:\n{last_lines(place, name, ended)}",
            f"galeractl local logs {name} --program {ended}",
        )
