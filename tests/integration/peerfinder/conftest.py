"""Nodes with real sidecars, and a stage for the drop-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dropin import Stage, stage
from tests.support.plain_server import make_template
from tests.support.sidecars import Sidecars


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Sidecars]:
    """Three nodes whose sidecars do not run yet."""
    sidecars = Sidecars(tmp_path)
    yield sidecars
    sidecars.close()


@pytest.fixture
def trio(idle: Sidecars) -> Sidecars:
    """Three sidecars that know each other."""
    idle.start()
    return idle


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A datadir to be copied."""
    return make_template(tmp_path_factory.mktemp("template") / "data")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Stage]:
    """A stage in the usual cluster domain."""
    with stage(tmp_path) as world:
        yield world
