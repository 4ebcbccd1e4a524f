"""A stored backup that is not what it was is never called good; what only this machine lacks is no verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.backups import Galeractl, Store, at_rest, small_disk
from tests.support.cluster import LocalCluster


@pytest.fixture(scope="module")
def good(cluster: LocalCluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, dict[str, Any]]:
    """A sound backup of several parts."""
    cluster.start()
    at_rest(cluster)
    folder = tmp_path_factory.mktemp("good")
    store = Store(f"file://{folder}", {}, folder)
    return store, Galeractl(cluster).run(store, "create", "--part-size", "8", "--to")


@pytest.mark.parametrize("number", [0, 2, -1])
@pytest.mark.parametrize("how", ["a flipped byte", "missing", "cut"])
def test_a_part_that_is_not_what_it_was(cluster: LocalCluster, good, number: int, how: str):
    store, made = good
    part = store.part(made["name"], number)
    content = part.read_bytes()
    place = len(content) // 2
    bad = {
        "a flipped byte": content[:place] + bytes((content[place] ^ 4,)) + content[place + 1 :],
        "missing": None,
        "cut": content[:-1],
    }[how]
    part.unlink() if bad is None else part.write_bytes(bad)
    galeractl = Galeractl(cluster)
    try:
        for level in ("checksum", "prepare"):
            answer = galeractl.run(store, "verify", "--level", level, "--from", code=1)
            assert answer["error"].startswith(f"{made['name']} is bad: ")
        (listed,) = galeractl.run(store, "list", "--from")
        assert listed["state"] == "bad"
    finally:
        part.write_bytes(content)
    assert galeractl.run(store, "verify", "--level", "prepare", "--from")["ok"]
    (listed,) = galeractl.run(store, "list", "--from")
    assert listed["state"] == "verified"


def test_a_manifest_that_is_cut(cluster: LocalCluster, good):
    store, made = good
    manifest = store.folder / made["name"] / "manifest.json"
    content = manifest.read_bytes()
    manifest.write_bytes(content[: len(content) // 2])
    galeractl = Galeractl(cluster)
    try:
        answer = galeractl.run(store, "verify", made["name"], "--from", code=1)
        assert "it is no JSON, or was cut" in answer["error"]
        (listed,) = galeractl.run(store, "list", "--from")
        assert (listed["state"], "was cut" in listed["problem"]) == ("bad", True)
        (kept,) = galeractl.run(store, "prune", "--from")["backups"]
        assert kept["keep"]
    finally:
        manifest.write_bytes(content)


def test_no_room_to_unpack_it_says_nothing_of_the_backup(cluster: LocalCluster, good, tmp_path: Path):
    store, made = good
    with small_disk(tmp_path / "small", 8) as small:
        answer = Galeractl(cluster).run(store, "verify", "--work-dir", str(small.folder), "--from", code=4)
    assert "are needed to unpack it" in answer["error"]
    assert Galeractl(cluster).run(store, "list", "--from")[0]["name"] == made["name"]
