"""What `make images` calls the images: after the version, which pyproject.toml alone says."""

from __future__ import annotations

import tomllib
from pathlib import Path

VERSION: str = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["version"]


def built(name: str) -> str:
    """Give REPOSITORY:TAG of an image as it is built here, which is also what the chart takes."""
    return f"galera-kit/{name}:{VERSION}"
