"""Sizes as Kubernetes writes them."""

from __future__ import annotations

import pytest

from entrypoint.core.quantity import parse_quantity

EXAMPLES = {"8Gi": 8 << 30, "512Mi": 512 << 20, "1.5Gi": 3 << 29, "100M": 100_000_000, "2k": 2000, "1024": 1024}


@pytest.mark.parametrize("text", EXAMPLES)
def test_a_size_is_bytes(text: str):
    assert parse_quantity(text) == EXAMPLES[text]


@pytest.mark.parametrize("text", ["", "8GiB", "-1", "eight", "100m", "1e9", "0x10", "Gi"])
def test_anything_else_is_refused_by_name(text: str):
    with pytest.raises(ValueError, match="not a size"):
        parse_quantity(text)
