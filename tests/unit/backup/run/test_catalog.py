"""What lies in a store is told, whatever it is; and what is pruned of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backup.adapters.objectstore import Store
from backup.core.names import Kind
from backup.core.retention import Delete, Keep, Policy
from backup.core.verification import Level, Result, Verified, to_text, with_result
from backup.run.catalog import entries
from backup.run.pruning import delete, plan, store_time
from backup.run.storing import How, Progress, store_backup
from tests.support.mbstreams import AT, PretendedSource, a_backup


@pytest.fixture
def store(tmp_path):
    return Store(f"file://{tmp_path}", {}, {})


def test_an_empty_store(store):
    assert entries(store) == ()


def test_backups_and_other_things(store, tmp_path):
    first, second = a_backup(store), a_backup(store, at=AT + timedelta(days=1), node="db-2")
    store.put("something/else", b"x")
    store.put("2026-11-28.170000.db-1/part-00000.mbstream.zst", b"left")
    broken = a_backup(store, at=AT + timedelta(days=2))
    (tmp_path / broken.name / "manifest.json").write_text("{")
    result = Result(Level.CHECKSUM, True, "2026-11-29T00:00:00Z", "me", 1.0)
    store.put(f"{first.name}/verified.json", to_text(with_result(Verified(), result)).encode())
    found = entries(store)
    assert [str(one.name) for one in found] == [
        "2026-11-28.170000.db-1", first.name, second.name, broken.name]  # fmt: skip
    assert [one.manifest for one in found] == [None, first, second, None]
    assert [one.is_leftover for one in found] == [True, False, False, False]
    assert found[3].problem.startswith(f"the manifest of {broken.name} cannot be used")
    assert found[1].verified.best == result
    assert found[1].size > first.stored_bytes
    assert [one.manifest for one in entries(store, "db-2")] == [second]


def test_a_plan_and_what_dead_jobs_left(store):
    made = [a_backup(store, at=AT + timedelta(days=number)) for number in range(4)]
    store.put("2026-11-28.170000.db-1/part-00000.mbstream.zst", b"left")
    found = entries(store)
    written = found[0].modified
    told = {str(one.name): one for one in plan(found, Policy(last=2), written + timedelta(hours=1)).fates}
    assert [type(told[one.name]) for one in made] == [Delete, Delete, Keep, Keep]
    assert told["2026-11-28.170000.db-1"].reason == "it has no manifest: a job is at work, or died today"
    later = max(written, found[0].name.at) + timedelta(hours=25)
    doomed = plan(found, Policy(last=2), later).doomed
    assert [str(one.name) for one in doomed] == [made[1].name, made[0].name, "2026-11-28.170000.db-1"]


def test_a_manifest_that_cannot_be_read_is_for_a_person(store, tmp_path):
    broken = a_backup(store)
    (tmp_path / broken.name / "manifest.json").write_text("{")
    (fate,) = plan(entries(store), Policy(), datetime(2100, 1, 1, tzinfo=UTC)).fates
    assert isinstance(fate, Keep)
    assert fate.reason.startswith("for a person to look at: the manifest of")


def test_deleting_begins_with_the_manifest(store, tmp_path):
    a_backup(store)
    deleted: list[str] = []

    class Watched(Store):
        def delete(self, paths):
            deleted.extend(paths)
            super().delete(paths)

    watched = Watched(f"file://{tmp_path}", {}, {})
    (entry,) = entries(watched)
    delete(watched, entry)
    assert deleted[0].endswith("/manifest.json")
    assert list(tmp_path.iterdir()) == []


def test_the_time_is_that_of_the_store(store, tmp_path):
    assert abs(store_time(store) - datetime.now(UTC)) < timedelta(minutes=1)
    assert list(tmp_path.iterdir()) == []


def test_dumps_and_copies_do_not_take_each_others_place(store):
    copies = [a_backup(store, at=AT + timedelta(days=number)) for number in range(2)]
    source = PretendedSource(b"CREATE TABLE t (a INT);\n-- Dump completed on a day", kind=Kind.LOGICAL)
    dump = store_backup(store, source, "db", How(threads=1), Progress(), lambda: AT + timedelta(days=5))
    told = {str(one.name): type(one) for one in plan(entries(store), Policy(last=1), AT).fates}
    assert told == {copies[0].name: Delete, copies[1].name: Keep, dump.name: Keep}


def test_a_backup_that_is_deleted_while_one_looks(tmp_path):
    class Moving(Store):
        def get(self, path):
            self.delete([path])
            return super().get(path)

    store = Moving(f"file://{tmp_path}", {}, {})
    folder = tmp_path / "2026-11-28.173005.db-1"
    folder.mkdir()
    for name in ("manifest.json", "part-00000.mbstream.zst"):
        (folder / name).write_text("x")
    (found,) = entries(store)
    assert found.is_leftover
