"""What a proxy does for the clients: it knows where to write, and hangs up where nobody can answer any more. Acts.

A machine that loses power closes no connection. Without a proxy its clients would wait for their own timeout, and the
gap that they felt would be that.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections import defaultdict

from galeractl.core.network import AGENT_PORT
from tests.support.chaos.transactions import Session

ASK_SECONDS = 0.2  # between two questions
ANSWER_SECONDS = 0.5
FALL = 3  # questions in a row that end badly, before sessions are cut: as in the chart's proxy


def answer(address: str, path: str) -> int:
    """The status of an agent's answer, 0 where none comes."""
    line = http.client.HTTPConnection(address, AGENT_PORT, timeout=ANSWER_SECONDS)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(line):
        line.request("GET", path)
        return line.getresponse().status
    return 0


class Router:
    """Knows where to write: the last node whose agent answered /primary with yes."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self._addresses = addresses
        self.writer = next(iter(addresses))

    def watch(self, ended: threading.Event) -> None:
        """Ask again and again; runs in a thread."""
        while not ended.wait(ASK_SECONDS):
            order = [self.writer, *(name for name in self._addresses if name != self.writer)]
            found = next((name for name in order if answer(self._addresses[name], "/primary") == http.client.OK), None)
            if found:
                self.writer = found


class Sessions:
    """Who is connected where, so that it can be cut from outside."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self._addresses = addresses
        self._open: dict[str, set[Session]] = defaultdict(set)
        self._lock = threading.Lock()

    def opened(self, node: str, session: Session) -> None:
        """Take note of one."""
        with self._lock:
            self._open[node].add(session)

    def closed(self, node: str, session: Session) -> None:
        """Forget it."""
        with self._lock:
            self._open[node].discard(session)

    def watch(self, node: str, path: str, ended: threading.Event) -> None:
        """Cut those of a node whose agent says that nobody can be there, or nothing; runs in a thread."""
        bad = 0
        while not ended.wait(ASK_SECONDS):
            told = answer(self._addresses[node], path)
            bad = 0 if told in (http.client.OK, http.client.NOT_FOUND) else bad + 1
            if bad >= FALL:
                with self._lock:
                    for session in self._open[node]:
                        session.cut()
