"""Filling an empty volume, on the one node that was elected to."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from pathlib import Path

from entrypoint.adapters.initdb import FirstInitialisation, InitialisationFailed
from entrypoint.adapters.server import find_program
from entrypoint.adapters.volume import Volume
from entrypoint.core.accounts import Accounts, account_statements
from entrypoint.core.settings import Settings
from entrypoint.run.waiting import Waiting

logger = logging.getLogger(__name__)


def initialise(
    settings: Settings, accounts: Accounts, volume: Volume, waiting: Waiting, owner: tuple[int, int] | None
) -> None:
    """Make a whole datadir or none; raises InitialisationFailed or OSError with nothing left but `new-data`."""
    volume.forget_initialisation()
    volume.initialising.mkdir(mode=0o750)
    work = Path(tempfile.mkdtemp(prefix="galera-init."))
    for path in (volume.initialising, work):
        if owner and os.geteuid() == 0:
            os.chown(path, *owner)
    step = FirstInitialisation(volume.initialising, work, settings.server_user, waiting.wait, waiting.until)
    try:
        step.install(find_program("mariadb-install-db"))
        step.start_server(find_program("mariadbd"))
        step.run_statements(account_statements(accounts), accounts.root_password)
        ran = step.run_scripts(Path(settings.initdb_directory), accounts.database)
        step.stop_server()
        logger.info("initialised scripts=%s", ",".join(ran) or "-")
    except InitialisationFailed:
        step.abandon()
        raise
    finally:
        step.abandon()
        shutil.rmtree(work, ignore_errors=True)
    volume.adopt_initialised()
