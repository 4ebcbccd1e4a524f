"""How far something long is: a bar on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from peerfinder.core.progress import amount

if TYPE_CHECKING:
    from rich.progress import Progress

LINE_SECONDS = 10.0


class TransferBar:
    """Bytes, or things, done and to do; `quiet` shows nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet, self._moves = quiet, sys.stderr.isatty()
        self._bar: Progress | None = None
        self._began = self._told_at = time.monotonic()

    def __enter__(self) -> Self:
        if self._moves and not self._quiet:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[far]}"))
            self._bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
            self._bar.add_task("", total=None, far="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, what: str, done: int, total: int = 0, *, unit: str = "") -> None:
        """Show how far it is; bytes, or `unit`s."""
        seconds = time.monotonic() - self._began
        far = _far(done, total, unit, seconds)
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=what, completed=done, total=total or None, far=far)
        elif not self._quiet and time.monotonic() - self._told_at >= LINE_SECONDS:
            self._told_at = time.monotonic()
            print(f"{what}: {far}, {seconds:.0f} s", file=sys.stderr, flush=True)


def _far(done: int, total: int, unit: str, seconds: float) -> str:
    if unit:
        return f"{done} of {total} {unit}" if total else f"{done} {unit}"
    share = f" of {amount(total)} ({min(100, 100 * done // total)} %)" if total else ""
    rate = f", {amount(int(done / seconds))}/s" if seconds > 1 else ""
    return f"{amount(done)}{share}{rate}"
