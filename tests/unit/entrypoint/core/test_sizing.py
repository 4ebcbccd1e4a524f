"""Sizes that follow from the machine."""

from __future__ import annotations

import pytest

from entrypoint.core.sizing import applier_threads, buffer_pool, gcache, replay_memory

MIB, GIB = 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("limit", "pool"),
    [
        pytest.param(None, None, id="no limit leaves the server's default"),
        pytest.param(64 * MIB, 64 * MIB, id="never below 64 MiB"),
        pytest.param(416 * MIB, 118 * MIB, id="the small preset leaves room for the server and a backup of it"),
        pytest.param(1 * GIB, 665 * MIB, id="a small container"),
        pytest.param(10 * GIB, 7 * GIB, id="seven tenths of a large one"),
    ],
)
def test_buffer_pool(limit, pool):
    assert buffer_pool(limit) == pool


@pytest.mark.parametrize(
    ("volume", "shared", "size"),
    [
        (1 * GIB, False, 128 * MIB),
        (40 * GIB, False, 2 * GIB),
        (900 * GIB, False, 4 * GIB),
        (900 * GIB, True, 128 * MIB),
    ],
)
def test_gcache(volume, shared, size):
    assert gcache(volume, shares_machine=shared) == size


@pytest.mark.parametrize(("cpus", "threads"), [(1, 2), (2, 4), (4, 8), (64, 16)])
def test_applier_threads(cpus, threads):
    assert applier_threads(cpus) == threads


@pytest.mark.parametrize(
    ("pool", "memory"),
    [(None, 96 * MIB), (64 * MIB, 96 * MIB), (665 * MIB, 665 * MIB), (7 * GIB, GIB)],
    ids=["no limit", "a small pool", "what the pool would have", "no more than helps"],
)
def test_replay_memory(pool, memory):
    assert replay_memory(pool) == memory
