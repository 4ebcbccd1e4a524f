"""Filling an empty volume from a stored backup, on the one node that was elected to start the cluster.

The same stage, programs and order as for a copy of another node (`seeding`); what comes becomes the datadir by one
rename, after the last byte was found good, the redo log was replayed, and the accounts are those of this cluster.
Killed at any point, the next start finds no datadir and a stage that it removes.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from entrypoint.adapters.initdb import FirstInitialisation, InitialisationFailed
from entrypoint.adapters.machine import boot_seconds, free_bytes
from entrypoint.adapters.server import find_program
from entrypoint.adapters.stage import CopyStage
from entrypoint.adapters.store_reader import StoreReader, lines
from entrypoint.adapters.unpacking import PREPARED, Workplace, end, last_lines, make_durable, prepare, unpack
from entrypoint.core.accounts import Accounts, restored_statements
from entrypoint.core.restoring import RestoreSource, last_sentence, read_description, read_progress, why_not
from entrypoint.core.seeding import INFO_FILES
from entrypoint.core.settings import Settings
from entrypoint.run.configuring import sizes_for
from entrypoint.run.desk import Desk
from entrypoint.run.progressing import wait_for_recovery
from entrypoint.run.waiting import Waiting
from peerfinder.core.progress import Progress, Stage, amount

logger = logging.getLogger(__name__)

THREADS = 2  # of mbstream
LEAST_MEMORY, MOST_MEMORY = 96 << 20, 1 << 30  # bytes for the replay, as in `seeding`
HISTORY_FILES = ("grastate.dat", "gvwstate.dat", "galera.cache", "donor_galera_info", *INFO_FILES)
"""What would tell the server of the old history: these data begin a new one."""


class Restorer:
    """One restore."""

    def __init__(self, desk: Desk, waiting: Waiting, settings: Settings, owner: tuple[int, int] | None) -> None:
        """`owner`: the (uid, gid) of the server where it is not this process's."""
        self._desk, self._waiting, self._settings, self._owner = desk, waiting, settings, owner
        self._source = RestoreSource(
            settings.restore_from, settings.restore_name, settings.restore_options, settings.restore_key_file
        )
        self._stage = CopyStage(desk.volume.root, desk.volume.datadir, owner)

    def restore(self, accounts: Accounts) -> None:
        """Fill the volume or leave it empty; raises InitialisationFailed and OSError."""
        desk, began = self._desk, boot_seconds()
        work = Path(tempfile.mkdtemp(prefix="galera-restore."))
        if self._owner and os.geteuid() == 0:
            os.chown(work, *self._owner)
        try:
            self._stage.make()
            place = Workplace(self._stage.path, work / "programs.log", self._owner, desk.volume.lock_fd)
            credentials = self._settings.restore_credentials
            reader = StoreReader(self._source.words, Path(credentials) if credentials else None, work / "reader.log")
            name, size = self._describe(reader, work)
            logger.info("restoring %s (%s) from %s", name, amount(size), self._source.url)
            self._unpack(reader, place, work)
            self._prepare(place)
            self._set_accounts(accounts, work)
            for file in HISTORY_FILES:
                (self._stage.path / file).unlink(missing_ok=True)
            if status := self._waiting.wait(make_durable(place)):
                raise InitialisationFailed(f"it could not be made durable (sync ended with {status})")
            self._stage.adopt()
            logger.info("restored %s in %.1f s", name, boot_seconds() - began)
        finally:
            self._stage.remove()
            shutil.rmtree(work, ignore_errors=True)
            desk.change(progress=None)

    def _describe(self, reader: StoreReader, work: Path) -> tuple[str, int]:
        answer, log = work / "described.json", work / "reader.log"
        if self._waiting.wait(reader.describe(answer)):
            raise InitialisationFailed(last_sentence(lines(log)))
        try:
            described = read_description(json.loads(answer.read_text()))
        except ValueError:
            described = "what the store says of the backup is no JSON"
        if isinstance(described, str):
            raise InitialisationFailed(described)
        problem = why_not(described, self._desk.facts.version, free_bytes(self._desk.volume.root))
        if problem:
            raise InitialisationFailed(problem)
        return described.name, described.raw_bytes

    def _unpack(self, reader: StoreReader, place: Workplace, work: Path) -> None:
        log = work / "reader.log"
        unpacker = unpack(find_program("mbstream"), place, THREADS)
        assert unpacker.stdin is not None  # noqa: S101 - it is a pipe
        reading: subprocess.Popen[bytes] | None = None
        try:
            with unpacker.stdin as pipe:
                reading = reader.stream(pipe.fileno())
            status = self._waiting.wait(reading, lambda: self._show(log))
            unpacked = self._waiting.wait(unpacker)
        finally:
            for one in (reading, unpacker):
                if one is not None:
                    end(one)
        said = last_lines(place)
        if status and not said:
            raise InitialisationFailed(last_sentence(lines(log)))
        if unpacked or said:
            raise InitialisationFailed(f"mbstream could not unpack it (it ended with {unpacked}): {said}")

    def _show(self, log: Path) -> None:
        done, total = read_progress(lines(log)[-2:])
        self._desk.change(progress=Progress(Stage.COPY, done, total, peer=self._source.url))

    def _prepare(self, place: Workplace) -> None:
        self._desk.change(progress=Progress(Stage.PREPARE))
        memory = max(LEAST_MEMORY, min(sizes_for(self._settings).buffer_pool or 0, MOST_MEMORY))
        process = prepare(find_program("mariadb-backup"), place, self._desk.run_directory.config, memory)
        status = wait_for_recovery(self._desk, self._waiting, self._settings.stall, process)
        if status or PREPARED not in last_lines(place, 1):
            raise InitialisationFailed(f"it could not be prepared (it ended with {status}): {last_lines(place)}")

    def _set_accounts(self, accounts: Accounts, work: Path) -> None:
        """The accounts that this cluster's programs log in with; everybody else's come as they were."""
        options = self._stage.path / "backup-my.cnf"
        user = self._settings.server_user
        step = FirstInitialisation(self._stage.path, work, user, self._waiting.wait, self._waiting.until)
        try:
            step.start_server(find_program("mariadbd"), options if options.exists() else None, grants=False)
            step.run_statements(restored_statements(accounts), accounts.root_password)
            step.stop_server()
        finally:
            step.abandon()
