"""A row of the page's figures: the median against its target."""

from __future__ import annotations

import pytest

from bench.page import Row

ROWS = {
    "met": (
        Row("paint", (0.3, 0.1, 0.2), "s", 0.5),
        "| paint | ≤ 0.5 s, met | 0.200 s (median of 3, 0.100 to 0.300) |",
    ),
    "missed": (Row("size", (61.0,), "KB", 60.0), "| size | ≤ 60 KB, **missed** | 61.0 KB |"),
    "without a target": (Row("share", (1.25, 2.25), "%"), "| share |  | 1.8 % (median of 2, 1.2 to 2.2) |"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_row(case):
    row, text = ROWS[case]
    assert str(row) == text
