"""A running cluster with some data, and stores: a directory and a bucket of a real server."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.backups import BIG_ROWS, Galeractl, Store, at_rest
from tests.support.cluster import LocalCluster, create
from tests.support.s3 import S3Server


@pytest.fixture(scope="package")
def cluster() -> Iterator[LocalCluster]:
    """Three nodes with a table that takes a while to copy."""
    root = Path(tempfile.mkdtemp(prefix="galera-tests.", dir="/var/tmp"))
    root.chmod(0o755)
    made = create(root / "cluster")
    try:
        made.node("db-0").sql("CREATE TABLE lab.big (id INT PRIMARY KEY, b BLOB)")
        made.node("db-0").sql("USE lab", f"INSERT INTO big SELECT seq, RANDOM_BYTES(1024) FROM seq_1_to_{BIG_ROWS}")
        yield made
    finally:
        made.destroy()
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def galeractl(cluster: LocalCluster) -> Galeractl:
    """The program, once all nodes are Synced and none is copied."""
    cluster.start()
    at_rest(cluster)
    return Galeractl(cluster)


@pytest.fixture
def directory(tmp_path: Path) -> Store:
    """A directory as a store."""
    folder = tmp_path / "store"
    folder.mkdir()
    return Store(f"file://{folder}", {}, folder)


@pytest.fixture(scope="package")
def s3() -> Iterator[S3Server]:
    """A real server; where there is none, the tests fail with that sentence."""
    root = Path(tempfile.mkdtemp(prefix="galera-tests-s3.", dir="/var/tmp"))
    server = S3Server(root)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def bucket(s3: S3Server) -> Store:
    """A bucket of its own."""
    name = f"bucket-{time.monotonic_ns()}"
    return Store(f"s3://{name}/prefix", s3.environment, s3.bucket(name) / "prefix")


@pytest.fixture(params=["directory", "bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    """Each of the two."""
    found: Store = request.getfixturevalue(request.param)
    return found
