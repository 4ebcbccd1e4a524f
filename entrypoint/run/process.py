"""`python -m entrypoint.run.process`: the process that stays.

The command line has been read and checked (see `command`); this process takes its place and imports
neither click nor a template engine, so that what watches the server for months stays below 20 MB.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from entrypoint.adapters.agent_socket import VoteSocket
from entrypoint.adapters.children import become_reaper
from entrypoint.adapters.run_directory import RunDirectory
from entrypoint.adapters.server import Server, ServerMissing
from entrypoint.adapters.volume import Volume
from entrypoint.core.accounts import Accounts
from entrypoint.core.passwords import BadEnvironment, read_accounts, setting
from entrypoint.core.settings import Settings, StateTransfer
from entrypoint.run.desk import Desk
from entrypoint.run.launching import Launcher
from entrypoint.run.loop import Loop
from entrypoint.run.progressing import wait_for_recovery
from entrypoint.run.seeding import Seeder
from entrypoint.run.usage import BadUsage, owner_of_server
from entrypoint.run.waiting import Waiting
from peerfinder.core.codec import from_json

_SECRETS = tuple(
    f"{prefix}_{name}" for prefix in ("MARIADB", "MYSQL") for name in ("ROOT_PASSWORD", "PASSWORD", "MONITOR_PASSWORD")
)


def main(given: str, log_format: str) -> int:
    """Run the node of these settings (JSON) until told to stop; gives the exit status."""
    settings = from_json(Settings, json.loads(given))
    try:
        owner = owner_of_server(settings)
        monitor_password = setting(os.environ, "MONITOR_PASSWORD", _read)
        if not monitor_password:
            print(
                "entrypoint: no monitor password: set MARIADB_MONITOR_PASSWORD or MARIADB_MONITOR_PASSWORD_FILE",
                file=sys.stderr,
            )
            return 2
        accounts = _accounts(settings)
    except (BadUsage, BadEnvironment) as error:
        print(f"entrypoint: {error}", file=sys.stderr)
        return 2
    for name in _SECRETS:
        os.environ.pop(name, None)  # children have no use for them
    _log(settings.name, log_format)
    become_reaper()
    run_directory = RunDirectory(Path(settings.run_directory))
    waiting = Waiting()
    waiting.listen()

    def wait(process: subprocess.Popen[str]) -> int:
        return wait_for_recovery(desk, waiting, settings.stall, process)

    try:
        server = Server(run_directory.config, settings.server_user, wait)
    except ServerMissing as error:
        print(f"entrypoint: {error}", file=sys.stderr)
        return 1
    desk = Desk(
        settings.name, os.urandom(8).hex(), server.version(), Volume(Path(settings.volume), owner), run_directory
    )
    waiting.beat = desk.beat
    VoteSocket(run_directory.vote_socket, desk.vote)
    launcher = Launcher(settings, desk, server, monitor_password, owner)
    seeder = Seeder(desk, waiting, settings, owner) if settings.state_transfer is StateTransfer.COPY else None
    return Loop(desk, waiting, server, launcher, accounts, seeder).run()


def _accounts(settings: Settings) -> Accounts | str:
    """The accounts of a new cluster; a sentence where one is missing, which matters only to the node that starts it."""
    try:
        return read_accounts(os.environ, settings.monitor_user, _read)
    except BadEnvironment as error:
        if error.is_contradiction:
            raise
        return str(error)


def _read(path: str) -> str:
    return Path(path).read_text()


class _JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Give time, level, node and message."""
        line = {"time": self.formatTime(record), "level": record.levelname.lower(), "message": record.getMessage()}
        return json.dumps(line)


def _log(name: str, log_format: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter(f"%(asctime)s {name} entrypoint %(levelname)s %(message)s")
    handler.setFormatter(_JsonLines() if log_format == "json" else text)
    logging.basicConfig(level=logging.INFO, handlers=[handler])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
