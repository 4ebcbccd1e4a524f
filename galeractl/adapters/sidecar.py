"""The sidecar of the pod that this program runs in, over RUN_DIR/agent.sock: one JSON line there, one back.

It looks at everybody anew for whoever asks, and swaps the cluster memory: so no container but the sidecar's needs an
account of the API.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from peerfinder.core.codec import from_json, to_json
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.snapshot import ClusterSnapshot

SOCKET = "agent.sock"
ASK_SECONDS = 5.0  # a look takes one or two, a swap up to three


class NoSidecar(Exception):
    """The sidecar gave no answer; the message says where it was asked and why."""


def look(directory: Path) -> ClusterSnapshot:
    """Have it look at everybody now; raises NoSidecar."""
    answer = _ask(directory, {"verb": "look"})
    try:
        return from_json(ClusterSnapshot, answer.get("snapshot"), "$.snapshot")
    except ValueError as error:
        raise NoSidecar(f"what it answered on {directory / SOCKET} cannot be read ({error})") from None


def swap(directory: Path, expected_version: int, memory: ClusterMemory) -> bool:
    """Swap the memory; False when it has changed. Raises OSError when that was not possible, and NoSidecar."""
    answer = _ask(directory, {"verb": "swap", "expected_version": expected_version, "memory": to_json(memory)})
    outcome = answer.get("outcome")
    if outcome in {"swapped", "conflict"}:
        return bool(outcome == "swapped")
    raise OSError(str(answer.get("reason") or answer.get("error") or "no reason was given"))


def _ask(directory: Path, question: dict[str, Any]) -> dict[str, Any]:
    path = directory / SOCKET
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(ASK_SECONDS)
            line.connect(str(path))
            line.sendall(json.dumps(question).encode() + b"\n")
            with line.makefile(encoding="utf-8") as file:
                answer = json.loads(file.readline())
    except TimeoutError:
        raise NoSidecar(f"it does not answer on {path} within {ASK_SECONDS:g} s") from None
    except FileNotFoundError:
        raise NoSidecar(f"{path} does not exist: it has not started yet, or has ended") from None
    except (OSError, ValueError) as error:
        raise NoSidecar(f"it does not answer on {path} ({getattr(error, 'strerror', None) or error})") from None
    if not isinstance(answer, dict):
        raise NoSidecar(f"what it answered on {path} is no object")
    return answer
