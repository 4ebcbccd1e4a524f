"""A sealed stream opens whole, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backup.adapters import cipher
from backup.core import sealing
from backup.core.sealing import HEAD_BYTES, SEGMENT_BYTES, TAG_BYTES, Tampered, nonce

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
NAME = "2026-11-28.173005.db-1"


def seal(content: bytes, *, name: str = NAME, step: int = 1 << 19) -> bytes:
    head, segments = cipher.sealing(KEY, name)
    pieces = [one for place in range(0, len(content), step) for one in segments.feed(content[place : place + step])]
    return b"".join((head, *pieces, segments.finish()))


def opened(sealed: bytes, *, key: bytes = KEY, name: str = NAME, step: int = 1 << 19) -> bytes:
    segments = cipher.unsealing(key, name, sealed[:HEAD_BYTES])
    body = sealed[HEAD_BYTES:]
    pieces = [one for place in range(0, len(body), step) for one in segments.feed(body[place : place + step])]
    return b"".join((*pieces, segments.finish()))


SIZES = (0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 2 * SEGMENT_BYTES, 3 * SEGMENT_BYTES + 5)


@pytest.mark.parametrize("size", SIZES)
def test_it_opens(size):
    content = bytes(number % 251 for number in range(size)) if size < 100 else b"abc" * (size // 3 + 1)
    content = content[:size]
    sealed = seal(content)
    assert opened(sealed) == content
    assert len(sealed) == HEAD_BYTES + size + TAG_BYTES * max(1, -(-size // SEGMENT_BYTES))


@settings(max_examples=20)
@given(st.binary(max_size=3000), st.integers(1, 999), st.integers(1, 999))
def test_it_opens_however_it_is_cut(content, one, other):
    assert opened(seal(content, step=one), step=other) == content


def test_no_two_are_alike():
    assert seal(b"abc") != seal(b"abc")


FULL = seal(b"x" * (3 * SEGMENT_BYTES))
CUT = SEGMENT_BYTES + TAG_BYTES
FIRST, SECOND, THIRD = (FULL[HEAD_BYTES + number * CUT : HEAD_BYTES + (number + 1) * CUT] for number in range(3))
HEAD = FULL[:HEAD_BYTES]
TAMPERED = {
    "cut between segments": HEAD + FIRST + SECOND,
    "cut within one": FULL[:-1],
    "cut to nothing": HEAD,
    "segments in another order": HEAD + SECOND + FIRST + THIRD,
    "one left out": HEAD + FIRST + THIRD,
    "one twice": HEAD + FIRST + FIRST + SECOND + THIRD,
    "one more": FULL + THIRD,
    "another salt": HEAD[:-1] + bytes((HEAD[-1] ^ 1,)) + FULL[HEAD_BYTES:],
    "a changed tag": FULL[:-1] + bytes((FULL[-1] ^ 1,)),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_what_was_changed_does_not_open(case):
    with pytest.raises(Tampered, match="does not open"):
        opened(TAMPERED[case])


@settings(max_examples=30)
@given(st.integers(0, 2999), st.integers(1, 255))
def test_no_changed_byte_opens(place, bits):
    sealed = bytearray(seal(b"y" * 3000))
    sealed[place] ^= bits
    with pytest.raises(Tampered):
        opened(bytes(sealed))


def test_another_key_or_another_backup_does_not_open():
    with pytest.raises(Tampered):
        opened(seal(b"abc"), key=OTHER)
    with pytest.raises(Tampered):
        opened(seal(b"abc"), name="2026-11-28.173006.db-1")


def test_something_else_is_not_even_begun():
    with pytest.raises(Tampered, match="does not begin"):
        opened(b"x" * 100)


def test_nonces_are_all_different_and_run_out():
    prefix = b"p" * 7
    assert len({nonce(prefix, number, is_last=last) for number in range(50) for last in (True, False)}) == 100
    with pytest.raises(ValueError, match="at most"):
        nonce(prefix, sealing.MOST_SEGMENTS, is_last=False)
