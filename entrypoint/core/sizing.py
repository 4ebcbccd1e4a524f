"""Sizes that follow from the machine."""

from __future__ import annotations

_MIB = 1 << 20
_GIB = 1 << 30


def buffer_pool(memory_limit: int | None) -> int | None:
    """The InnoDB buffer pool for a container of this memory limit; None (the server's 128 MiB) without a limit.

    Seven tenths of the limit; less in a small container, where beside the pool live some 150 MiB of server (measured
    idle, with the entrypoint), some 100 MiB of mariadb-backup while this node is a donor or joins, and a tenth of the
    limit for appliers and connections.
    """
    if memory_limit is None:
        return None
    pool = min(memory_limit * 7 // 10, memory_limit * 9 // 10 - 256 * _MIB)
    return max(64 * _MIB, pool // _MIB * _MIB)


def gcache(volume_bytes: int, *, shares_machine: bool) -> int:
    """The write-set cache: what a returning node can catch up from without a full copy.

    A twentieth of the volume, at least Galera's own 128 MiB, at most 4 GiB; the ring file is allocated
    at once, so nodes that share one disk (a local cluster) stay at the minimum.
    """
    if shares_machine:
        return 128 * _MIB
    return min(4 * _GIB, max(128 * _MIB, volume_bytes // 20 // _MIB * _MIB))


def applier_threads(cpus: int) -> int:
    """Two appliers a CPU (galera.md 2.6: 2-4 x cores), at least 2, at most 16."""
    return min(16, max(2, 2 * cpus))


def replay_memory(pool: int | None) -> int:
    """Bytes for mariadb-backup to replay a redo log with, while no server runs: as much as its pool would have.

    At least its own default; beyond a gigabyte it gains little.
    """
    return max(96 * _MIB, min(pool or 0, _GIB))
