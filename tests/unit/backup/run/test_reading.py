"""No byte of a backup may change, and no part be missing, without being noticed."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backup.adapters.objectstore import Store
from backup.core.damage import Damaged
from backup.core.mbstream import BadStream
from backup.core.store import StoreTrouble
from backup.run.reading import read_manifest, read_pieces, read_verified
from tests.support.mbstreams import a_backup

KEY = b"k" * 32


@pytest.fixture(scope="module", params=[None, KEY], ids=["plain", "sealed"])
def made(request, tmp_path_factory):
    """A store, a backup in it, its key, and the directory of its parts."""
    root = tmp_path_factory.mktemp("store")
    store = Store(f"file://{root}", {}, {})
    manifest = a_backup(store, key=request.param, part_bytes=700)
    assert len(manifest.parts) > 5
    return store, manifest, request.param, root / manifest.name


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_changed_byte_in_any_part(made, data):
    store, manifest, key, folder = made
    part = data.draw(st.sampled_from(manifest.parts))
    place, bits = data.draw(st.integers(0, part.size - 1)), data.draw(st.integers(1, 255))
    path = folder / part.name
    good = path.read_bytes()
    path.write_bytes(good[:place] + bytes((good[place] ^ bits,)) + good[place + 1 :])
    try:
        with pytest.raises(Damaged):
            b"".join(read_pieces(store, manifest, key))
    finally:
        path.write_bytes(good)


@pytest.mark.parametrize("number", [0, 3, -1])
@pytest.mark.parametrize("how", ["missing", "cut", "longer", "of another"])
def test_a_part_that_is_not_what_it_was(made, number, how):
    store, manifest, key, folder = made
    part = manifest.parts[number]
    path = folder / part.name
    good = path.read_bytes()
    other = (folder / manifest.parts[1].name).read_bytes()[: len(good)]
    bad = {"missing": None, "cut": good[:-1], "longer": good + b"x", "of another": other}[how]
    path.unlink() if bad is None else path.write_bytes(bad)
    try:
        with pytest.raises(
            Damaged, match=rf"{part.name} |segment \d+ of|does not decompress|decompresses to|not begin"
        ):
            b"".join(read_pieces(store, manifest, key))
    finally:
        path.write_bytes(good)


def test_another_key(tmp_path):
    store = Store(f"file://{tmp_path}", {}, {})
    manifest = a_backup(store, key=KEY)
    for key, message in ((b"x" * 32, "was encrypted by the key"), (None, "is encrypted, by the key")):
        with pytest.raises(StoreTrouble, match=message) as caught:
            b"".join(read_pieces(store, manifest, key))
        assert "--encrypt-key-file" in caught.value.remedy


def test_a_manifest_that_is_not_there_or_not_whole(tmp_path):
    store = Store(f"file://{tmp_path}", {}, {})
    with pytest.raises(StoreTrouble, match=r"there is no backup 2026-11-28\.173005\.db-1") as caught:
        read_manifest(store, "2026-11-28.173005.db-1")
    assert caught.value.missing
    manifest = a_backup(store)
    path = tmp_path / manifest.name / "manifest.json"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Damaged, match=f"the manifest of {manifest.name} cannot be used: it is no JSON, or was cut"):
        read_manifest(store, manifest.name)


def test_a_manifest_of_fewer_parts_is_noticed(tmp_path):
    store = Store(f"file://{tmp_path}", {}, {})
    manifest = a_backup(store)
    path = tmp_path / manifest.name / "manifest.json"
    raw = json.loads(path.read_text())
    last = raw["parts"].pop()
    raw["stored_bytes"] -= last["size"]
    path.write_text(json.dumps(raw))
    with pytest.raises((Damaged, BadStream)):
        b"".join(read_pieces(store, read_manifest(store, manifest.name), None))


def test_never_verified(tmp_path):
    store = Store(f"file://{tmp_path}", {}, {})
    assert read_verified(store, a_backup(store).name).results == ()
