from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerfinder.core.codec import Malformed, from_json, to_json
from peerfinder.core.lineage import Ballot, Epoch
from peerfinder.core.memory import ClusterMemory, Mark
from peerfinder.core.position import Position
from peerfinder.core.record import NodeRecord
from peerfinder.core.report import NodeFacts, NodeReport
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.view import Member, View
from peerfinder.core.vote import VoteReply, VoteRequest
from peerfinder.core.wsrep import ServerFacts

UUID = "0000aaaa-0000-11f0-8000-000000000000"
st.register_type_strategy(Position, st.builds(Position, st.uuids().map(str), st.integers(-1, 99), st.just("")))
st.register_type_strategy(float, st.floats(0, 1e9, allow_nan=False))
TYPES = (
    Ballot, Epoch, Position, View, Member, NodeRecord, NodeFacts, ServerFacts, ClusterMemory, VoteRequest, VoteReply,
    NodeReport, ClusterSnapshot,
)  # fmt: skip


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_a_value_survives_the_way_through_json(kind: type[Any]) -> None:
    @settings(max_examples=25, deadline=None)
    @given(value=st.from_type(kind))
    def travels(value: object) -> None:
        assert from_json(kind, json.loads(json.dumps(to_json(value)))) == value

    travels()


WRONG: dict[str, tuple[type[Any], object, str]] = {
    "no object": (Ballot, 5, "$: expected an object, found 5"),
    "a missing field": (Ballot, {"number": 1}, "$: "),
    "a wrong type": (Ballot, {"number": "1", "node": "db-0"}, "$.number: expected int, found '1'"),
    "a truth value is no number": (Ballot, {"number": True, "node": "x"}, "$.number: expected int, found True"),
    "a number is no truth value": (VoteReply, {"voter": "x", "granted": 1, "reason": ""}, "$.granted: expected bool"),
    "no list": (NodeRecord, {"node": "db-0", "lineage": {}}, "$.lineage: expected a list, found {}"),
    "deep inside a list": (
        NodeRecord, {"node": "db-0", "lineage": [{"ballot": {"number": 1, "node": 2}, "uuid": "", "seqno": 0}]},
        "$.lineage[0].ballot.node: expected str, found 2"),
    "no such kind": (NodeRecord, {"node": "db-0", "ended": "exploded"}, "$.ended: "),
    "the type's own check": (Position, {"uuid": "x", "seqno": 1}, "$: not a uuid: 'x'"),
    "inside a table": (
        ClusterSnapshot, {"me": "a", "written_at": 1, "boot_id": "", "reports": {"b": 7}}, "$.reports.b: "),
    "long values are cut": (Ballot, "x" * 500, "..."),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "raw", "message"), WRONG.values(), ids=WRONG)
def test_malformed_json_names_the_path(kind: type[Any], raw: object, message: str) -> None:
    with pytest.raises(Malformed) as caught:
        from_json(kind, raw)
    assert message in str(caught.value)


def test_unknown_fields_are_ignored_and_missing_ones_take_their_default() -> None:
    assert from_json(ClusterMemory, {"uuid": UUID, "from_the_future": 1}) == ClusterMemory(uuid=UUID)


def test_none_is_only_for_what_may_be_none() -> None:
    assert from_json(ClusterMemory, {"ballot": None}).ballot is None
    with pytest.raises(Malformed, match=r"\$\.epoch: expected an object, found None"):
        from_json(Mark, {"epoch": None, "seqno": 1})
