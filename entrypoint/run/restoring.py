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
from entrypoint.adapters.store_reader import StoreReader, lines
from entrypoint.adapters.unpacking import end
from entrypoint.core.accounts import Accounts, restored_statements
from entrypoint.core.restoring import RestoreSource, last_sentence, read_description, read_progress, why_not
from entrypoint.core.seeding import INFO_FILES
from entrypoint.core.settings import Settings
from entrypoint.run.desk import Desk
from entrypoint.run.filling import Filling
from entrypoint.run.waiting import Waiting
from peerfinder.core.progress import Progress, Stage, amount

logger = logging.getLogger(__name__)

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
        self._filling = Filling(desk, waiting, settings, owner, desk.run_directory.root / "copy.log")
        self._stage = self._filling.stage

    def restore(self, accounts: Accounts) -> None:
        """Fill the volume or leave it empty; raises InitialisationFailed and OSError."""
        desk, began = self._desk, boot_seconds()
        work = Path(tempfile.mkdtemp(prefix="galera-restore."))
        if self._owner and os.geteuid() == 0:
            os.chown(work, *self._owner)
        try:
            self._stage.make()
            credentials = self._settings.restore_credentials
            reader = StoreReader(self._source.words, Path(credentials) if credentials else None, work / "reader.log")
            name, size = self._describe(reader, work)
            logger.info("restoring %s (%s) from %s", name, amount(size), self._source.url)
            self._unpack(reader, work)
            self._check(self._filling.prepare())
            self._set_accounts(accounts, work)
            for file in HISTORY_FILES:
                (self._stage.path / file).unlink(missing_ok=True)
            self._check(self._filling.make_durable())
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
        self._check(why_not(described, self._desk.facts.version, free_bytes(self._desk.volume.root)))
        return described.name, described.raw_bytes

    def _unpack(self, reader: StoreReader, work: Path) -> None:
        log = work / "reader.log"
        unpacker = self._filling.unpacker()
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
        if status and not self._filling.last_words:
            raise InitialisationFailed(last_sentence(lines(log)))
        self._check(self._filling.why_not_unpacked(unpacked))

    @staticmethod
    def _check(problem: str) -> None:
        if problem:
            raise InitialisationFailed(problem)

    def _show(self, log: Path) -> None:
        done, total = read_progress(lines(log)[-2:])
        self._desk.change(progress=Progress(Stage.COPY, done, total, peer=self._source.url))

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
