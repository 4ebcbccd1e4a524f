"""Tests by cost. Plain `pytest` runs what needs only Python; each dearer kind is asked for by its option.

The kind of a test is the folder it lives in (tests/integration, tests/e2e ...), so no single test can forget it.
A kind that was asked for and cannot run here is an error, never a skip: a green run means that it ran.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent

KINDS = {
    "integration": "tests against real MariaDB servers on this machine",
    "e2e": "tests against a Kubernetes cluster",
    "chaos": "long tests that break clusters on this machine on purpose",
    "image": "tests of the container images",
}


def what_is_missing(kind: str) -> str | None:
    """What this machine lacks for tests of `kind`, as a sentence; None when they can run."""
    if kind in {"integration", "chaos"}:
        more = ("obtain-browser", "obtain-s3") if kind == "integration" else ()
        for script in ("obtain-server", "obtain-faults", *more):
            looked = subprocess.run([ROOT / "scripts" / script, "--check"], capture_output=True, text=True, check=False)
            if looked.returncode:
                return looked.stderr.strip() or f"scripts/{script} --check ended with {looked.returncode}"
        return None
    if kind == "image":
        return None if shutil.which("docker") or shutil.which("podman") else "no docker or podman on PATH"
    absent = [program for program in ("helm", "kubectl") if not shutil.which(program)]
    return f"not on PATH: {', '.join(absent)}" if absent else None


@pytest.fixture(autouse=True)
def _own_umask() -> Iterator[None]:
    """A program that a test runs in this process sets its umask, and servers of later tests could not enter theirs."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kinds of tests")
    for kind, sentence in KINDS.items():
        group.addoption(f"--{kind}", action="store_true", help=f"also run the {sentence}")


def pytest_configure(config: pytest.Config) -> None:
    for kind in KINDS:
        if config.getoption(kind) and (missing := what_is_missing(kind)):
            raise pytest.UsageError(f"--{kind} cannot run here: {missing}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks each test with the kind of its folder, and leaves out the kinds that were not asked for."""
    wanted, left_out = [], []
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in KINDS:
            item.add_marker(folder)
        asked = all(config.getoption(kind) for kind in KINDS if item.get_closest_marker(kind))
        (wanted if asked else left_out).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = wanted
