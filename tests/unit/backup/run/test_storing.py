"""A backup is made whole, or not at all; read back, it is what came."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from backup.adapters.agent import CopyFailed
from backup.adapters.objectstore import Store
from backup.core.key import key_id
from backup.core.mbstream import BadStream
from backup.core.names import Kind
from backup.core.store import StoreTrouble
from backup.core.whereabouts import NoPosition
from backup.run import reading
from backup.run.storing import How, Progress, Stopped, store_backup
from peerfinder.core.position import Position
from tests.support.mbstreams import AT, UUID, PretendedSource, a_backup, a_file, a_stream, varied

KEY = b"k" * 32
CONTENT = a_stream(data=varied(5000))


@pytest.fixture
def store(tmp_path):
    return Store(f"file://{tmp_path}", {}, {})


def left(tmp_path):
    return sorted(path.name for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])
@pytest.mark.parametrize("part_bytes", [1, 400, 10**9])
def test_what_was_stored_is_what_came(store, key, part_bytes):
    if part_bytes == 1:
        part_bytes = 97
    made = a_backup(store, content=CONTENT, key=key, part_bytes=part_bytes)
    assert reading.read_manifest(store, made.name) == made
    assert b"".join(reading.read_pieces(store, made, key)) == CONTENT
    assert [part.size for part in made.parts[:-1]] == [part_bytes] * (len(made.parts) - 1)
    assert 0 < made.parts[-1].size <= part_bytes


def test_its_manifest(store):
    made = a_backup(store, key=KEY)
    assert (made.name, made.kind, made.cluster, made.node) == ("2026-11-28.173005.db-1", Kind.PHYSICAL, "db", "db-1")
    assert (made.started_at, made.server_version) == ("2026-11-28T17:30:05Z", "10.11.19-MariaDB")
    assert (made.galera, made.files, made.raw_bytes) == (Position(UUID, 1461), 4, len(CONTENT))
    assert made.encryption
    assert made.encryption.key_id == key_id(KEY)
    assert made.tools["galera-kit"]
    assert made.parts[0].name == "part-00000.mbstream.zst.aes"


def test_nothing_of_the_data_is_legible_when_sealed(store, tmp_path):
    a_backup(store, content=a_stream(a_file("app/t.ibd", b"a secret")), key=KEY)
    parts = list(tmp_path.rglob("part-*"))
    assert parts
    assert not any(b"secret" in path.read_bytes() for path in parts)


def test_a_name_that_is_taken_is_not_taken_twice(store):
    first, second = a_backup(store), a_backup(store)
    assert (first.name, second.name) == ("2026-11-28.173005.db-1", "2026-11-28.173006.db-1")


def failing(breaks: BaseException | None, content: bytes = CONTENT) -> PretendedSource:
    return PretendedSource(content, breaks=breaks)


FAILURES = {
    "the stream says that it failed": (failing(CopyFailed("mariadb-backup ended with 1")), CopyFailed),
    "the stream is cut": (failing(None, CONTENT[:-10]), BadStream),
    "the stream is no stream": (failing(None, b"hello, this is no mbstream"), BadStream),
    "it does not say where it is": (failing(None, a_file("ibdata1", b"x")), NoPosition),
    "nothing comes": (failing(None, b""), BadStream),
}


@pytest.mark.parametrize("case", FAILURES)
def test_nothing_is_left_of_what_failed(store, tmp_path, case):
    source, kind = FAILURES[case]
    with pytest.raises(kind):
        store_backup(store, source, "db", How(part_bytes=300, threads=1), Progress(), lambda: AT)
    assert left(tmp_path) == []
    assert source.closed == 1


def test_it_can_be_told_to_end(store, tmp_path):
    progress = Progress()
    source = PretendedSource(CONTENT * 50)
    progress.is_stopped = True
    with pytest.raises(Stopped):
        store_backup(store, source, "db", How(threads=1), progress, lambda: AT)
    assert (left(tmp_path), source.closed) == ([], 1)


class Failing(Store):
    """A store that fails at something, and then works again."""

    fails_at = ""

    def put_pieces(self, path, pieces):
        super().put_pieces(path, pieces)
        if self.fails_at in path:
            raise StoreTrouble("it is full", "make room")

    def put(self, path, content):
        super().put(path, content if self.fails_at not in path else content[:-5])


@pytest.mark.parametrize("where", ["part-00002", "manifest.json"])
def test_a_store_that_fails(tmp_path, where):
    store = Failing(f"file://{tmp_path}", {}, {})
    store.fails_at = where
    source = PretendedSource(CONTENT)
    with pytest.raises(StoreTrouble, match=r"it is full|reads otherwise"):
        store_backup(store, source, "db", How(part_bytes=400, threads=1), Progress(), lambda: AT)
    assert (left(tmp_path), source.closed) == ([], 1)
    assert not any(one.name == "receive" for one in threading.enumerate() if one.is_alive())


def test_what_could_not_be_taken_away_is_said(tmp_path):
    class Stubborn(Failing):
        def delete(self, paths):
            raise StoreTrouble("no", "no")

    store = Stubborn(f"file://{tmp_path}", {}, {})
    store.fails_at = "part-00000"
    with pytest.raises(StoreTrouble) as caught:
        store_backup(store, PretendedSource(CONTENT), "db", How(threads=1), Progress(), lambda: AT)
    assert "may be left" in caught.value.__notes__[0]


def test_how_far_it_is(store):
    progress = Progress()
    source = PretendedSource(CONTENT, total=9000)
    made = store_backup(store, source, "db", How(threads=1), progress, lambda: AT + timedelta(hours=1))
    assert (progress.name, progress.raw, progress.total) == (made.name, len(CONTENT), 9000)
    assert progress.stored == made.stored_bytes
