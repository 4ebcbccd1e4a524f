"""A directory as a store; buckets are for real servers to show (tests/integration/backup)."""

from __future__ import annotations

import pytest

from backup.adapters.objectstore import PIECE_BYTES, Store
from backup.core.store import StoreTrouble
from tests.support.mbstreams import varied


@pytest.fixture
def store(tmp_path):
    return Store(f"file://{tmp_path}", {}, {})


def test_small_objects(store, tmp_path):
    store.put("a/b", b"abc")
    store.put("a/b", b"abcd")
    assert store.get("a/b") == b"abcd"
    assert (tmp_path / "a" / "b").read_bytes() == b"abcd"
    assert (store.look("a/b").path, store.look("a/b").size) == ("a/b", 4)
    assert [(one.path, one.size) for one in store.list()] == [("a/b", 4)]
    assert store.folders() == ("a",)
    assert list(store.list("b")) == []


def test_large_objects_come_back_in_order(store):
    content = varied(1000) * 20_000  # two pieces and a half
    assert len(content) > 2 * PIECE_BYTES
    store.put_pieces("a/large", (content[place : place + 100_000] for place in range(0, len(content), 100_000)))
    assert b"".join(store.get_pieces("a/large", len(content))) == content


def test_an_upload_that_breaks_leaves_nothing(store, tmp_path):
    def pieces():
        yield bytes(PIECE_BYTES + 5)
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError, match="gone"):
        store.put_pieces("a/large", pieces())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_error_of_the_pieces_is_theirs(store):
    def pieces():
        yield b"x"
        raise StoreTrouble("another store", "wait")

    with pytest.raises(StoreTrouble, match="another store"):
        store.put_pieces("a/large", pieces())


def test_deleting_twice_is_no_trouble_and_leaves_no_folder(store, tmp_path):
    store.put("a/b", b"1")
    store.put("a/c", b"1")
    store.delete(["a/b", "a/c", "a/d"])
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there(store, tmp_path):
    with pytest.raises(StoreTrouble, match=f"file://{tmp_path}: there is no a/b") as caught:
        store.get("a/b")
    assert caught.value.missing
    with pytest.raises(StoreTrouble, match="there is no such directory"):
        Store(f"file://{tmp_path}/none", {}, {})


def test_a_path_that_is_taken_by_a_file_is_a_sentence(store, tmp_path):
    (tmp_path / "a").write_text("in the way")
    with pytest.raises(StoreTrouble, match="cannot write a/b: ") as caught:
        store.put("a/b", b"x")
    assert "\n" not in caught.value.seen


def test_secrets_come_from_files_too(tmp_path):
    (tmp_path / "id").write_text("me\n")
    environment = {"AWS_ACCESS_KEY_ID_FILE": str(tmp_path / "id"), "AWS_SECRET_ACCESS_KEY_FILE": str(tmp_path / "none")}
    with pytest.raises(StoreTrouble, match="AWS_SECRET_ACCESS_KEY_FILE cannot be read"):
        Store("s3://bucket/x", {}, environment)
    (tmp_path / "none").write_text("hush\n")
    assert Store("s3://bucket/x", {"region": "here"}, environment)._store.config["access_key_id"] == "me"
