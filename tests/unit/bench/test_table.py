from __future__ import annotations

import pytest

from bench.table import (
    BEGIN,
    END,
    Figure,
    Side,
    Statistic,
    as_json,
    percentile,
    pick,
    put_between_markers,
    render,
)

HUNDRED = tuple(float(number) for number in range(1, 101))


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        pytest.param((7.0,), 99, 7.0, id="of one value every percentile is that value"),
        pytest.param((7.0,), 0, 7.0, id="even the lowest"),
        pytest.param(HUNDRED, 50, 50.0, id="half of all values do not exceed the fiftieth"),
        pytest.param(HUNDRED, 99, 99.0, id="ninety-nine of a hundred do not exceed the ninety-ninth"),
        pytest.param(HUNDRED, 100, 100.0, id="the highest is the worst"),
        pytest.param(HUNDRED[::-1], 99, 99.0, id="the order of measuring does not matter"),
        pytest.param((1.0, 2.0, 3.0), 99, 3.0, id="of a few values the 99th percentile is the worst"),
        pytest.param((1.0, 2.0, 3.0, 4.0), 50, 2.0, id="a percentile is a value that was measured"),
        pytest.param(tuple(range(1, 301)), 99, 297, id="of 300 values three are above the 99th percentile"),
    ],
)
def test_percentile(values, percent, expected):
    assert percentile(values, percent) == expected


@pytest.mark.parametrize(
    ("statistic", "values", "expected"),
    [
        pytest.param(Statistic.MEDIAN, (3.0, 1.0, 2.0), 2.0, id="the middle one of an odd number"),
        pytest.param(Statistic.MEDIAN, (4.0, 1.0, 2.0, 3.0), 2.5, id="halfway between the two of an even number"),
        pytest.param(Statistic.WORST, (3.0, 9.0, 2.0), 9.0, id="the worst is the highest"),
        pytest.param(Statistic.P50, HUNDRED, 50.0, id="p50"),
        pytest.param(Statistic.P99, HUNDRED, 99.0, id="p99"),
    ],
)
def test_what_stands_for_many_values(statistic, values, expected):
    assert pick(values, statistic) == expected


def figure(kit=(), seed=(), **more):
    return Figure("it", Side(kit), Side(seed), "s", **more)


@pytest.mark.parametrize(
    ("one", "ratio"),
    [
        pytest.param(figure((2.0,), (6.0,)), 3.0, id="how many times as much the seed takes"),
        pytest.param(figure((2.0, 4.0), (3.0, 9.0), statistic=Statistic.WORST), 2.25, id="of the values that stand"),
        pytest.param(figure((0.0,), (6.0,)), None, id="nothing is a multiple of nothing"),
        pytest.param(figure((2.0,)), None, id="none where the seed has nothing"),
        pytest.param(figure((), (6.0,)), None, id="none where the kit has nothing"),
    ],
)
def test_ratio(one, ratio):
    assert one.ratio == ratio


@pytest.mark.parametrize(
    ("one", "met"),
    [
        pytest.param(figure((3.0,), target=3), True, id="a target is a limit that may be reached"),
        pytest.param(figure((3.1,), target=3), False, id="and not exceeded"),
        pytest.param(figure((1.0, 2.0, 9.0), target=3), True, id="by the median when the median stands"),
        pytest.param(figure((1.0, 2.0, 9.0), target=3, statistic=Statistic.WORST), False, id="by the worst otherwise"),
        pytest.param(figure((), (1.0,), target=3), False, id="what could not be measured did not meet it"),
        pytest.param(figure((0.0,), target=0), True, id="a target of nothing"),
        pytest.param(figure((3.0,)), None, id="no target, no verdict"),
        pytest.param(figure(met=False), False, id="a target that is no number"),
    ],
)
def test_target(one, met):
    assert one.is_met is met


def row(one):
    return [cell.strip() for cell in render({}, [one]).splitlines()[-1].strip("|").split("|")]


@pytest.mark.parametrize(
    ("one", "cells"),
    [
        pytest.param(
            figure((2.0, 2.25, 2.5), (6.05,), target=3),
            ["it", "≤ 3 s, met", "2.25 s (median of 3, 2.00 to 2.50)", "6.05 s (one run)", "2.7"],
            id="the median with its spread",
        ),
        pytest.param(
            figure((0.01, 0.312), (0.5, 1.2), target=0.1, statistic=Statistic.WORST),
            [
                "it",
                "≤ 0.1 s, **missed**",
                "0.31 s (worst of 2, median 0.16)",
                "1.20 s (worst of 2, median 0.85)",
                "3.8",
            ],
            id="a missed target stands out",
        ),
        pytest.param(
            Figure("rows", Side((0.0,)), Side((57.0,), "of 100"), "", Statistic.WORST, 0),
            ["rows", "≤ 0, met", "0 (one run)", "57 (one run); of 100", "–"],
            id="counts have no unit and no ratio to nothing",
        ),
        pytest.param(
            Figure("back", Side(note="5 of 5"), Side(note="0 of 5: it exits"), met=True),
            ["back", "met", "5 of 5", "0 of 5: it exits", "–"],
            id="a result in words",
        ),
        pytest.param(figure((150.0,), ()), ["it", "", "150.0 s (one run)", "–", "–"], id="a dash for nothing"),
        pytest.param(figure((1.0,), (48.26,)), ["it", "", "1.00 s (one run)", "48.3 s (one run)", "48"], id="high"),
    ],
)
def test_row(one, cells):
    assert row(one) == cells


def test_the_table_has_one_row_per_figure_and_equally_many_cells():
    table = render({"Date": "today"}, [figure((1.0,)), figure((2.0,))])
    assert table.splitlines()[:2] == ["- Date: today", ""]
    rows = table.splitlines()[2:]
    assert len(rows) == 4
    assert {one.count("|") for one in rows} == {6}


def test_json_has_every_value():
    told = as_json({"Date": "today"}, [figure((1.0, 3.0), (4.0,), target=2)])
    assert told == {
        "conditions": {"Date": "today"},
        "figures": [
            {
                "name": "it",
                "unit": "s",
                "statistic": "median",
                "target": 2,
                "met": True,
                "ratio": 2.0,
                "kit": {"value": 2.0, "values": [1.0, 3.0], "note": ""},
                "seed": {"value": 4.0, "values": [4.0], "note": ""},
            }
        ],
    }


def test_the_document_keeps_what_stands_around_the_table():
    document = f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n"
    assert put_between_markers(document, "new") == f"before\n\n{BEGIN}\nnew\n{END}\n\nafter\n"


def test_writing_twice_is_writing_once():
    document = f"{BEGIN}\n{END}\n"
    once = put_between_markers(document, "new")
    assert put_between_markers(once, "new") == once


@pytest.mark.parametrize("document", ["", f"{BEGIN}\n", f"{END}\n", f"{END}\n{BEGIN}\n"])
def test_a_document_without_both_markers_is_refused(document):
    with pytest.raises(ValueError, match="lacks"):
        put_between_markers(document, "new")
