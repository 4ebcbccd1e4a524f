"""The longest time without success between two moments."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def longest_gap(moments: Sequence[float], begun: float, ended: float) -> float:
    """Give the longest stretch of [begun, ended] in which no moment lies; the borders count as moments."""
    inside = [moment for moment in moments if begun <= moment <= ended]
    return max(later - earlier for earlier, later in pairwise([begun, *inside, ended]))
