"""What follows from one snapshot: it is published first, told to all who go by it, and nothing that fails stops it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

from peerfinder.adapters import run_directory
from peerfinder.adapters.memory_file import MemoryFile
from peerfinder.adapters.peer_http import Agents
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.serve.effects import Effects
from peerfinder.serve.labels import Wanted
from peerfinder.serve.outside import Outside
from peerfinder.serve.settings import Settings
from peerfinder.serve.troubles import Troubles
from tests.support.sights import a_member

WRITER = WriterView(Mode.SINGLE, "db-0", 4, Role.PRIMARY)
SEEN = ClusterSnapshot("db-0", 100.0, "b", ("db-0",), {"db-0": a_member("db-0")}, ready=True, writer=WRITER)


class Pod:
    """The labels of the own pod."""

    def __init__(self) -> None:
        self.written: list[Wanted] = []

    def write(self, labels: Wanted) -> None:
        self.written.append(labels)

    def replace(self, pod: str, label: str, value: str, labels: Wanted) -> None:
        raise AssertionError("there is no other pod")


def effects(run_dir: Path, pod: Pod | None = None) -> Effects:
    settings = Settings(
        name="db-0", run_dir=run_dir, volume=run_dir, service="db", namespace="default", domain="cluster.local",
        address="127.0.0.1", port=8008, token_file=run_dir / "token", replicas_file=run_dir / "replicas",
        memory=("file", ""), monitor_user="monitor",
    )  # fmt: skip
    outside = Outside(MemoryFile(run_dir / "none"), pods=pod)
    return Effects(settings, cast("Agents", None), lambda: "secret", outside, None, Troubles())


def test_it_is_published_remembered_and_shown_on_the_pod(tmp_path: Path) -> None:
    pod = Pod()

    async def live() -> Any:
        one = effects(tmp_path, pod)
        assert one.snapshot is None
        one.follow(SEEN, None, 100.0)
        task = one._labels._task
        assert task is not None
        await task
        return one

    one = asyncio.run(live())
    assert one.snapshot == SEEN
    assert one.changed_at == 100.0
    assert run_directory.read_cluster(tmp_path) == SEEN
    assert pod.written == [{"galerakit/role": "primary", "galerakit/reads": "true"}]


def test_a_run_directory_that_cannot_be_written_is_said_and_the_rest_follows(tmp_path: Path) -> None:
    async def live() -> Effects:
        one = effects(tmp_path / "gone")
        one.follow(SEEN, None, 100.0)
        return one

    one = asyncio.run(live())
    assert one.snapshot == SEEN
    assert "cluster.json cannot be written" in one._troubles._said["publish"]
