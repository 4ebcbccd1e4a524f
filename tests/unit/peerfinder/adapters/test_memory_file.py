"""The memory file: compare-and-swap between many writers, and missing is not empty."""

from __future__ import annotations

import fcntl
import json
import threading
from pathlib import Path

import pytest

from peerfinder.adapters.memory_file import MemoryFile, read, swap
from peerfinder.core.memory import ClusterMemory


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "memory.json"
    file.write_text("{}")
    return file


def test_a_new_cluster_has_an_empty_memory(path: Path) -> None:
    assert read(path) == ClusterMemory()


def test_a_swap_counts_the_version_and_can_be_read_back(path: Path) -> None:
    assert swap(path, 0, ClusterMemory(uuid="u", version=99))
    assert read(path) == ClusterMemory(uuid="u", version=1)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_swap_from_an_old_version_changes_nothing(path: Path) -> None:
    swap(path, 0, ClusterMemory(uuid="first"))
    assert not swap(path, 0, ClusterMemory(uuid="second"))
    assert read(path).uuid == "first"


def test_one_of_many_wins_each_version(path: Path) -> None:
    won: list[int] = []

    def climb(me: int) -> None:
        won.extend(version for version in range(10) if swap(path, version, ClusterMemory(uuid=str(me))))

    threads = [threading.Thread(target=climb, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == list(range(len(won)))
    assert read(path).version == len(won) > 0


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(None, FileNotFoundError, id="missing"),
        pytest.param("", ValueError, id="empty file"),
        pytest.param("[]", ValueError, id="not an object"),
        pytest.param('{"version": "1"}', ValueError, id="a wrong type"),
    ],
)
def test_neither_read_nor_swapped(path: Path, text: str | None, error: type[Exception]) -> None:
    path.unlink() if text is None else path.write_text(text)
    with pytest.raises(error):
        read(path)
    with pytest.raises(error):
        swap(path, 0, ClusterMemory())


def test_a_lock_that_is_never_let_go_is_an_error_in_time(path: Path) -> None:
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="is locked by another process"):
            swap(path, 0, ClusterMemory())
    assert swap(path, 0, ClusterMemory())


def test_a_source_notices_a_change_by_others_and_a_loss(path: Path) -> None:
    source = MemoryFile(path)
    assert source.read() == ClusterMemory()
    swap(path, 0, ClusterMemory(uuid="u"))
    assert source.read().uuid == "u"
    path.write_text(json.dumps({"version": 7}) + " " * 50)
    assert source.read().version == 7
    path.unlink()
    with pytest.raises(FileNotFoundError):
        source.read()
