"""A stream of frames is read the same however it is cut; what is no whole stream is never taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerfinder.core.frames import (
    HEARTBEAT,
    MOST_DATA,
    MOST_JSON,
    BadFrame,
    CopyBegin,
    CopyEnd,
    FrameReader,
    begin_frame,
    data_head,
    end_frame,
)

BEGIN = CopyBegin("db-1", "10.11.19-MariaDB", 1 << 30)


def stream(*pieces: bytes, end: CopyEnd | None = None) -> bytes:
    """A whole copy of these pieces, with a heart-beat before each."""
    frames = [HEARTBEAT + data_head(len(piece)) + piece for piece in pieces]
    sent = sum(len(piece) for piece in pieces)
    return begin_frame(BEGIN) + b"".join(frames) + end_frame(end or CopyEnd(ok=True, sent=sent))


def read(*parts: bytes) -> tuple[FrameReader, bytes]:
    reader = FrameReader()
    data = b"".join(bytes(view) for part in parts for view in reader.feed(part))
    return reader, data


PIECES = st.lists(st.binary(min_size=1, max_size=300), max_size=5)


@given(PIECES, st.data())
def test_it_is_read_the_same_however_it_is_cut(pieces, data):
    whole = stream(*pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    parts = [whole[first:last] for first, last in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    reader, found = read(*parts)
    assert found == b"".join(pieces)
    assert (reader.begin, reader.why_failed()) == (BEGIN, "")
    assert reader.received == len(found)


def test_byte_by_byte():
    whole = stream(b"abc", b"d")
    reader, found = read(*(whole[place : place + 1] for place in range(len(whole))))
    assert (found, reader.why_failed()) == (b"abcd", "")


@given(PIECES, st.data())
def test_a_stream_that_breaks_off_is_no_copy(pieces, data):
    whole = stream(*pieces)
    reader, found = read(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert b"".join(pieces).startswith(found)
    assert reader.why_failed() == f"the stream broke off after {len(found)} bytes, without its end"


@given(st.binary(min_size=1, max_size=2000))
def test_garbage_is_never_a_copy(garbage):
    reader = FrameReader()
    try:
        for view in reader.feed(garbage):
            assert view
    except BadFrame:
        return
    assert reader.why_failed()


@given(PIECES, st.data())
def test_a_byte_that_is_changed_never_makes_another_length_of_it(pieces, data):
    whole = bytearray(stream(*pieces))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    try:
        reader, found = read(bytes(whole))
    except BadFrame:
        return
    assert reader.why_failed() or len(found) == len(b"".join(pieces))


END = end_frame(CopyEnd(ok=True, sent=0))
BAD = {
    "data before the beginning": (data_head(1) + b"x", "it does not begin as a copy does"),
    "an answer of something else": (b"HTTP/1.1 200 OK", "it does not begin as a copy does"),
    "two beginnings": (begin_frame(BEGIN) * 2, "no frame begins with 'B'"),
    "a frame without content": (begin_frame(BEGIN) + b"D\0\0\0\0", "no frame begins with 'D' and a length of 0"),
    "one that is too long": (
        begin_frame(BEGIN) + b"D" + (MOST_DATA + 1).to_bytes(4, "big"), f"a length of {MOST_DATA + 1}, after 0 bytes"),
    "JSON that is too long": (
        begin_frame(BEGIN) + b"E" + (MOST_JSON + 1).to_bytes(4, "big"), f"a length of {MOST_JSON + 1}"),
    "a heart-beat with content": (begin_frame(BEGIN) + b"H\0\0\0\1x", "no frame begins with 'H'"),
    "no JSON": (begin_frame(BEGIN) + b"E\0\0\0\1x", "a frame of the copy cannot be read"),
    "other JSON": (begin_frame(BEGIN) + b"E\0\0\0\2{}", "a frame of the copy cannot be read: .*ok"),
    "something behind the end": (begin_frame(BEGIN) + END + HEARTBEAT, "something comes behind the end"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_stream_is_told(case):
    text, message = BAD[case]
    with pytest.raises(BadFrame, match=message):
        read(text)


def test_an_end_says_why_it_failed():
    reader, _found = read(stream(b"abc", end=CopyEnd(ok=False, sent=3, reason="the disk is full")))
    assert reader.why_failed() == "the disk is full"
    reader, _found = read(stream(b"abc", end=CopyEnd(ok=False, sent=3)))
    assert reader.why_failed() == "mariadb-backup failed"
    reader, _found = read(stream(b"abc", end=CopyEnd(ok=True, sent=4)))
    assert reader.why_failed() == "3 bytes came of 4"


def test_frames_have_their_limits():
    for length in (0, MOST_DATA + 1):
        with pytest.raises(ValueError, match=f"not {length}"):
            data_head(length)
    with pytest.raises(ValueError, match="longer than"):
        end_frame(CopyEnd(ok=False, sent=0, log=("x" * MOST_JSON,)))
