"""The machine under the container: its clock, its boot, its size."""

from __future__ import annotations

import os
import time
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_MEMORY_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_NO_LIMIT = 1 << 60  # cgroup v1 writes "no limit" as a number near 2**63


def boot_seconds() -> float:
    """Seconds since the kernel booted, suspended time included; the same clock in every container of a machine."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """The kernel's name of this boot; times of `boot_seconds` mean nothing under another one."""
    return _BOOT_ID.read_text().strip()


def memory_limit() -> int | None:
    """The container's memory limit in bytes (cgroup v2, then v1), None without one."""
    for path in _MEMORY_LIMITS:
        try:
            text = path.read_text().strip()
        except OSError:
            continue
        if text.isdigit() and int(text) < _NO_LIMIT:
            return int(text)
    return None


def cpus() -> int:
    """The CPUs this process may use."""
    return len(os.sched_getaffinity(0))


def volume_bytes(path: Path) -> int:
    """The size in bytes of the file system that holds `path`."""
    found = os.statvfs(path)
    return found.f_frsize * found.f_blocks


def free_bytes(path: Path) -> int:
    """The bytes that may still be written to the file system that holds `path`."""
    found = os.statvfs(path)
    return found.f_frsize * found.f_bavail
