"""Images under test, and a run that begins clean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import docker.errors
import pytest

from tests.support import containers


@pytest.fixture(scope="session", autouse=True)
def clean_engine() -> Iterator[None]:
    containers.remove_leftovers()
    yield
    containers.remove_leftovers()


def _built(name: str) -> Any:
    try:
        return containers.client().images.get(name)
    except docker.errors.ImageNotFound:
        pytest.fail(f"no image {name} here; build it with `make images`")


@pytest.fixture(scope="session")
def galera_image() -> Any:
    return _built(containers.GALERA)


@pytest.fixture(scope="session")
def peerfinder_image() -> Any:
    return _built(containers.PEERFINDER)
