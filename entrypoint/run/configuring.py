"""Writing the server's configuration and having it checked before anything is started."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from entrypoint.adapters.machine import cpus, memory_limit, volume_bytes
from entrypoint.adapters.run_directory import RunDirectory
from entrypoint.adapters.server import Server
from entrypoint.core import provider_options
from entrypoint.core.options import (
    Peers,
    ServerFiles,
    Sizes,
    makes_its_own_sst_account,
    overridden,
    parse_effective,
    template_values,
)
from entrypoint.core.settings import Settings
from entrypoint.core.sizing import applier_threads, buffer_pool, gcache


class BadConfiguration(RuntimeError):
    """The server would not start, or not as this program must have it; the message lists why."""


def sizes_for(settings: Settings) -> Sizes:
    """What was set, else what follows from the machine."""
    volume = min(volume_bytes(Path(settings.volume)), settings.volume_bytes or sys.maxsize)
    return Sizes(
        settings.buffer_pool_bytes or buffer_pool(memory_limit()),
        settings.gcache_bytes or gcache(volume, shares_machine=settings.shares_machine),
        settings.applier_threads or applier_threads(cpus()),
    )


def values_for(
    settings: Settings, files: ServerFiles, peers: Peers, monitor_password: str, version: str
) -> dict[str, object]:
    """The template's values for a start of a server `version` that joins `peers`, or bootstraps when there are none."""
    snippets = Path(settings.config_directory)
    has_snippets = snippets.is_dir() and any(snippets.glob("*.cnf"))
    own_account = makes_its_own_sst_account(version)
    sst_auth = "" if own_account else _option_text(f"{settings.monitor_user}:{monitor_password}")
    values = template_values(settings, sizes_for(settings), files, peers, sst_auth, snippets=has_snippets)
    values["settings"] = asdict(settings) | {"shares_machine": settings.shares_machine}
    return values


def render_apart(values: dict[str, object]) -> str:
    """Render in a process of its own: the template engine would cost this one six megabytes for good."""
    given = json.dumps(values, default=asdict)
    done = subprocess.run(
        [sys.executable, "-m", "entrypoint.run.rendering"], input=given, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BadConfiguration(f"the configuration template failed: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def write_and_check(
    server: Server,
    run_directory: RunDirectory,
    values: dict[str, object],
    owner: tuple[int, int] | None,
) -> None:
    """Write the configuration and dry-run it; raises BadConfiguration, having touched no data."""
    run_directory.write_config(render_apart(values), owner)
    result = server.dry_run()
    found = list(result.complaints)
    if not found:
        effective = parse_effective(result.output)
        found += overridden(effective, _wanted(values))
        options = effective.get("wsrep-provider-options", ("",))[-1]
        found += provider_options.problems(provider_options.parse(options))
    if found:
        raise BadConfiguration("the server would not start with this configuration: " + "; ".join(found))


def _wanted(values: dict[str, object]) -> dict[str, str]:
    """The values of protected options as the server prints them."""
    files = values["files"]
    settings = values["settings"]
    if not isinstance(files, ServerFiles) or not isinstance(settings, dict):
        raise TypeError("template values without files or settings")
    return {
        "socket": files.socket,
        "pid-file": files.pid_file,
        "wsrep-on": "TRUE",
        "wsrep-provider": files.provider,
        "wsrep-cluster-name": str(settings["cluster_name"]),
        "wsrep-cluster-address": str(values["cluster_address"]),
        "wsrep-new-cluster": "FALSE",  # given on the command line, for one start, after a vote
        "wsrep-recover": "FALSE",
        "wsrep-node-name": str(settings["name"]),
        "wsrep-status-file": files.status_file,
        "innodb-autoinc-lock-mode": "2",
        "binlog-format": "ROW",
    }


def _option_text(text: str) -> str:
    """Escape a value for a double-quoted option-file value (mysys `my_default.c`)."""
    if "\n" in text or "\r" in text:
        raise BadConfiguration("the monitor password contains a line break, which no option file can carry")
    return text.replace("\\", "\\\\").replace('"', '\\"')
