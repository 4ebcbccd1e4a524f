"""How many nodes there are to be, as told: by the API (the StatefulSet's `spec.replicas`), and by a file.

The API is asked less often than a look is made, a scale takes seconds anyway; a look that a candidate asks for asks
anew. What the API said counts for some seconds more when it fails, so that one lost answer changes nothing; after that
it is one of the numbers of which the largest counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from peerfinder.serve.latest import Latest

SETTLED_SECONDS = 2.0  # between two questions while nothing moves
BUSY_SECONDS = 1.0  # and otherwise
KEPT_SECONDS = 5.0  # what the API said longer ago does not count; a few lost answers

Ask = Callable[[], int]
"""Asks the API and blocks; raises OSError or ValueError with a sentence."""


class Scale:
    """The number of nodes by the API and otherwise; None where nothing is told, with the sentence in `problems`."""

    def __init__(self, ask: Ask | None, path: Path) -> None:
        self._ask_api, self._path = ask, path
        self._latest = Latest(self._ask)
        self._asked_at: float | None = None
        self._told_at = 0.0
        self.by_api: int | None = None
        self._last_word: int | None = None
        self._by_file: int | None = None
        self.problems = {"api": "", "file": ""}

    @property
    def otherwise(self) -> tuple[int | None, ...]:
        """What else is told: by the file, and by the API before it fell silent."""
        return self._by_file, self._last_word

    async def refresh(self, now: float, patience: float, *, settled: bool, anew: bool = False) -> None:
        """Ask both, the API unless its last answer is young enough."""
        self._read_file()
        if self._ask_api is None:
            return
        pause = SETTLED_SECONDS if settled else BUSY_SECONDS
        if anew:
            self._latest.forget()
        elif self._asked_at is not None and now - self._asked_at < pause:
            return
        answer = await self._latest.within(patience)
        if isinstance(answer, int):
            self.by_api = self._last_word = answer
            self._told_at, self._asked_at, self.problems["api"] = now, now, ""
            return
        if isinstance(answer, str):
            self._asked_at, self.problems["api"] = now, answer
        if now - self._told_at > KEPT_SECONDS:
            self.by_api = None

    async def _ask(self) -> int | str:
        if self._ask_api is None:
            return "there is no API"
        try:
            return await asyncio.to_thread(self._ask_api)
        except (OSError, ValueError) as error:
            return f"the number of nodes cannot be asked of the API ({error})"

    def _read_file(self) -> None:
        try:
            self._by_file, self.problems["file"] = int(self._path.read_text(encoding="ascii")), ""
        except (OSError, ValueError) as error:
            self._by_file = None
            self.problems["file"] = f"the number of nodes cannot be read from {self._path}: {error}"
