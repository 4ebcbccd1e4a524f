"""Plays what happens to the machine of a node: its volume is full, its clock jumps, others take its processor. Acts.

Volumes that can be full are file systems in memory, mounted over the nodes' volumes before the cluster starts. Clocks
are wrong by what a file of each node says (`shims`); the server keeps the true one: what decides and watches is led
astray.
"""

from __future__ import annotations

import contextlib
import errno
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.chaos.faults import Fault, moments

SPARE = 48 << 20  # bytes that a volume has left at the start: a state transfer beside the old data does not fit
FILLER = "filler"
CHUNK = bytes(1 << 20)
BURNERS = 6  # on two cores: everybody gets a quarter
SHIMS = Path(__file__).parent / "shims"
SHIFTS = {"+1h": (3600.0,), "-1h": (-3600.0,), "+10y": (315360000.0,), "there and back": (86400.0, -86400.0)}


@contextmanager
def small_volumes(directory: Path) -> Iterator[None]:
    """Have each node's volume of a stopped cluster on a file system that is nearly full."""
    volumes = sorted(directory.glob("nodes/*/volume"))
    mounted: list[Path] = []
    try:
        for volume in volumes:
            aside = volume.with_name("volume.aside")
            volume.rename(aside)
            volume.mkdir()
            used = int(subprocess.run(["du", "-sb", str(aside)], capture_output=True, check=True).stdout.split()[0])
            size = f"size={used + SPARE},mode=755"
            subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(volume)], check=True)
            mounted.append(volume)
            subprocess.run(["cp", "-a", "--sparse=never", f"{aside}/.", str(volume)], check=True)
            subprocess.run(["rm", "-rf", str(aside)], check=True)
        yield
    finally:
        for volume in mounted:
            subprocess.run(["umount", "--lazy", str(volume)], check=True)


def fill(volume: Path, fault: Fault) -> None:
    """Write until nothing more fits, wait, and give the space back."""
    filler = volume / FILLER
    with filler.open("wb", buffering=0) as stream:
        end = time.monotonic() + fault.hold
        while time.monotonic() < end:  # what the server frees meanwhile is taken, too
            try:
                stream.write(CHUNK)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                with contextlib.suppress(OSError):
                    stream.write(CHUNK[:4096])
                time.sleep(0.05)
    filler.unlink()


class Clocks:
    """A file for each node that says how wrong its clock is."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def environment(self, name: str) -> dict[str, str]:
        """What makes the programs of a node read it."""
        if not self._file(name).exists():
            self.set(name, 0.0)
        return {"CHAOS_CLOCK": str(self._file(name)), "PYTHONPATH": str(SHIMS)}

    def step(self, fault: Fault, hit: tuple[str, ...]) -> None:
        """Let the clocks jump, there and perhaps back, and be right again in the end."""
        for shift, seconds in zip(SHIFTS[fault.detail], moments(fault, 1.0, 4.0), strict=False):
            for name in hit:
                self.set(name, shift)
            time.sleep(seconds)
        for name in hit:
            self.set(name, 0.0)

    def set(self, name: str, shift: float) -> None:
        """Let one clock be wrong, by so many seconds."""
        file = self._file(name)
        aside = file.with_name(f"{file.name}.new")
        aside.write_text(f"{shift}\n")
        aside.chmod(0o644)
        aside.rename(file)

    def _file(self, name: str) -> Path:
        return self._directory / f"clock-{name}"


def starve(seconds: float) -> None:
    """Take the processors away for a while: more that want them than there are; they end by themselves."""
    program = f"import time\nend = time.monotonic() + {seconds}\nwhile time.monotonic() < end: pass"
    burners = [subprocess.Popen([sys.executable, "-S", "-c", program]) for _ in range(BURNERS)]
    for burner in burners:
        burner.wait(seconds + 60)
