"""A node's agent by HTTP: the stream of a copy (POST /v1/copy), and how it ended.

The agent sends a heart-beat while it has nothing to send, so silence means that it is gone, and is not waited out.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from peerfinder.core.codec import to_json
from peerfinder.core.copying import CopyOrder, Refused, Why
from peerfinder.core.frames import SILENT_SECONDS, BadFrame, CopyBegin, CopyEnd, FrameReader

READ_BYTES = 1 << 20
_REFUSED = 409


class CopyFailed(Exception):
    """No copy came, or not a whole one; `log` is the end of mariadb-backup's, where it got so far."""

    def __init__(self, reason: str, log: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason, self.log = reason, log


class CopyRefused(CopyFailed):
    """The node gives none; the agent says why, and what to do."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.reason)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Way:
    """The way to the agent of `node`: `connect` gives a connected socket (raises OSError)."""

    node: str
    connect: Callable[[], socket.socket]
    host: str  # as the request names it
    token: str


class Copy:
    """A copy that comes."""

    def __init__(self, node: str, answer: http.client.HTTPResponse) -> None:
        self.node, self._answer, self._reader = node, answer, FrameReader()

    @property
    def begin(self) -> CopyBegin | None:
        """What was known when it began; None before the first piece."""
        return self._reader.begin

    @property
    def end(self) -> CopyEnd | None:
        """How it ended."""
        return self._reader.end

    def pieces(self) -> Iterator[memoryview]:
        """Give the stream piece by piece; raises CopyFailed at its end where it is not whole."""
        try:
            while piece := self._answer.read1(READ_BYTES):
                yield from self._reader.feed(piece)
        except TimeoutError:
            raise CopyFailed(f"the agent of {self.node} has said nothing for {SILENT_SECONDS:.0f} s") from None
        except (OSError, http.client.HTTPException, BadFrame) as error:
            came = self._reader.received
            why = str(error) or type(error).__name__
            raise CopyFailed(f"the stream of {self.node} broke off after {came} bytes: {why}") from None
        if why := self._reader.why_failed():
            raise CopyFailed(why, self.end.log if self.end else ())


@contextmanager
def copying(way: Way, order: CopyOrder) -> Iterator[Copy]:
    """Order a copy; raises CopyRefused, CopyFailed. The block's end gives up what has not come by then."""
    connection = http.client.HTTPConnection(way.host, timeout=SILENT_SECONDS)
    headers = {"Authorization": f"Bearer {way.token}", "Content-Type": "application/json"}
    try:
        try:
            connection.sock = way.connect()
            connection.sock.settimeout(SILENT_SECONDS)
            connection.request("POST", "/v1/copy", json.dumps(to_json(order)), headers)
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise _failure(way.node, answer)
        except TimeoutError:
            raise CopyFailed(f"the agent of {way.node} did not answer within {SILENT_SECONDS:.0f} s") from None
        except (OSError, http.client.HTTPException) as error:
            why = str(error) or type(error).__name__
            raise CopyFailed(f"the agent of {way.node} cannot be asked: {why}") from None
        yield Copy(way.node, answer)
    finally:
        connection.close()


def _failure(node: str, answer: http.client.HTTPResponse) -> CopyFailed:
    content = answer.read(READ_BYTES)
    try:
        told: Any = json.loads(content)
        reason = str(told["reason"])
        if answer.status == _REFUSED:
            remedy = str(told.get("remedy", ""))
            return CopyRefused(Refused(Why(told["why"]), reason, remedy, passing=bool(told.get("passing"))))
    except (ValueError, KeyError, TypeError, RecursionError):
        reason = content.decode(errors="replace").strip()[:200]  # 200: one line of a terminal or two
    return CopyFailed(f"the agent of {node} answered {answer.status} {answer.reason}: {reason}")
