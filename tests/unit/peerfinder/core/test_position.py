from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerfinder.core.position import ZERO_UUID, Position, parse_position

UUID = "0000aaaa-0000-11f0-8000-000000000000"


@given(uuid=st.uuids().map(str), seqno=st.integers(-1, 2**63 - 1), gtid=st.sampled_from(("", "0-10-62", "0-1-2,1-2-3")))
def test_a_position_survives_being_written(uuid: str, seqno: int, gtid: str) -> None:
    assert parse_position(str(Position(uuid, seqno, gtid))) == Position(uuid, seqno, gtid)


@pytest.mark.parametrize(
    "text", ["", "x", UUID, f"{UUID}:", f"{UUID}:x", f"{UUID}:1 2", f"{UUID[1:]}:1", f"{UUID}:1,x"]
)
def test_what_is_no_position_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="not a position"):
        parse_position(text)


def test_a_bad_uuid_is_no_position() -> None:
    with pytest.raises(ValueError, match="not a uuid"):
        Position("x", 1)


@pytest.mark.parametrize(("uuid", "seqno", "undefined"), [(UUID, 0, False), (UUID, -1, True), (ZERO_UUID, 5, True)])
def test_uuid_zero_or_seqno_minus_one_is_undefined(uuid: str, seqno: int, undefined: bool) -> None:
    assert Position(uuid, seqno).is_undefined is undefined
