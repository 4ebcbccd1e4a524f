"""What a copy of another node and a stored backup have in common: files beside the datadir, which are made to be it.

Unpacked by mbstream, prepared by mariadb-backup, made durable, and adopted by one rename. Each step waits as the whole
process does, with its heart-beat, and gives the sentence why it failed, '' where it did not.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from entrypoint.adapters.server import find_program
from entrypoint.adapters.stage import CopyStage
from entrypoint.adapters.unpacking import Workplace, last_lines, make_durable, prepare, unpack, why_not_prepared
from entrypoint.core.settings import Settings
from entrypoint.core.sizing import replay_memory
from entrypoint.run.configuring import sizes_for
from entrypoint.run.desk import Desk
from entrypoint.run.progressing import wait_for_recovery
from entrypoint.run.waiting import Waiting
from peerfinder.core.progress import Progress, Stage

THREADS = 2  # of mariadb-backup at a donor and of mbstream here: the donor has clients


class Filling:
    """The stage, and the programs that work on it."""

    def __init__(
        self, desk: Desk, waiting: Waiting, settings: Settings, owner: tuple[int, int] | None, log: Path
    ) -> None:
        """`owner`: the (uid, gid) of the server where it is not this process's; `log`: of the programs."""
        self._desk, self._waiting, self._settings, self._owner, self._log = desk, waiting, settings, owner, log
        self.stage = CopyStage(desk.volume.root, desk.volume.datadir, owner)

    @property
    def _place(self) -> Workplace:
        """Where they work; the lock is taken after this process has begun."""
        return Workplace(self.stage.path, self._log, self._owner, self._desk.volume.lock_fd)

    @property
    def last_words(self) -> str:
        """What the last program said in the end, '' where it said nothing."""
        return last_lines(self._place)

    def unpacker(self) -> subprocess.Popen[bytes]:
        """Start what unpacks its standard input into the stage; raises ServerMissing or OSError."""
        return unpack(find_program("mbstream"), self._place, THREADS)

    def why_not_unpacked(self, status: int) -> str:
        """Judge its end: it ends with 0 also where it could not write a file, so what it said counts."""
        said = self.last_words
        return f"mbstream could not unpack it (it ended with {status}): {said}" if status or said else ""

    def prepare(self) -> str:
        """Replay the redo log that came with the files; raises ServerMissing or OSError."""
        self._desk.change(progress=Progress(Stage.PREPARE))
        memory = replay_memory(sizes_for(self._settings).buffer_pool)
        config = self._desk.run_directory.config
        process = prepare(find_program("mariadb-backup"), self._place, config, memory)
        status = wait_for_recovery(self._desk, self._waiting, self._settings.stall, process)
        reason = why_not_prepared(self._place, status)
        return f"what came could not be prepared: {reason}" if reason else ""

    def make_durable(self) -> str:
        """Wait until all of it is on the disk."""
        if status := self._waiting.wait(make_durable(self._place)):
            return f"what came could not be made durable (sync ended with {status}): {self.last_words}"
        return ""
