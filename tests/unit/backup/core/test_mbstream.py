"""An mbstream is read however it is cut, and what is not whole is told."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backup.core.mbstream import MOST_INFO, BadStream, MbstreamReader
from tests.support.mbstreams import GALERA_INFO, a_file, a_stream, head, piece

WHOLE = a_stream()


def read(content: bytes, cuts: tuple[int, ...] = (), *, checks: bool = True) -> MbstreamReader:
    reader = MbstreamReader(checks=checks)
    for first, last in zip((0, *cuts), (*cuts, len(content)), strict=True):
        reader.feed(content[first:last])
    reader.finish()
    return reader


@pytest.mark.parametrize("prefix", ["xtrabackup", "mariadb_backup"])
def test_the_small_files_are_kept_under_both_names(prefix):
    reader = read(a_stream(prefix=prefix))
    assert reader.info["galera_info"] == GALERA_INFO
    assert sorted(reader.info) == ["checkpoints", "galera_info", "info"]
    assert (reader.files, reader.size) == (4, len(a_stream(prefix=prefix)))


@given(st.lists(st.integers(0, len(WHOLE)), max_size=30))
def test_it_is_read_the_same_however_it_is_cut(places):
    reader = read(WHOLE, tuple(sorted(places)))
    assert (reader.files, reader.info["galera_info"]) == (4, GALERA_INFO)


@given(st.integers(0, len(WHOLE) - 1))
def test_a_stream_that_is_cut_is_noticed_unless_whole_files_are_left(place):
    ends = [0]
    for one in (a_file("ibdata1", b"x" * 5000), a_file("xtrabackup_galera_info", GALERA_INFO)):
        ends.append(ends[-1] + len(one))
    try:
        read(WHOLE[:place])
    except BadStream:
        return
    assert WHOLE[:place].endswith((b"ibdata1", b"galera_info", b"checkpoints", b"xtrabackup_info"))


@given(st.binary(max_size=300))
def test_garbage_is_no_stream(garbage):
    with pytest.raises(BadStream):
        read(garbage)


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_changed_byte_is_noticed_where_the_pieces_are_checked(place, bits):
    changed = bytearray(WHOLE)
    changed[place] ^= bits
    try:
        reader = read(bytes(changed))
    except BadStream:
        return
    # what is left is the path of a file, its flags, or an offset: mbstream would write the file elsewhere
    assert reader.files == 4


def test_files_alternate_go_on_elsewhere_get_names_and_go():
    content = b"".join(
        (
            piece("a", b"1"), piece("b", b"2"), piece("a", b"3", 1), head("S", "a") + struct.pack("<Q", 10),
            piece("a", b"4", 10), head("E", "b"), head("E", "a"),
            head("R", "a") + struct.pack("<I", 1) + b"c", head("D", "b"), piece("c", b"", 0, 2), head("E", "c"),
        )
    )  # fmt: skip
    for cut in range(len(content)):
        assert read(content, (cut,)).files == 3


def test_only_the_exact_names_are_kept():
    others = ("xtrabackup_galera_info_SST", "donor_galera_info", "app/xtrabackup_galera_info", "xtrabackup_info2")
    content = b"".join(a_file(name, b"x") for name in others)
    assert read(content).info == {}
    assert read(a_file("./xtrabackup_info", b"x")).info == {"info": b"x"}


def test_a_small_file_that_begins_anew_is_the_last_one_and_none_is_large():
    content = a_file("xtrabackup_info", b"old") + piece("xtrabackup_info", b"new", 0, 2) + head("E", "xtrabackup_info")
    assert read(content).info == {"info": b"new"}
    assert len(read(a_file("xtrabackup_info", b"x" * (MOST_INFO + 9))).info["info"]) == MOST_INFO
    assert read(head("E", "xtrabackup_info")).info == {"info": b""}


BAD = {
    "nothing": (b"", "the mbstream is empty"),
    "something else": (b"not a stream at all", "no chunk of an mbstream begins at byte 19"),
    "an unknown chunk": (head("X", "a"), "of an unknown type, 'X'"),
    "no path": (head("E", ""), "a path of 0 bytes"),
    "a long path": (b"XBSTCK01\0P" + struct.pack("<I", 5000), "a path of 5000 bytes"),
    "a long new name": (head("R", "a") + struct.pack("<I", 5000), "a path of 5000 bytes"),
    "a file without its end": (piece("a", b"1"), r"ends without the end of 1 files \(a\), after"),
    "a cut piece": (piece("a", b"12345")[:-2], "breaks off in the middle of a chunk"),
    "a cut head": (a_file("a", b"1") + b"XBST", "breaks off in the middle of a chunk"),
    "a changed piece": (piece("a", b"12345")[:-1] + b"6", "a piece of a was changed: its CRC is wrong"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_told(case):
    content, message = BAD[case]
    with pytest.raises(BadStream, match=message):
        read(content)


def test_while_it_only_passes_pieces_are_not_checked():
    assert read(piece("a", b"12345")[:-1] + b"6" + head("E", "a"), checks=False).files == 1
