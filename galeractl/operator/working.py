"""Long work in a thread of its own, while the first one shows how far it is and listens to signals."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

T = TypeVar("T")

SHOW_SECONDS = 0.2
INTERRUPTED = 130  # the exit status of a program that was ended by Ctrl-C


def work(task: Callable[[], T], show: Callable[[], None], stop: Callable[[], None]) -> T:
    """Do a task; SIGTERM and Ctrl-C tell it to stop, the second one does not wait for that."""
    with ThreadPoolExecutor(1, "work") as pool, _listening(stop):
        future = pool.submit(task)
        over = threading.Event()
        future.add_done_callback(lambda _done: over.set())
        while not over.wait(SHOW_SECONDS):
            show()
        return future.result()


@contextmanager
def _listening(stop: Callable[[], None]) -> Iterator[None]:
    told = False

    def hear(_number: int, _frame: FrameType | None) -> None:
        nonlocal told
        if told:
            os._exit(INTERRUPTED)
        told = True
        stop()

    before = {number: signal.signal(number, hear) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
