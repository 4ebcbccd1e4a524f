"""The same stopped cluster as the tests of tests/integration/cluster begin with."""

from __future__ import annotations

from tests.integration.cluster.conftest import stopped, yard

__all__ = ["stopped", "yard"]
