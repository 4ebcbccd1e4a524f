"""The unix sockets between this process and its sidecar: one JSON line to ask, one to answer.

The sidecar is the only part that speaks to the network. It carries our questions to the voters (`ask`),
looks around at once (`look`) and swaps the cluster memory (`swap`); in the other direction it carries
the peers' questions here, where the vote is given.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peerfinder.core.codec import Malformed, from_json, to_json
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.vote import VoteReply, VoteRequest

_LONGEST_LINE = 4 << 20  # a snapshot of dozens of nodes is some 100 KB
_ASK_SECONDS = 3.0  # the agents give their voters two seconds


class AgentSocket:
    """Questions to the own sidecar. A sidecar that does not answer is a value: None, with `problem` set."""

    def __init__(self, path: Path) -> None:
        """`path` is the sidecar's socket in the run directory."""
        self._path = path
        self.problem = ""

    def ask(self, request: VoteRequest) -> dict[str, VoteReply]:
        """Carry a vote request to everybody it names; gives the answers that came."""
        answer = self._call({"verb": "ask", "request": to_json(request)})
        replies: dict[str, VoteReply] = self._decoded(dict[str, VoteReply], answer, "replies") or {}
        silent = answer.get("silent") if answer else None
        if isinstance(silent, dict):
            self.problem = "; ".join(f"{name}: {why}" for name, why in sorted(silent.items()))
        return replies

    def look(self) -> ClusterSnapshot | None:
        """Have the sidecar look at every peer now."""
        snapshot: ClusterSnapshot | None = self._decoded(ClusterSnapshot, self._call({"verb": "look"}), "snapshot")
        return snapshot

    def swap(self, expected_version: int, memory: ClusterMemory) -> str:
        """Swap the cluster memory; gives 'swapped', 'conflict' or 'unreachable'."""
        answer = self._call({"verb": "swap", "expected_version": expected_version, "memory": to_json(memory)})
        outcome = answer.get("outcome") if answer else None
        if answer and answer.get("reason"):
            self.problem = str(answer["reason"])
        return outcome if outcome in ("swapped", "conflict") else "unreachable"

    def _call(self, question: dict[str, Any]) -> dict[str, Any] | None:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(_ASK_SECONDS)
                line.connect(str(self._path))
                line.sendall(json.dumps(question).encode() + b"\n")
                answer = json.loads(_read_line(line))
        except (OSError, ValueError) as error:
            self.problem = f"the sidecar does not answer on {self._path}: {error}"
            return None
        self.problem = ""
        return answer if isinstance(answer, dict) else None

    def _decoded(self, kind: Any, answer: dict[str, Any] | None, key: str) -> Any:
        if answer is None or key not in answer:
            self.problem = self.problem or f"the sidecar says: {answer.get('error') if answer else 'nothing'}"
            return None
        try:
            return from_json(kind, answer[key])
        except Malformed as error:
            self.problem = f"the sidecar's answer is not what it should be: {error}"
            return None


class VoteSocket:
    """Serves the peers' vote requests in a thread; `consider` gives the answer and makes it durable."""

    def __init__(self, path: Path, consider: Callable[[VoteRequest], VoteReply]) -> None:
        """Take the socket over (a dead process may have left one)."""
        path.unlink(missing_ok=True)
        self._consider = consider
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        os.chmod(path, 0o600)  # noqa: PTH101 - the path is a socket just bound
        self._listener.listen(16)
        threading.Thread(target=self._serve, name="votes", daemon=True).start()

    def _serve(self) -> None:
        while True:
            line, _address = self._listener.accept()
            with line, contextlib.suppress(OSError):
                line.settimeout(2.0)  # the peer's agent waits no longer
                line.sendall(json.dumps(self._answer(line)).encode() + b"\n")

    def _answer(self, line: socket.socket) -> dict[str, Any]:
        try:
            question = json.loads(_read_line(line))
            request = from_json(VoteRequest, question["request"])
        except (ValueError, KeyError, TypeError) as error:
            return {"error": f"not a vote request: {error}"}
        try:
            answer = to_json(self._consider(request))
        except Exception as error:  # noqa: BLE001 - this thread must outlive any one question
            return {"error": f"the vote failed: {type(error).__name__}: {error}"}
        return answer if isinstance(answer, dict) else {}


def _read_line(line: socket.socket) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n"):
        part = line.recv(65536)
        if not part or len(received) > _LONGEST_LINE:
            break
        received += part
    return bytes(received)
