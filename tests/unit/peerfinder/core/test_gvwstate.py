from __future__ import annotations

import pytest

from peerfinder.core.gvwstate import SavedView, parse_gvwstate

ME, OTHER = "0000aaaa-0000-11f0-8000-00000000000a", "0000bbbb-0000-11f0-8000-00000000000b"
TEXT = f"my_uuid: {ME}\n#vwbeg\nview_id: 3 {OTHER} 7\nbootstrap: 0\nmember: {OTHER} 0\nmember: {ME} 0\n#vwend\n"


def test_a_whole_primary_view_is_read() -> None:
    assert parse_gvwstate(TEXT) == SavedView(ME, 7, (ME, OTHER))


@pytest.mark.parametrize("length", range(len(TEXT) - 1))  # the last newline says nothing
def test_a_file_cut_at_any_byte_is_no_view(length: int) -> None:
    assert parse_gvwstate(TEXT[:length]) is None


@pytest.mark.parametrize(
    "text", ["", "garbage", "\0" * 50, TEXT.replace("view_id: 3", "view_id: 2"), TEXT.replace("my_", "")]
)
def test_what_is_no_primary_view_is_none(text: str) -> None:
    assert parse_gvwstate(text) is None
