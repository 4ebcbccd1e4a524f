"""How far is a node that starts, or that gives its state to another one? What its entrypoint tells of it.

A copy of the state may take hours, and so may the redo log of a crashed server: neither is ever judged by how long it
takes, only by how long nothing has moved. `quiet` is that time, `limit` the one after which the entrypoint ends what
stands still; half-way there it is called *stalled*, so that a person reads of it before anything is ended.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Stage(enum.StrEnum):
    """What a server that is not Synced yet, or a donor, is busy with."""

    STARTUP = "startup"  # the storage engine starts: redo log, undo, buffer pool
    WAITING = "waiting"  # it has asked for the state, and no donor sends it yet
    SST = "sst"  # receives a copy of everything, and makes a datadir of it
    COPY = "copy"  # takes a copy of everything from another node's agent
    PREPARE = "prepare"  # replays the redo log that came with it
    IST = "ist"  # receives, or applies, the write sets it lacks
    DONOR = "donor"  # sends a copy of everything


@dataclass(frozen=True, slots=True)
class Progress:
    """How far that is."""

    stage: Stage
    done: int = 0  # bytes (SST, donor) or write sets (IST)
    total: int = 0  # of them, 0 where it is not known
    quiet: float = 0.0  # seconds since anything moved
    limit: float = 0.0  # seconds after which it is ended, 0 for never
    peer: str = ""  # of a donor: the address it sends to; of a copy: the node it comes from

    @property
    def is_stalled(self) -> bool:
        """Whether it has stood still for half of the time that it is given."""
        return 0 < self.limit / 2 <= self.quiet


def describe(progress: Progress) -> str:
    """Say how far it is in a few words, '' where there is nothing to count."""
    stage, done, total = progress.stage, progress.done, progress.total
    if stage in (Stage.SST, Stage.COPY, Stage.DONOR) and done > 0:
        share = f" of {amount(total)} ({min(100, 100 * done // total)} %)" if total > 0 else ""
        return f"{stage} {amount(done)}{share}"
    if stage is Stage.IST and total > 0:
        return f"ist {done} of {total} write sets"
    return ""


def complain(progress: Progress) -> str:
    """Say what stands still, and what comes of it; '' while nothing does."""
    if not progress.is_stalled:
        return ""
    what = {
        Stage.STARTUP: "the storage engine has not moved",
        Stage.WAITING: "no donor has sent anything",
        Stage.SST: "nothing of the state transfer has come or been prepared",
        Stage.COPY: f"{progress.peer or 'the other node'} has sent nothing of its copy",
        Stage.PREPARE: "the replay of the redo log that came with the copy has not moved",
        Stage.IST: "no missing write set has come or been applied",
        Stage.DONOR: f"{progress.peer or 'the joiner'} has taken nothing of the state transfer",
    }[progress.stage]
    reached = f", at {describe(progress)}" if describe(progress) else ""
    return f"{what} for {progress.quiet:.0f} s{reached}; it is ended after {progress.limit:.0f} s"


def amount(number: int) -> str:
    """Write bytes as people read them, as in '1.2 GiB'."""
    value = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"
