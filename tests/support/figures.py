"""Figures that tests measure, kept for docs/benchmarks.md where GALERA_KIT_FIGURES names a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def keep(test: str, **figures: Any) -> None:
    """Show the figures of a test, and keep them if they are wanted."""
    line = json.dumps({"test": test, **figures})
    print(line)
    if path := os.environ.get("GALERA_KIT_FIGURES"):
        with Path(path).open("a") as file:
            file.write(line + "\n")
