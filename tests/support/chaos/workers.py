"""Plays schedules on several clusters side by side, each in a process of its own. Acts.

Whoever is free takes the next schedule, so that the order in which results come is not that of the seeds.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.queues import Queue
from pathlib import Path

from tests.support.chaos.faults import Schedule
from tests.support.chaos.ground import Ground
from tests.support.chaos.run import play
from tests.support.chaos.telling import Result

POLL_SECONDS = 5.0  # between two looks whether a worker still lives
END_SECONDS = 300.0  # for a worker to end its run and its cluster


@dataclass(frozen=True, slots=True)
class Plan:
    """What all workers share: the clusters to copy, where, with which options; `minutes`: begin nothing after them."""

    originals: dict[int, Path]
    yard: Path
    network: int  # of the first worker's copies; the others take the next ones
    options: tuple[str, ...]
    kept: Path
    minutes: float | None = None
    keep_all: bool = False


def play_all(schedules: Sequence[Schedule], plan: Plan, jobs: int) -> Iterator[Result]:
    """Give each run's result as it ends; a worker that dies ends the whole with a RuntimeError."""
    context = multiprocessing.get_context("spawn")
    wanted, results = context.Queue(), context.Queue()
    for one in (*schedules, *([None] * jobs)):
        wanted.put(one)
    begun = time.monotonic()
    workers = [context.Process(target=_work, args=(number, plan, begun, wanted, results)) for number in range(jobs)]
    for worker in workers:
        worker.start()
    try:
        ended = 0
        while ended < jobs:
            try:
                result = results.get(timeout=POLL_SECONDS)
            except queue.Empty:
                if any(worker.exitcode for worker in workers):
                    raise RuntimeError("a worker died; what it said is above") from None
                continue
            if result is None:
                ended += 1
            else:
                yield result
    finally:
        _call_off(wanted, jobs)
        for worker in workers:
            worker.join(END_SECONDS)
            if worker.is_alive():
                worker.kill()


def _call_off(wanted: Queue[Schedule | None], jobs: int) -> None:
    """Let each worker end after its run: one that is killed leaves its cluster behind."""
    with contextlib.suppress(queue.Empty):
        while True:
            wanted.get(timeout=0.1)
    for _ in range(jobs):
        wanted.put(None)


def _work(number: int, plan: Plan, begun: float, wanted: Queue[Schedule | None], results: Queue[Result | None]) -> None:
    yard = plan.yard / f"worker-{number}"
    yard.mkdir(mode=0o755)
    ground = Ground(plan.originals, yard, plan.network + number, plan.options)
    try:
        while (one := wanted.get()) is not None:
            if plan.minutes is not None and time.monotonic() - begun > plan.minutes * 60:
                continue
            results.put(play(one, ground, yard, plan.kept, plan.options, keep_all=plan.keep_all))
    finally:
        ground.discard()
        results.put(None)
