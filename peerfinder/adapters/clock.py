"""The clock that both containers of a pod share, and the name of the boot within which it means something.

CLOCK_BOOTTIME also counts while the machine sleeps (CLOCK_MONOTONIC does not), so a laptop that wakes up sees old
heart-beats as old.
"""

import time
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # proc(5); the same in every container of a machine


def now() -> float:
    """Give the seconds since boot."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def read_boot_id() -> str:
    """Give the id of this boot; raises OSError where there is no /proc."""
    return BOOT_ID.read_text(encoding="ascii").strip()
