"""Compressed and back, a MiB at a time; what was changed or cut is told."""

from __future__ import annotations

import pytest

from backup.adapters.zstd import PIECE_BYTES, compress, decompress
from backup.core.damage import Damaged
from tests.support.mbstreams import varied

CONTENT = varied(50_000) + bytes(300_000) + varied(1000)
STORED = b"".join(compress([CONTENT[:99], memoryview(CONTENT[99:])], 3, 1))


def restored(stored: bytes, size: int = len(CONTENT), step: int = 777) -> bytes:
    return b"".join(decompress((stored[place : place + step] for place in range(0, len(stored), step)), size))


def test_back_again():
    assert restored(STORED) == CONTENT
    assert restored(b"".join(compress([], 3, 0)), 0) == b""


def test_what_was_compressed_well_comes_in_small_pieces():
    zeros = list(compress((bytes(PIECE_BYTES) for _ in range(64)), 3, 1))
    assert sum(map(len, zeros)) < 100_000
    assert max(len(piece) for piece in decompress([b"".join(zeros)], 64 * PIECE_BYTES)) <= PIECE_BYTES


WRONG = {
    "cut": (STORED[:-2000], "decompresses to .* and not to the"),
    "nothing": (b"", "decompresses to 0 bytes"),
    "changed": (STORED[:30_000] + bytes((STORED[30_000] ^ 1,)) + STORED[30_001:], "does not decompress"),
    "something behind it": (STORED + b"xyz" * 10, "something comes behind|does not decompress"),
    "something else": (b"nothing of the kind", "does not decompress"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_not_whole_is_told(case):
    stored, message = WRONG[case]
    with pytest.raises(Damaged, match=message):
        restored(stored)
