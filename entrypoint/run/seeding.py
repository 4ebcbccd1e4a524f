"""Taking a copy of another node's data, beside the datadir, and making it the datadir by one rename.

Nothing of the old datadir is touched before the copy is whole, prepared, and known to belong to the Primary that this
node joins; only if there is no room for both, data that were given up, or were never whole, are removed first. Whatever
ends this half-way, the next start finds a datadir as it was, or none, and a stage that it removes.

Meanwhile this process beats, votes (with no data to vote for) and obeys an order to stop. A copy is given up when the
Primary is gone, and when nothing has come for as long as a state transfer may stand still.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import IO

from entrypoint.adapters.agent_socket import AgentSocket
from entrypoint.adapters.copy_line import CopyLine, NoCopy
from entrypoint.adapters.machine import boot_seconds, free_bytes
from entrypoint.adapters.server import ServerMissing
from entrypoint.adapters.unpacking import end
from entrypoint.core.seeding import INFO_FILES, Donor, Later, NoDonor, choose, copied, read_position, why_not_whole
from entrypoint.core.settings import Settings
from entrypoint.run.desk import Desk
from entrypoint.run.filling import THREADS, Filling
from entrypoint.run.waiting import Stopped, Waiting
from peerfinder.core.copying import CopyOrder, Why, room_for
from peerfinder.core.frames import SILENT_SECONDS, FrameReader
from peerfinder.core.lineage import Lineage
from peerfinder.core.progress import Progress, Stage, amount
from peerfinder.core.record import completed
from peerfinder.core.report import Datadir, Phase, Purpose

logger = logging.getLogger(__name__)

ALONE_SECONDS = 3.0  # without a Primary after which a copy is given up
TELL_SECONDS = 60.0  # between two lines of the log


class Failed(Exception):
    """No copy came of it; the message says why."""


class Seeded:
    """The datadir is a copy now."""


class Seeder:
    """Fills a node's volume by copies; remembers who gave none."""

    def __init__(self, desk: Desk, waiting: Waiting, settings: Settings, owner: tuple[int, int] | None) -> None:
        """`owner`: the (uid, gid) of the server where it is not this process's."""
        self._desk, self._waiting, self._settings = desk, waiting, settings
        self._agent = AgentSocket(desk.run_directory.agent_socket)
        self._filling = Filling(desk, waiting, settings, owner, desk.run_directory.root / "copy.log")
        self._stage = self._filling.stage
        self._failed: set[str] = set()
        self._writer = ""  # who said that it is, while this node does not know
        self._said = ""

    def forget(self) -> None:
        """The need is over: everybody may be asked again, and nothing that a crash left is of any use."""
        self._failed.clear()
        self._writer = ""
        self._stage.remove()

    def seed(self, lineage: Lineage, *, discard: bool) -> Seeded | Later | NoDonor:
        """Try once; `lineage`: that of the Primary, as its members told it just now."""
        facts = self._desk.gather()
        choice = choose(replace(facts, writer=facts.writer or self._writer), self._failed)
        if not isinstance(choice, Donor):
            self._say(choice.reason)
            return choice
        try:
            return self._copy(choice, lineage, discard=discard)
        except NoCopy as error:
            if error.why == Why.WRITER:
                self._writer = choice.name  # it knows better: this node has just begun to look
            if error.passing or error.why == Why.WRITER:
                self._say(str(error))
                return Later(str(error))
            return self._without(choice.name, str(error))
        except (Failed, ServerMissing, OSError) as error:
            return self._without(choice.name, str(error))
        finally:
            self._stage.remove()
            self._desk.change(phase=Phase.WAITING, progress=None)

    def _without(self, donor: str, why: str) -> Later:
        self._failed.add(donor)
        logger.warning("no copy from %s: %s", donor, why)
        return Later(why)

    def _say(self, reason: str) -> None:
        if reason != self._said:
            logger.info("no copy yet: %s", reason)
        self._said = reason

    def _copy(self, donor: Donor, lineage: Lineage, *, discard: bool) -> Seeded:
        desk, volume = self._desk, self._desk.volume
        began = boot_seconds()
        desk.change(phase=Phase.COPYING, progress=Progress(Stage.COPY, peer=donor.name))
        logger.info("taking a copy from %s%s", donor.name, ", the writer: no other node can give one" * donor.is_writer)
        order = CopyOrder(Purpose.SEED, THREADS, allow_writer=donor.is_writer)
        self._stage.make()
        line = CopyLine(desk.run_directory.agent_socket, donor.name, order)
        received = self._receive(line, donor.name, discard=discard)
        if problem := self._filling.prepare():
            raise Failed(problem)
        position = read_position(self._stage.text(INFO_FILES))
        problem = why_not_whole(lineage, donor.name, desk.gather(self._agent.look()), position)
        if problem or position is None:
            raise Failed(problem)
        volume.write_grastate(position, safe_to_bootstrap=False, directory=self._stage.path)
        if problem := self._filling.make_durable():
            raise Failed(problem)
        desk.remember(copied(desk.record, lineage))
        self._stage.adopt()
        desk.remember(completed(desk.record), datadir=Datadir.PRESENT)
        logger.info(
            "copied %s from %s in %.1f s, to %s", amount(received), donor.name, boot_seconds() - began, position
        )
        return Seeded()

    def _receive(self, line: CopyLine, donor: str, *, discard: bool) -> int:
        """Unpack what comes; gives the bytes that came."""
        process = self._filling.unpacker()
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        pump = _Pump(line, process.stdin)
        self._waiting.keep(process.pid)
        try:
            pump.start()
            self._attend(pump, donor, discard=discard)
            status = self._waiting.wait(process)
        finally:
            line.close()
            end(process)
            pump.join()
            self._waiting.forget(process.pid)
        if pump.refusal is not None:
            raise pump.refusal
        problem = "" if pump.is_refused else pump.problem or pump.reader.why_failed()
        problem = problem or self._filling.why_not_unpacked(status)
        if problem:
            raise Failed(problem)
        return pump.reader.received

    def _attend(self, pump: _Pump, donor: str, *, discard: bool) -> None:
        """Wait until the last byte has come; raises Failed if that is in vain, Stopped at an order to stop."""
        limit, moved_at, moved, told = self._settings.stall, boot_seconds(), 0, boot_seconds()
        seen_at, has_room = boot_seconds(), False
        while pump.is_alive():
            if self._waiting.stop_requested:
                raise Stopped
            now, begin, received = boot_seconds(), pump.reader.begin, pump.reader.received
            if begin is not None and not has_room:
                has_room = True
                self._make_room(begin.total, discard=discard)
            if received != moved:
                moved, moved_at = received, now
            if any(report.in_primary for report in self._desk.gather().others):
                seen_at = now
            elif now - seen_at > ALONE_SECONDS:
                raise Failed("the Primary that it was to join does not answer any more")
            total = begin.total if begin else 0
            self._desk.change(progress=Progress(Stage.COPY, received, total, now - moved_at, limit, donor))
            if 0 < limit <= now - moved_at:
                raise Failed(f"nothing has come from {donor} for {limit:.0f} s")
            if now - told > TELL_SECONDS:
                told = now
                logger.info("progress: %s%s copied", amount(received), f" of {amount(total)}" if total else "")
            self._waiting.pause(0.2)

    def _make_room(self, total: int, *, discard: bool) -> None:
        """Remove what is of no use if there is no room beside it; raises Failed if there is none in any case."""
        volume, needed = self._desk.volume, room_for(total)
        if free_bytes(volume.root) >= needed:
            return
        if self._desk.facts.datadir is Datadir.INCOMPLETE or discard:
            logger.info("removing the old data: the volume has no room for both (%s are copied)", amount(total))
            with self._desk.lock:
                self._desk.remember(copied(self._desk.record, self._desk.record.lineage), datadir=Datadir.INCOMPLETE)
            volume.clear()
        free = free_bytes(volume.root)
        if free < needed:
            raise Failed(f"{volume.root} has {amount(free)} free, and {amount(needed)} are needed: make it larger")


class _Pump(threading.Thread):
    """Reads the frames and hands the data to mbstream; `problem` says what was wrong."""

    def __init__(self, line: CopyLine, target: IO[bytes]) -> None:
        super().__init__(name="copy", daemon=True)
        self._line, self._target = line, target
        self.reader, self.problem = FrameReader(), ""
        self.refusal: NoCopy | None = None
        self.is_refused = False

    def run(self) -> None:
        """Work until nothing more comes."""
        try:
            with self._target as target:
                for piece in self._line.pieces(SILENT_SECONDS):
                    for data in self.reader.feed(piece):
                        target.write(data)
        except NoCopy as refusal:
            self.refusal = refusal
        except TimeoutError:
            self.problem = f"not even a heart-beat came for {SILENT_SECONDS:.0f} s"
        except BrokenPipeError:
            self.is_refused = True  # by mbstream, which says why
        except (OSError, ValueError) as error:  # BadFrame is one
            self.problem = str(error)
