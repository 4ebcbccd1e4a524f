"""grastate.dat in every bad shape: the storage engine's own position decides, never a flag."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cluster import LocalCluster

ZERO = "00000000-0000-0000-0000-000000000000"


def empty(path: Path) -> None:
    path.write_text("")


def truncated(path: Path) -> None:
    path.write_text(path.read_text()[:70])


def without_its_last_newline(path: Path) -> None:
    path.write_text(path.read_text().rstrip("\n"))


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


def zero_uuid_but_safe(path: Path) -> None:
    path.write_text(f"# GALERA saved state\nversion: 2.1\nuuid:    {ZERO}\nseqno:   -1\nsafe_to_bootstrap: 1\n")


def missing(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("spoil", [empty, truncated, without_its_last_newline, garbage, zero_uuid_but_safe, missing])
def test_the_stale_node_with_a_spoilt_grastate_is_not_chosen(cluster: LocalCluster, spoil):
    """Node 0 left first; a server that believed its spoilt file would start a new cluster from its older data."""
    node = cluster.node("db-0")
    spoil(node.datadir / "grastate.dat")
    before = len(node.log())
    cluster.start()
    # The first look after the start: a join that fails leaves a clean file, which a second look rightly believes.
    first, _, rest = node.log()[before:].partition("observed ")[2].partition("\n")
    assert "source=--wsrep-recover" in first
    assert "started join" in rest
    assert cluster.rows("db-0") == 20
    assert len(cluster.checksums()) == 1


def test_all_of_them_spoilt_at_once_cost_nothing(cluster: LocalCluster):
    for node in cluster.nodes:
        zero_uuid_but_safe(node.datadir / "grastate.dat")
    cluster.start()
    assert cluster.rows() == 20
    assert len(cluster.uuids()) == 1
    assert len(cluster.checksums()) == 1
