"""The same stopped cluster as the tests of tests/integration/cluster begin with."""

from __future__ import annotations

from tests.integration.cluster.conftest import cluster, crashed, stopped, yard

__all__ = ["cluster", "crashed", "stopped", "yard"]
