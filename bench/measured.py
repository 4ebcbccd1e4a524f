"""Everything that was measured on one side, and how the two sides become figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bench.disasters import All, One
from bench.table import Figure, Side, Statistic


class Part(StrEnum):
    """The benchmarks, by the names of --only."""

    FIRST_START = "first-start"
    GRACEFUL = "graceful"
    KILL_ONE = "kill-one"
    KILL_ALL = "kill-all"
    PROBES = "probes"
    REST = "rest"


@dataclass(slots=True)
class Measured:
    """One side; lists hold one value per run, `failed` what did not come back in time."""

    first_start: list[float] = field(default_factory=list)
    graceful: list[One] = field(default_factory=list)
    kill_one: list[One] = field(default_factory=list)
    kill_all: list[All] = field(default_factory=list)
    recreated: list[str] = field(default_factory=list)  # pods created anew after a kill of all: '' or why not
    failed: dict[Part, list[str]] = field(default_factory=dict)
    ready: tuple[float, ...] = ()  # milliseconds
    python: tuple[float, ...] = ()
    readyz: tuple[float, ...] = ()
    agent_memory: list[float] = field(default_factory=list)  # megabytes
    agent_cpu: list[float] = field(default_factory=list)  # percent of a core
    entrypoint_memory: list[float] = field(default_factory=list)
    entrypoint_cpu: list[float] = field(default_factory=list)


NONE = Side(note="has none")


def figures(kit: Measured, seed: Measured, parts: Sequence[Part]) -> list[Figure]:
    """All rows of the chosen benchmarks."""
    made: dict[Part, Callable[[Measured, Measured], list[Figure]]] = {
        Part.GRACEFUL: _graceful,
        Part.KILL_ONE: _kill_one,
        Part.KILL_ALL: _kill_all,
        Part.FIRST_START: _first_start,
        Part.PROBES: _probes,
        Part.REST: _rest,
    }
    return [figure for part, make in made.items() if part in parts for figure in make(kit, seed)]


def _graceful(kit: Measured, seed: Measured) -> list[Figure]:
    what = "Graceful stop of one node"
    gaps, backs, back_gaps = (_ones(kit.graceful, seed.graceful, name) for name in ("gap", "back", "back_gap"))
    return [
        Figure(f"{what}: longest write gap while it leaves", *gaps, "s", Statistic.WORST, 0.1),
        Figure(f"{what}: longest write gap while it rejoins", *back_gaps, "s", Statistic.WORST),
        Figure(f"{what}: start to Synced", *_noted(backs, kit, seed, Part.GRACEFUL), "s"),
    ]


def _kill_one(kit: Measured, seed: Measured) -> list[Figure]:
    what = "Power cut of one node"
    gaps, backs, back_gaps = (_ones(kit.kill_one, seed.kill_one, name) for name in ("gap", "back", "back_gap"))
    return [
        Figure(f"{what}: longest write gap", *gaps, "s", Statistic.WORST, 3),
        Figure(f"{what}: longest write gap while it rejoins", *back_gaps, "s", Statistic.WORST),
        Figure(f"{what}: start to Synced", *_noted(backs, kit, seed, Part.KILL_ONE), "s", Statistic.WORST, 6),
    ]


def _kill_all(kit: Measured, seed: Measured) -> list[Figure]:
    what = "Power cut of all three under load"

    def both(make: Callable[[Measured], Side]) -> tuple[Side, Side]:
        return make(kit), make(seed)

    primary = both(lambda side: Side(tuple(one.first_primary for one in side.kill_all)))
    synced = both(lambda side: Side(tuple(one.synced for one in side.kill_all), _failures(side, Part.KILL_ALL)))
    lost = both(lambda side: Side(tuple(max(one.lost.values()) for one in side.kill_all), _rows(side)))
    equal = both(lambda side: _share([one.checksums_equal for one in side.kill_all]))
    recreated = both(lambda side: _share([not one for one in side.recreated], _why(side.recreated)))
    every = bool(kit.kill_all) and all(one.checksums_equal for one in kit.kill_all)
    came = bool(kit.recreated) and not any(kit.recreated)
    return [
        Figure(f"{what}: last program's start to first Primary", *primary, "s", target=5),
        Figure(f"{what}: last program's start to all Synced", *synced, "s", target=15),
        Figure(f"{what}: acknowledged rows lost on the worst node", *lost, "", Statistic.WORST, 0),
        Figure(f"{what}: runs after which all nodes hold the same table", *equal, met=every),
        Figure(f"{what}: runs in which pods created anew form a cluster", *recreated, met=came),
    ]


def _first_start(kit: Measured, seed: Measured) -> list[Figure]:
    sides = Side(tuple(kit.first_start)), Side(tuple(seed.first_start))
    return [Figure("First start of three empty nodes to all Synced", *sides, "s")]


def _probes(kit: Measured, seed: Measured) -> list[Figure]:
    exec_probe = "Readiness by a process (`peerfinder ready`; the seed: `mariadb -e`)"
    sides = Side(kit.ready), Side(seed.ready)
    http = Side(kit.readyz), NONE
    return [
        Figure(exec_probe, *sides, "ms", Statistic.P50),
        Figure(exec_probe, *sides, "ms", Statistic.P99, 25),
        Figure("For scale: `python -c pass`", Side(kit.python), Side(), "ms", Statistic.P50),
        Figure("For scale: `python -c pass`", Side(kit.python), Side(), "ms", Statistic.P99),
        Figure("`GET /readyz` at 50 requests a second", *http, "ms", Statistic.P50),
        Figure("`GET /readyz` at 50 requests a second", *http, "ms", Statistic.P99, 5),
    ]


def _rest(kit: Measured, _seed: Measured) -> list[Figure]:
    return [
        Figure("Sidecar at rest: resident memory", Side(tuple(kit.agent_memory)), NONE, "MB", Statistic.WORST, 64),
        Figure("Sidecar at rest: share of a core", Side(tuple(kit.agent_cpu)), NONE, "%", Statistic.WORST, 1),
        Figure("Entrypoint: resident memory", Side(tuple(kit.entrypoint_memory)), NONE, "MB", Statistic.WORST, 20),
        Figure("Entrypoint: share of a core", Side(tuple(kit.entrypoint_cpu)), NONE, "%", Statistic.WORST),
    ]


def _ones(kit: Sequence[One], seed: Sequence[One], name: str) -> tuple[Side, Side]:
    return Side(tuple(getattr(one, name) for one in kit)), Side(tuple(getattr(one, name) for one in seed))


def _noted(sides: tuple[Side, Side], kit: Measured, seed: Measured, part: Part) -> tuple[Side, Side]:
    """With how the nodes got their state, and what did not come back."""
    notes = []
    for side in (kit, seed):
        runs = side.graceful if part is Part.GRACEFUL else side.kill_one
        ways = Counter(one.transfer.partition(" of ")[0] for one in runs)
        said = ", ".join(f"{way} in {count} of {len(runs)}" for way, count in ways.items())
        notes.append("; ".join(filter(None, [said, _failures(side, part)])))
    return Side(sides[0].values, notes[0]), Side(sides[1].values, notes[1])


def _share(held: Sequence[bool], why: str = "") -> Side:
    return Side(note=f"{sum(held)} of {len(held)}" + (f": {why}" if why else "")) if held else Side()


def _why(reasons: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, reasons)))


def _failures(side: Measured, part: Part) -> str:
    reasons = side.failed.get(part, [])
    return f"{len(reasons)} more did not come back: {_why(reasons)}" if reasons else ""


def _rows(side: Measured) -> str:
    return f"{sum(one.acknowledged for one in side.kill_all)} acknowledged in all runs"
