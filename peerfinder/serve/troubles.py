"""What goes wrong with the things around this node: said in the log when it begins, changes, and is over."""

from __future__ import annotations

import logging

log = logging.getLogger("peerfinder")


class Troubles:
    """What was said last of each thing."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    def say(self, what: str, sentence: str, level: int = logging.WARNING) -> None:
        """Log a trouble when it is new or another one than before, and when it is over ('')."""
        before = self._said.get(what, "")
        if sentence and sentence != before:
            log.log(level, sentence)
        elif before and not sentence:
            log.info("trouble is over", extra={"facts": {"what": what}})
        self._said[what] = sentence
