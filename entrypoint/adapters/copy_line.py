"""A copy of another node's data, as it comes through the own sidecar.

The sidecar alone speaks to the network. It is asked with one JSON line on its socket in the run directory, answers with
one, and then passes on what the other node's agent sends, byte for byte.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from peerfinder.core.codec import to_json
from peerfinder.core.copying import CopyOrder

PIECE = 1 << 20  # bytes at a time
ANSWER_SECONDS = 60.0  # for the donor to leave flow control (15 s at most), and to begin
_LONGEST_ANSWER = 1 << 16


class NoCopy(Exception):
    """None comes from there; the message is a sentence, `passing`: it may come in a moment; `why`: as in `Refused`."""

    def __init__(self, sentence: str, *, passing: bool = False, why: str = "") -> None:
        super().__init__(sentence)
        self.passing, self.why = passing, why


class CopyLine:
    """One copy; `close`, from any thread and at any time, ends it."""

    def __init__(self, path: Path, donor: str, order: CopyOrder) -> None:
        """`path`: the sidecar's socket. Nothing is asked yet."""
        self._path, self._donor, self._order = path, donor, order
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def pieces(self, silence: float) -> Iterator[bytes]:
        """Ask for the copy and give what comes, as it comes; raises NoCopy before the first byte.

        Afterwards OSError; TimeoutError when nothing at all, not even a heart-beat, came for `silence` seconds.
        """
        try:
            answer = self._ask()
        except (OSError, ValueError) as error:
            raise NoCopy(f"the sidecar brings no copy from {self._donor}: {error}", passing=True) from None
        if "error" in answer:
            raise NoCopy(str(answer["error"]), passing=answer.get("passing") is True, why=str(answer.get("why", "")))
        self._line.settimeout(silence)
        while piece := self._line.recv(PIECE):
            yield piece

    def _ask(self) -> dict[str, Any]:
        self._line.settimeout(ANSWER_SECONDS)
        self._line.connect(str(self._path))
        question = {"verb": "copy", "node": self._donor, "order": to_json(self._order)}
        self._line.sendall(json.dumps(question).encode() + b"\n")
        return self._read_answer()

    def close(self) -> None:
        """End it; who waits for the next piece gets none."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()

    def _read_answer(self) -> dict[str, Any]:
        """Read one line and nothing of what follows it."""
        received = bytearray()
        while not received.endswith(b"\n"):
            part = self._line.recv(1)
            if not part or len(received) > _LONGEST_ANSWER:
                raise ValueError("it has hung up")
            received += part
        answer = json.loads(received)
        if not isinstance(answer, dict):
            raise ValueError("its answer is no object")  # noqa: TRY004 - a malformed answer is like any other
        return answer
