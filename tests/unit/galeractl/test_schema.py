"""docs/status.schema.json names what `status --json` answers, all of it and nothing else."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import jsonschema
import pytest

from galeractl.core.diagnose import Diagnosis, diagnose
from galeractl.core.nodeline import NodeLine
from galeractl.core.programs import Programs
from galeractl.core.sight import ClusterSight
from peerfinder.core.codec import to_json
from peerfinder.core.report import Phase
from peerfinder.core.standing import Standing
from peerfinder.core.state import State
from tests.support.pages import DOCS
from tests.support.sights import a_cluster, a_lone_server, a_member, a_waiting_node, with_writer

SCHEMA: dict[str, Any] = json.loads((DOCS / "status.schema.json").read_text())
NODE: dict[str, Any] = SCHEMA["properties"]["nodes"]["items"]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(("part", "kind"), [(SCHEMA, Diagnosis), (NODE, NodeLine)], ids=["status", "node"])
def test_its_fields_are_the_programs(part: dict[str, Any], kind: type) -> None:
    assert list(part["properties"]) == part["required"] == [one.name for one in fields(kind)]


def test_its_words_are_the_programs() -> None:
    assert set(SCHEMA["properties"]["state"]["enum"]) == set(State)
    assert set(NODE["properties"]["role"]["enum"]) == set(Standing)
    assert set(NODE["properties"]["phase"]["enum"]) == {*Phase, None}


SIGHTS = {
    "whole": with_writer(a_cluster(a_member("db-0"), a_member("db-1"), a_member("db-2")), "db-1"),
    "one is down": a_cluster(a_member("db-0"), a_member("db-1"), db_2=Programs.STOPPED),
    "nothing runs": a_cluster(db_0=Programs.STOPPED, db_1=Programs.STOPPED, db_2=Programs.STOPPED),
    "nobody is expected": a_cluster(expected=()),
    "no quorum": a_cluster(a_waiting_node("db-0"), a_lone_server("db-1"), db_2=Programs.UNKNOWN),
    "new": a_cluster(a_waiting_node("db-0", seqno=None), memory=None),
}


@pytest.mark.parametrize("sight", SIGHTS.values(), ids=SIGHTS)
def test_what_is_told_fits_it(sight: ClusterSight) -> None:
    jsonschema.validate(to_json(diagnose(sight)), SCHEMA)


def test_it_refuses_what_does_not_fit() -> None:
    told = to_json(diagnose(SIGHTS["whole"]))
    for broken in ({**told, "state": "FINE"}, {**told, "nodes": [{}]}, {**told, "tolerates": None}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)
