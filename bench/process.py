"""What /proc tells of a process: when it started, its resident memory, and the processor time it has used."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """The resources of a process at one moment."""

    rss_megabytes: float  # resident memory, shared pages included
    cpu_seconds: float  # since its start, its reaped children's included
    moment: float  # of the monotonic clock


def usage(pid: int) -> Usage:
    """Look at a process."""
    fields = _fields(pid)
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    ticks = sum(int(fields[index]) for index in (11, 12, 13, 14))  # utime stime cutime cstime
    return Usage(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, ticks / TICKS, time.monotonic())


def cpu_percent(before: Usage, after: Usage) -> float:
    """The share of one core that was used between two looks."""
    return 100 * (after.cpu_seconds - before.cpu_seconds) / (after.moment - before.moment)


def started_at(pid: int) -> float:
    """When a process was started, on the monotonic clock; to a hundredth of a second."""
    boot_to_monotonic = time.monotonic() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return int(_fields(pid)[19]) / TICKS + boot_to_monotonic


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; the second may hold blanks and brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
