"""From the options of a command line to settings, and what is checked before anything is done."""

from __future__ import annotations

import os
import pwd
from typing import Any

from entrypoint.core.settings import Ports, Settings, StateTransfer


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
            options["applier_threads"], options["patience"], options["volume_size"], options["drain_seconds"],
            StateTransfer(options["state_transfer"]), options["stall_seconds"],
            options["restore_from"], options["restore_backup"], tuple(options["restore_option"]),
            options["restore_key_file"], options["restore_credentials"],
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
