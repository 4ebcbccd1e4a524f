"""A copy is judged, streamed, and ended in every case; the node's report tells of it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from peerfinder.adapters.mariadb_backup import Account, NoBackup
from peerfinder.core.copying import Allowed, CopyOrder, Refused, Why
from peerfinder.core.events import Event
from peerfinder.core.frames import FrameReader
from peerfinder.core.report import Copying, NodeReport, Purpose
from peerfinder.core.role import Mode, Role, WriterView
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.serve import copier
from peerfinder.serve.copier import Copier
from peerfinder.serve.settings import Settings
from tests.support.sights import NAMES, a_member

BACKUP = CopyOrder(Purpose.BACKUP)
DONE = ("[00] 2026-11-28 17:28:35 completed OK!",)


class Program:
    """A pretended mariadb-backup: what it gives, says and ends with."""

    def __init__(self, *pieces: bytes, log: tuple[str, ...] = DONE, code: int = 0, hangs: bool = False) -> None:
        self._pieces, self._log, self._code, self._hangs = list(pieces), log, code, hangs
        self.is_gone = False
        self.parallel = 0
        self.is_empty = asyncio.Event()

    @asynccontextmanager
    async def run(
        self, directory: Path, account: Account, parallel: int, note: Callable[[str], None]
    ) -> AsyncIterator[Any]:
        self.parallel = parallel
        for line in self._log:
            note(line)
        try:
            yield self
        finally:
            self.is_gone = True

    async def read(self, most: int) -> bytes:
        if self._hangs and not self._pieces:
            self.is_empty.set()
            await asyncio.Event().wait()
        return self._pieces.pop(0) if self._pieces else b""

    async def wait(self) -> int:
        return self._code

    def kill(self) -> None:
        self.is_gone = True


class Node:
    """A node that is desynced as soon as its report says that it is to be."""

    def __init__(self, tmp_path: Path, program: Program, *, writer: str = "db-0") -> None:
        settings = Settings(
            name="db-1", run_dir=tmp_path, volume=tmp_path, service="", namespace="default", domain="cluster.local",
            address="127.0.0.1", port=8008, token_file=tmp_path / "token", replicas_file=tmp_path / "replicas",
            memory=("file", "m"), monitor_user="monitor", peer=(("db-1", "127.0.0.1"),),
        )  # fmt: skip
        self.events: list[Event] = []
        self.copier = Copier(settings, self.look, lambda: self.trouble, self.events.append, self.wake, program.run)
        self.trouble = ""
        self.is_slow = False  # never out
        self.woken = 0
        self.now = 0.0
        self.writer = writer
        self.report: NodeReport | None = None

    def wake(self) -> None:
        self.woken += 1

    async def look(self, *, full: bool = False) -> ClusterSnapshot:
        shown = self.copier.show(a_member("db-1"), 100.0)
        assert shown is not None
        is_out = shown.copying is not None and not self.trouble
        server = replace(shown.server, stepped_out=is_out, desynced=is_out and not self.is_slow)
        self.report = replace(shown, server=server)
        reports = {name: a_member(name) for name in NAMES} | {"db-1": self.report}
        role = Role.PRIMARY if self.writer == "db-1" else Role.SECONDARY
        return ClusterSnapshot("db-1", 100.0, "b", NAMES, reports, writer=WriterView(Mode.SINGLE, self.writer, 4, role))


async def copy(node: Node, order: CopyOrder = BACKUP) -> tuple[Allowed | Refused, FrameReader, bytes]:
    reader, found = FrameReader(), bytearray()

    async def send(frame: bytes) -> None:
        for view in reader.feed(frame):
            found.extend(view)

    async with node.copier.turn(order, "10.0.0.9") as verdict:
        if isinstance(verdict, Allowed):
            await node.copier.stream(send)
    return verdict, reader, bytes(found)


def test_a_whole_copy(tmp_path):
    (tmp_path / "data" / "app").mkdir(parents=True)
    (tmp_path / "data" / "app" / "t.ibd").write_bytes(b"x" * 700)
    (tmp_path / "data" / "galera.cache").write_bytes(b"x" * 900)
    program = Program(b"abc", b"def")
    node = Node(tmp_path, program)
    verdict, reader, found = asyncio.run(copy(node, replace(BACKUP, parallel=3)))
    assert (verdict, found, reader.why_failed()) == (Allowed(), b"abcdef", "")
    assert reader.begin
    assert (reader.begin.node, reader.begin.total, reader.begin.version) == ("db-1", 700, "10.11.6-MariaDB")
    assert reader.end
    assert (reader.end.sent, reader.end.log) == (6, DONE)
    assert (program.parallel, program.is_gone) == (3, True)
    assert [event.reason for event in node.events] == ["CopyBegan", "CopyEnded"]
    assert node.copier.show(a_member("db-1"), 100.0) == a_member("db-1")
    assert node.woken == 1


def test_the_report_tells_how_far_it_is(tmp_path):
    async def story() -> Copying | None:
        program = Program(b"abc", hangs=True)
        node = Node(tmp_path, program)
        task = asyncio.create_task(copy(node))
        await program.is_empty.wait()
        await node.look()
        task.cancel()
        await asyncio.wait((task,))
        assert node.report
        return node.report.copying

    copying = asyncio.run(story())
    assert copying
    assert (copying.purpose, copying.sent) == (Purpose.BACKUP, 3)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        pytest.param({"code": 1, "log": ("[00] a b Error: no",)}, "mariadb-backup ended with 1: Error: no", id="1"),
        pytest.param({"log": ()}, "mariadb-backup ended with 0, and not with 'completed OK!'", id="a lie"),
    ],
)  # fmt: skip
def test_a_copy_that_failed_says_so_in_its_last_frame(tmp_path, how, reason):
    node = Node(tmp_path, Program(b"ab", **how))
    _verdict, reader, found = asyncio.run(copy(node))
    assert (found, reader.why_failed()) == (b"ab", reason)
    assert [event.reason for event in node.events] == ["CopyBegan", "CopyFailed"]


def test_one_at_a_time(tmp_path):
    async def story() -> None:
        program = Program(b"abc", hangs=True)
        node = Node(tmp_path, program)
        first = asyncio.create_task(copy(node))
        await program.is_empty.wait()
        refused, _reader, _found = await copy(node, CopyOrder(Purpose.SEED))
        assert isinstance(refused, Refused)
        assert (refused.why, refused.reason) == (Why.BUSY, "another copy of db-1 is under way: backup 3 B")
        first.cancel()
        await asyncio.wait((first,))
        node.copier._run = Program(b"xyz").run
        _verdict, _reader, found = await copy(node)
        assert found == b"xyz"

    asyncio.run(story())


def test_who_asked_and_is_gone_leaves_nothing(tmp_path):
    async def story() -> None:
        program = Program(b"abc", hangs=True)
        node = Node(tmp_path, program)
        task = asyncio.create_task(copy(node))
        await program.is_empty.wait()
        task.cancel()
        await asyncio.wait((task,))
        assert program.is_gone
        assert node.copier._job is None
        assert [event.reason for event in node.events] == ["CopyBegan", "CopyFailed"]
        assert "nobody takes it" in node.events[-1].message

    asyncio.run(story())


def test_heart_beats_while_there_is_nothing_to_send(tmp_path, monkeypatch):
    monkeypatch.setattr(copier, "HEARTBEAT_SECONDS", 0.01)

    async def story() -> list[bytes]:
        node, frames = Node(tmp_path, Program(b"abc", hangs=True)), []

        async def send(frame: bytes) -> None:
            frames.append(frame)
            if frames.count(copier.HEARTBEAT) == 3:
                raise ConnectionError("gone")

        with pytest.raises(ConnectionError):
            async with node.copier.turn(BACKUP, "x"):
                await node.copier.stream(send)
        return frames

    frames = asyncio.run(story())
    assert [frame[:1] for frame in frames] == [b"B", b"D", b"H", b"H", b"H"]


def test_a_node_that_cannot_leave_flow_control_gives_no_copy(tmp_path, monkeypatch):
    node = Node(tmp_path, Program(b"abc"))
    node.trouble = "wsrep_desync could not be set: no"
    verdict, _reader, found = asyncio.run(copy(node))
    assert isinstance(verdict, Refused)
    assert verdict.reason == "db-1 cannot leave flow control: wsrep_desync could not be set: no"
    assert found == b""
    monkeypatch.setattr(copier, "OUT_SECONDS", 0.0)
    node.trouble, node.is_slow = "", True
    verdict, _reader, found = asyncio.run(copy(node))
    assert isinstance(verdict, Refused)
    assert verdict.reason == "db-1 did not leave flow control within 0 s"


def test_what_is_refused_begins_nothing(tmp_path):
    node = Node(tmp_path, Program(b"abc"), writer="db-1")
    verdict, _reader, found = asyncio.run(copy(node))
    assert isinstance(verdict, Refused)
    assert (verdict.why, found, node.events) == (Why.WRITER, b"", [])


def test_a_program_that_cannot_be_started(tmp_path):
    @asynccontextmanager
    async def run(*_arguments: object) -> AsyncIterator[Any]:
        raise NoBackup("mariadb-backup is not on PATH")
        yield

    node = Node(tmp_path, Program())
    node.copier._run = run
    with pytest.raises(NoBackup):
        asyncio.run(copy(node))
    assert node.copier._job is None
    assert [event.reason for event in node.events] == ["CopyFailed"]


def test_no_faster_than_it_was_asked_for(tmp_path):
    async def story() -> float:
        loop = asyncio.get_running_loop()
        node = Node(tmp_path, Program(*(b"x" * 1024 for _ in range(30))))
        began = loop.time()
        _verdict, _reader, found = await copy(node, replace(BACKUP, kbytes_per_second=100))
        assert len(found) == 30 * 1024
        return loop.time() - began

    assert asyncio.run(story()) >= 0.29


def test_what_a_killed_agent_left_is_removed(tmp_path):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "my.cnf").write_text("hush")
    Node(tmp_path, Program())
    assert not (tmp_path / "copy").exists()
