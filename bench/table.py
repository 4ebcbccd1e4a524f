"""From figures to a table: pure. A figure is one thing measured on both sides, side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


class Statistic(StrEnum):
    """Which one of many values stands for all."""

    MEDIAN = "median"
    WORST = "worst"
    P50 = "p50"
    P99 = "p99"


@dataclass(frozen=True, slots=True)
class Side:
    """What was measured on one side; without values the note is the result."""

    values: tuple[float, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table."""

    name: str
    kit: Side
    seed: Side
    unit: str = ""
    statistic: Statistic = Statistic.MEDIAN
    target: float | None = None  # at most
    met: bool | None = None  # where the target is no number

    @property
    def is_met(self) -> bool | None:
        """Whether Galera Kit met its target; None without one. What could not be measured did not."""
        if self.target is None:
            return self.met
        return bool(self.kit.values) and pick(self.kit.values, self.statistic) <= self.target

    @property
    def ratio(self) -> float | None:
        """How many times as much the seed's way takes; None where that cannot be said."""
        if not self.kit.values or not self.seed.values:
            return None
        ours = pick(self.kit.values, self.statistic)
        return pick(self.seed.values, self.statistic) / ours if ours else None


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least so many percent of all values do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def pick(values: Sequence[float], statistic: Statistic) -> float:
    """The value that stands for all."""
    match statistic:
        case Statistic.WORST:
            return max(values)
        case Statistic.P99:
            return percentile(values, 99)
        case Statistic.MEDIAN:
            ordered = sorted(values)
            return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
        case Statistic.P50:
            return percentile(values, 50)


def render(conditions: Mapping[str, str], figures: Sequence[Figure]) -> str:
    """The whole of what was measured, as markdown."""
    heads = ["What", "Target", "Galera Kit", "The seed's way", "Seed / kit"]
    rows = [[figure.name, _target(figure), *_sides(figure), _ratio(figure)] for figure in figures]
    lines = ["| " + " | ".join(cells) + " |" for cells in (heads, ["---"] * len(heads), *rows)]
    return "\n".join([*(f"- {name}: {value}" for name, value in conditions.items()), "", *lines])


def as_json(conditions: Mapping[str, str], figures: Sequence[Figure]) -> dict[str, object]:
    """The same with every single value."""
    return {"conditions": dict(conditions), "figures": [_figure_json(figure) for figure in figures]}


def put_between_markers(document: str, text: str, marks: tuple[str, str] = (BEGIN, END)) -> str:
    """The document with the text in the place of the one measured before."""
    head, begin, rest = document.partition(marks[0])
    _old, end, tail = rest.partition(marks[1])
    if not begin or not end:
        raise ValueError(f"the document lacks {marks[0]} and {marks[1]}")
    return f"{head}{begin}\n{text}\n{end}{tail}"


def _target(figure: Figure) -> str:
    if figure.is_met is None:
        return ""
    limit = "" if figure.target is None else f"≤ {figure.target:g} {figure.unit}".rstrip() + ", "
    return limit + ("met" if figure.is_met else "**missed**")


def _sides(figure: Figure) -> list[str]:
    return [_side(side, figure.unit, figure.statistic) for side in (figure.kit, figure.seed)]


def _side(side: Side, unit: str, statistic: Statistic) -> str:
    if not side.values:
        return side.note or "–"
    shown = f"{_number(pick(side.values, statistic), unit)} {unit}".rstrip()
    if len(side.values) == 1:
        spread = "one run"
    elif statistic is Statistic.WORST:
        spread = f"worst of {len(side.values)}, median {_number(pick(side.values, Statistic.MEDIAN), unit)}"
    else:
        low, high = _number(min(side.values), unit), _number(max(side.values), unit)
        spread = f"{statistic} of {len(side.values)}, {low} to {high}"
    return f"{shown} ({spread})" + (f"; {side.note}" if side.note else "")


def _number(value: float, unit: str) -> str:
    """As many digits as mean something; what has no unit is a count."""
    if not unit:
        return f"{value:g}"
    digits = 3 if abs(value) < 0.1 else 2 if abs(value) < 10 else 1
    return f"{value:.{digits}f}"


def _ratio(figure: Figure) -> str:
    return "–" if figure.ratio is None else f"{figure.ratio:.1f}" if figure.ratio < 10 else f"{figure.ratio:.0f}"


def _figure_json(figure: Figure) -> dict[str, object]:
    return {
        "name": figure.name,
        "unit": figure.unit,
        "statistic": str(figure.statistic),
        "target": figure.target,
        "met": figure.is_met,
        "ratio": figure.ratio,
    } | {
        name: {
            "value": pick(side.values, figure.statistic) if side.values else None,
            "values": list(side.values),
            "note": side.note,
        }
        for name, side in (("kit", figure.kit), ("seed", figure.seed))
    }
