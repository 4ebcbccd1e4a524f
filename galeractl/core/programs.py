"""Which programs of a local cluster run, and what an order does to them.

A node is two programs, the agent (peerfinder) and the entrypoint, and what they started (mariadbd, state transfers).
An order looks first, then gets a list of steps; nothing is looked at again in between.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Programs(enum.StrEnum):
    """The state of one node's programs, as its operating system tells it."""

    RUNNING = "running"  # agent and entrypoint run
    AGENT_ONLY = "agent only"  # the entrypoint does not
    ENTRYPOINT_ONLY = "entrypoint only"  # the agent does not
    LEFTOVERS = "leftovers"  # neither, but something that they started
    PAUSED = "paused"  # stopped by SIGSTOP
    STOPPED = "stopped"  # nothing runs
    UNKNOWN = "unknown"  # seen from outside of the machine


class Kind(enum.StrEnum):
    """The two programs of a node; the values are the keys of pids.json and the names of the logs."""

    AGENT = "peerfinder"
    ENTRYPOINT = "entrypoint"


@dataclass(frozen=True, slots=True)
class Process:
    """One process, for good: another one with the same pid is not equal to it."""

    pid: int
    started: int  # ticks since the boot
    boot_id: str


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes that were started, as kept in pids.json, by what they are."""

    started: dict[str, Process] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """Start one program of one node."""

    node: str
    program: Kind


def classify(*, agent: bool, entrypoint: bool, paused: bool, others: bool) -> Programs:
    """Put what runs of a node into one word."""
    if paused:
        return Programs.PAUSED
    if agent and entrypoint:
        return Programs.RUNNING
    if agent or entrypoint:
        return Programs.AGENT_ONLY if agent else Programs.ENTRYPOINT_ONLY
    return Programs.LEFTOVERS if others else Programs.STOPPED


def steps_to_start(names: tuple[str, ...], programs: Mapping[str, Programs]) -> tuple[Step, ...]:
    """List what has to be started so that every named node has both its programs; agents first: they are quick."""
    missing = {
        Programs.STOPPED: (Kind.AGENT, Kind.ENTRYPOINT),
        Programs.LEFTOVERS: (Kind.AGENT, Kind.ENTRYPOINT),
        Programs.AGENT_ONLY: (Kind.ENTRYPOINT,),
        Programs.ENTRYPOINT_ONLY: (Kind.AGENT,),
    }
    steps = [Step(name, kind) for name in names for kind in missing.get(programs[name], ())]
    return tuple(sorted(steps, key=lambda step: step.program is Kind.ENTRYPOINT))


def are_running(names: tuple[str, ...], programs: Mapping[str, Programs]) -> tuple[str, ...]:
    """Those of the named nodes of which anything runs."""
    return tuple(name for name in names if programs[name] is not Programs.STOPPED)
