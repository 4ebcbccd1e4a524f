"""`entrypoint run`: check what was given, then make way for the process that stays."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from entrypoint.run.usage import BadUsage, owner_of_server, settings_from
from peerfinder.core.codec import to_json


def run_node(options: dict[str, Any], log_format: str) -> int:
    """Replace this process by the one that runs the node; returns only with the exit status of wrong usage."""
    try:
        settings = settings_from(options)
        owner_of_server(settings)
    except BadUsage as error:
        print(f"entrypoint: {error}", file=sys.stderr)
        return 2
    run_root = Path(settings.run_directory)
    if not run_root.is_dir() or not os.access(run_root, os.W_OK):
        print(f"entrypoint: --run-dir: {run_root} is not a writable directory", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "entrypoint.run.process", json.dumps(to_json(settings)), log_format]
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    return 1
