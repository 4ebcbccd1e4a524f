"""The loop of the drop-in: look, compare with what was delivered, call the script.

A list is delivered when it differs from the last one delivered **and** names this pod; the first one also needs
`min_peers`. So: a peer that leaves is a change; our own disappearance alone is not; a failed lookup is no list at
all, never an empty one. The pause is measured from the end of the step before, so scripts never overlap and a slow
script only makes lists later.

Nothing here knows DNS, processes or clocks: they arrive as arguments, and every end of the loop is a value.
"""

from collections.abc import Callable
from dataclasses import dataclass

from peerfinder.core.lookup import Answer, Lookup, NoAnswer
from peerfinder.dropin.names import hint

REPEAT_SECONDS = 30.0  # an unchanged reason for waiting is logged again after this time


@dataclass(frozen=True)
class Plan:
    """What to watch for. `own` is our full name; `timeout` (0: none) ends only the wait for the first list; seconds."""

    own: str
    on_start: str = ""
    on_change: str = ""
    timeout: float = 0.0
    min_peers: int = 1
    poll: float = 1.0


@dataclass(frozen=True)
class Outside:
    """The world: `resolve(within)` asks DNS for at most `within` seconds (None: as long as it takes), `run(script,
    peers)` gives the exit status, `delivered(peers)` is told after each successful call, `now` and `sleep` are in
    seconds.
    """

    resolve: Callable[[float | None], Lookup]
    run: Callable[[str, tuple[str, ...]], int]
    delivered: Callable[[tuple[str, ...]], None]
    now: Callable[[], float]
    sleep: Callable[[float], None]
    log: Callable[[str], None]


@dataclass(frozen=True)
class Finished:
    """The on-start script is done and there is nothing to do at a change; exit 0."""


@dataclass(frozen=True)
class ScriptFailed:
    """A script ended with a status other than 0 (negative: minus the signal that killed it); exit 1."""

    status: int
    reason: str


@dataclass(frozen=True)
class TimedOut:
    """No list of peers with us in it came in time; exit 3."""

    reason: str


def watch(plan: Plan, outside: Outside) -> Finished | ScriptFailed | TimedOut:
    """Deliver lists until there is nothing left to do."""
    script = plan.on_start or plan.on_change
    last: tuple[str, ...] | None = None
    said = _Said(outside)
    deadline = outside.now() + plan.timeout if plan.timeout else None
    waiting: tuple[str, ...] | str = "nothing was looked up"
    while True:
        left = None if deadline is None else deadline - outside.now()
        if left is not None and left <= 0:
            return TimedOut(f"No list of peers after {plan.timeout:g} s. {waiting}")
        waiting = _judge(plan, outside.resolve(left), last)
        if isinstance(waiting, str):
            said.say(waiting)
        else:
            outside.log(f"Peer list updated\nwas {list(last or ())}\nnow {list(waiting)}")
            status = outside.run(script, waiting)
            if status != 0:
                return ScriptFailed(status, f"Failed to execute {script}: {_ending(status)}")
            last, script, deadline = waiting, plan.on_change, None
            said.forget()
            outside.delivered(waiting)
            if not script:
                return Finished()
        outside.sleep(plan.poll if deadline is None else max(0.0, min(plan.poll, deadline - outside.now())))


def _judge(plan: Plan, lookup: Lookup, last: tuple[str, ...] | None) -> tuple[str, ...] | str:
    """The list to deliver now, or the reason why there is none ("" in the steady state)."""
    match lookup:
        case NoAnswer(_, reason):
            return reason
        case Answer():
            hosts = lookup.hosts
            if hosts == last:
                return ""
            if plan.own not in hosts:
                why = hint(plan.own, hosts)
                return f"Have not found myself in list yet.\nMy name: {plan.own}\nHosts in list: {', '.join(hosts)}" + (
                    f"\nHint: {why}" if why else ""
                )
            if last is None and len(hosts) < plan.min_peers:
                return f"Waiting for {plan.min_peers} peers, there are {len(hosts)}: {', '.join(hosts)}"
            return hosts


def _ending(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


class _Said:
    """What was logged last, so that the same reason is not repeated every second."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._last: str | None = None
        self._at = 0.0

    def say(self, reason: str) -> None:
        now = self._outside.now()
        if reason and (reason != self._last or now - self._at >= REPEAT_SECONDS):
            self._outside.log(reason)
            self._at = now
        self._last = reason

    def forget(self) -> None:
        self._last = None
