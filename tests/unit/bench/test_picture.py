"""A PNG stays the same picture, whatever its lines were filtered by."""

from __future__ import annotations

import struct
import zlib

import pytest

from bench.picture import SIGNATURE, _chunks, _lines, _written, lean

WIDTH, STEP = 3, 3
PIXELS = [bytes([10, 20, 30, 10, 20, 31, 200, 0, 5]), bytes([11, 20, 29, 250, 3, 31, 200, 1, 5])]


def png(lines: bytes, height: int = 2, depth: int = 8) -> bytes:
    """A picture of RGB lines, each with its filter before it."""
    head = struct.pack(">IIBBBBB", WIDTH, height, depth, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"tEXt", b"a=b"), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return SIGNATURE + b"".join(_written(kind, body) for kind, body in parts)


def filtered(kind: int) -> bytes:
    """The pixels as the PNG specification filters them, written out by hand."""
    done, above = b"", bytes(WIDTH * STEP)
    for line in PIXELS:
        left, corner = bytes(STEP) + line[:-STEP], bytes(STEP) + above[:-STEP]
        around = zip(left, above, corner, strict=True)
        nearest = [min(three, key=lambda n, t=three: abs(t[0] + t[1] - t[2] - n)) for three in around]
        mean = [(a + b) // 2 for a, b in zip(left, above, strict=True)]
        guess = [bytes(len(line)), left, above, bytes(mean), bytes(nearest)][kind]
        done += bytes([kind]) + bytes((x - g) & 255 for x, g in zip(line, guess, strict=True))
        above = line
    return done


@pytest.mark.parametrize("kind", range(5))
def test_every_filter_is_undone(kind):
    made = lean(png(filtered(kind)))
    (data,) = [zlib.decompress(body) for name, body in _chunks(made) if name == b"IDAT"]
    assert data == b"\0" + PIXELS[0] + b"\0" + PIXELS[1]
    assert list(_lines(data, WIDTH * STEP, 2, STEP)) == PIXELS


def test_another_kind_of_picture_is_refused():
    with pytest.raises(ValueError, match="depth 16"):
        lean(png(filtered(0), depth=16))
