"""Wiring of `entrypoint run`: options to settings, outside things to the loop."""

from __future__ import annotations

import json
import logging
import os
import pwd
import secrets
import sys
from pathlib import Path
from typing import Any

from entrypoint.adapters.agent_socket import VoteSocket
from entrypoint.adapters.children import become_reaper
from entrypoint.adapters.run_directory import RunDirectory
from entrypoint.adapters.server import Server, ServerMissing
from entrypoint.adapters.volume import Volume
from entrypoint.core.accounts import Accounts
from entrypoint.core.passwords import BadEnvironment, read_accounts, setting
from entrypoint.core.settings import Ports, Settings
from entrypoint.run.desk import Desk
from entrypoint.run.launching import Launcher
from entrypoint.run.loop import Loop
from entrypoint.run.waiting import Waiting

_SECRETS = tuple(
    f"{prefix}_{name}" for prefix in ("MARIADB", "MYSQL") for name in ("ROOT_PASSWORD", "PASSWORD", "MONITOR_PASSWORD")
)


class BadUsage(ValueError):
    """An option or variable is wrong; the message names it."""


def settings_from(options: dict[str, Any]) -> Settings:
    """Build the settings; raises BadUsage."""
    ports = Ports(options["sql_port"], options["galera_port"], options["ist_port"], options["sst_port"])
    try:
        return Settings(
            options["name"], options["address"], options["cluster_name"], options["volume"], options["run_dir"],
            options["config_dir"], options["initdb_dir"], ports, options["user"], options["monitor_user"],
            options["failure_detection"] == "fast", options["gcache_size"], options["buffer_pool_size"],
            options["applier_threads"], options["patience"],
        )  # fmt: skip
    except ValueError as error:
        raise BadUsage(str(error)) from error


def owner_of_server(settings: Settings) -> tuple[int, int] | None:
    """The (uid, gid) that the server drops to; None when it stays who this process is."""
    if os.geteuid() != 0 or settings.server_user in ("", "root"):
        return None
    try:
        account = pwd.getpwnam(settings.server_user)
    except KeyError as error:
        raise BadUsage(f"--user: there is no user {settings.server_user!r} on this machine") from error
    return account.pw_uid, account.pw_gid


def run_node(options: dict[str, Any], log_format: str) -> int:
    """Run until told to stop."""
    try:
        settings = settings_from(options)
        owner = owner_of_server(settings)
        monitor_password = setting(os.environ, "MONITOR_PASSWORD", _read)
        if not monitor_password:
            raise BadEnvironment("no monitor password: set MARIADB_MONITOR_PASSWORD or MARIADB_MONITOR_PASSWORD_FILE")
        accounts = _accounts(settings)
        run_root = Path(settings.run_directory)
        if not run_root.is_dir() or not os.access(run_root, os.W_OK):
            raise BadUsage(f"--run-dir: {run_root} is not a writable directory")
    except (BadUsage, BadEnvironment) as error:
        print(f"entrypoint: {error}", file=sys.stderr)
        return 2
    for name in _SECRETS:
        os.environ.pop(name, None)  # children and `ps e` have no use for them
    _log(settings.name, log_format)
    become_reaper()
    volume = Volume(Path(settings.volume), owner)
    run_directory = RunDirectory(run_root)
    waiting = Waiting()
    waiting.listen()
    try:
        server = Server(run_directory.config, settings.server_user, waiting.wait)
    except ServerMissing as error:
        print(f"entrypoint: {error}", file=sys.stderr)
        return 1
    desk = Desk(settings.name, secrets.token_hex(8), server.version(), volume, run_directory)
    waiting.beat = desk.beat
    VoteSocket(run_directory.vote_socket, desk.vote)
    launcher = Launcher(settings, desk, server, monitor_password, owner)
    return Loop(desk, waiting, server, launcher, accounts).run()


def _accounts(settings: Settings) -> Accounts | str:
    """The accounts of a new cluster; a sentence where one is missing, which matters only to the node that starts it."""
    try:
        return read_accounts(os.environ, settings.monitor_user, _read)
    except BadEnvironment as error:
        if "both set" in str(error) or "cannot read" in str(error):
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
