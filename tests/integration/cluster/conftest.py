"""One stopped cluster for the session, and a copy of it for each test that asks."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cluster import LocalCluster, copied, create


@pytest.fixture(scope="session")
def yard() -> Iterator[Path]:
    """A directory that the server's user can reach, whoever runs the tests."""
    root = Path(tempfile.mkdtemp(prefix="galera-tests.", dir="/var/tmp"))
    root.chmod(0o755)
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def stopped(yard: Path) -> Iterator[Path]:
    """A cluster of three that was stopped in the order 0, 1, 2: node 2 left last."""
    cluster = create(yard / "original")
    for name in ("db-0", "db-1", "db-2"):
        cluster.stop(name)
    yield cluster.directory
    cluster.destroy()


@pytest.fixture
def cluster(stopped: Path, yard: Path) -> Iterator[LocalCluster]:
    """A copy of the stopped cluster."""
    with copied(stopped, yard / "copy") as made:
        yield made


@pytest.fixture
def crashed(cluster: LocalCluster) -> LocalCluster:
    """A cluster whose nodes were all Synced and lost power at once."""
    cluster.start()
    cluster.kill()
    return cluster
