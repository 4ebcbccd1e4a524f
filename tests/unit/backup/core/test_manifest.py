"""A manifest is whole, or an error that names what is wrong in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backup.core.manifest import BadManifest, Encryption, Manifest, Part, parse_manifest, to_text
from backup.core.names import Kind
from backup.core.whereabouts import BinlogPosition
from peerfinder.core.position import Position
from tests.support.mbstreams import UUID

NAME = "2026-11-28.173005.db-1"
SHA = "0123456789abcdef" * 4
PARTS = (Part("part-00000.mbstream.zst", 1000, SHA), Part("part-00001.mbstream.zst", 17, SHA))
GOOD = Manifest(
    1, NAME, Kind.PHYSICAL, "db", "db-1", "2026-11-28T17:30:05Z", "2026-11-28T17:31:05Z", "10.11.19-MariaDB", 5000,
    1017, PARTS, "zstd", None, Position(UUID, 1461), "100", BinlogPosition("binlog.000004", 379, "100-1-1458"), 65273,
    218, (), {"galera-kit": "0.1.0"},
)  # fmt: skip
RAW: dict[str, Any] = json.loads(to_text(GOOD))


def test_it_is_read_as_it_was_written():
    assert parse_manifest(to_text(GOOD), NAME) == GOOD


def test_what_is_added_later_is_passed_over():
    assert parse_manifest(json.dumps(RAW | {"new": 1}), NAME) == GOOD


def test_a_dump_and_a_sealed_one():
    parts = [{"name": "part-00000.sql.zst.aes", "size": 1017, "sha256": SHA}]
    raw = RAW | {"kind": "logical", "galera": None, "files": 0, "parts": parts, "databases": ["app"]}
    raw |= {"encryption": {"cipher": "aes-256-gcm", "key_id": "abc"}}
    found = parse_manifest(json.dumps(raw), NAME)
    assert (found.kind, found.encryption, found.databases) == (
        Kind.LOGICAL,
        Encryption("aes-256-gcm", "abc"),
        ("app",),
    )


@given(st.integers(0, len(to_text(GOOD)) - 3))
def test_a_manifest_that_is_cut_is_none(place):
    with pytest.raises(BadManifest, match="no JSON, or was cut"):
        parse_manifest(to_text(GOOD)[:place], NAME)


def first_part(**what: Any) -> list[dict[str, Any]]:
    return [RAW["parts"][0] | what, RAW["parts"][1]]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another folder": ({"name": "2026-11-28.173006.db-1"}, "name: "),
    "a newer form": ({"version": 2}, "version: 2 is newer than 1"),
    "no form": ({"version": "1"}, "version: '1' is none"),
    "an unknown kind": ({"kind": "magic"}, r"\$.kind"),
    "a time that is none": ({"ended_at": "yesterday"}, "ended_at: 'yesterday'"),
    "another compression": ({"compression": "lzma"}, "compression: 'lzma'"),
    "another cipher": ({"encryption": {"cipher": "rot13", "key_id": "x"}}, "encryption.cipher: 'rot13'"),
    "no server": ({"server_version": ""}, "server_version: ''"),
    "no data": ({"raw_bytes": 0}, "raw_bytes: 0"),
    "no parts": ({"parts": []}, "parts: "),
    "parts in another order": ({"parts": RAW["parts"][::-1]}, r"parts\[0\].name: 'part-00001"),
    "a part of another kind": ({"kind": "logical"}, r"parts\[0\].name"),
    "an empty part": ({"parts": first_part(size=0)}, r"parts\[0\].size: 0"),
    "a hash that is none": ({"parts": first_part(sha256="abc")}, r"parts\[0\].sha256: 'abc'"),
    "a part that is no part": ({"parts": [1]}, r"\$.parts\[0\]: expected an object"),
    "sums that differ": ({"stored_bytes": 1018}, "stored_bytes: 1018"),
    "no position": ({"galera": None}, "galera: None"),
    "a position that is none": ({"galera": {"uuid": UUID, "seqno": -1}}, "galera: "),
    "no files": ({"files": 0}, "files: 0"),
    "a type that is wrong": ({"raw_bytes": "5000"}, r"\$.raw_bytes: expected int"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named(case):
    what, message = WRONG[case]
    with pytest.raises(BadManifest, match=message):
        parse_manifest(json.dumps(RAW | what), NAME)


REQUIRED = ("version", "name", "kind", "cluster", "node", "started_at", "ended_at", "server_version", "raw_bytes",
            "stored_bytes", "parts", "compression")  # fmt: skip


@pytest.mark.parametrize("field", REQUIRED)
def test_a_field_that_is_missing_is_named(field):
    raw = {name: value for name, value in RAW.items() if name != field}
    with pytest.raises(BadManifest, match=field):
        parse_manifest(json.dumps(raw), NAME)


@pytest.mark.parametrize("text", ["[]", "1", "null", "{}", "[" * 100000])
def test_other_json_is_none(text):
    with pytest.raises(BadManifest):
        parse_manifest(text, NAME)
