"""One node's agent by HTTP: ask it for what it knows (GET), give it an order (POST).

A `Line` is the way to one agent, whatever leads there: the network, or a tunnel that another program made. Each
question opens it anew, and ends within the seconds of the line, however slowly an answer drips in.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from peerfinder.core.codec import Malformed, from_json, to_json
from peerfinder.core.snapshot import ClusterSnapshot

TIMEOUT_SECONDS = 2.0  # an agent answers from memory; a machine under load may still take a second

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """The way to one agent: `connect` gives a connected socket (raises OSError), `seconds` is for each of its steps."""

    connect: Callable[[], socket.socket]
    host: str  # as the request names it
    seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing that was asked for came; `answered` tells whether the agent is there all the same."""

    reason: str
    answered: bool
    status: int = 0  # of HTTP, 0 where nothing came
    said: str = ""  # the agent's own sentence, where it gave one


def at(host: str, port: int, seconds: float = TIMEOUT_SECONDS) -> Line:
    """Give the way over the network."""
    return Line(lambda: socket.create_connection((host, port), seconds), f"{host}:{port}", seconds)


def ask(line: Line, token: str) -> ClusterSnapshot | NoAnswer:
    """Fetch one agent's snapshot, or say why there is none."""
    return fetch(line, token, "/v1/cluster", ClusterSnapshot)


def fetch(line: Line, token: str, path: str, kind: type[T]) -> T | NoAnswer:
    """Ask for `path`, whose answer is a `kind`."""
    return _exchange(line, token, "GET", path, None, kind)


def order(line: Line, token: str, path: str, body: object, kind: type[T]) -> T | NoAnswer:
    """Send `body`, a frozen value or plain JSON, to `path`, whose answer is a `kind`."""
    return _exchange(line, token, "POST", path, json.dumps(to_json(body)), kind)


def _exchange(line: Line, token: str, method: str, path: str, body: str | None, kind: type[T]) -> T | NoAnswer:
    connection = http.client.HTTPConnection(line.host, timeout=line.seconds)
    headers = {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        connection.sock = line.connect()
        connection.sock.settimeout(line.seconds)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
    except TimeoutError:
        return NoAnswer(f"its agent did not answer within {line.seconds:.0f} s", answered=False)
    except ConnectionRefusedError:
        return NoAnswer("its agent does not run", answered=False)
    except (OSError, http.client.HTTPException) as error:
        return NoAnswer(f"its agent cannot be asked: {error or type(error).__name__}", answered=False)
    finally:
        connection.close()
    if response.status != http.client.OK:
        said = _sentence(content)
        reason = f"its agent answered {response.status} {response.reason}: {said}"
        return NoAnswer(reason, answered=True, status=response.status, said=said)
    try:
        return from_json(kind, json.loads(content))
    except (Malformed, ValueError, RecursionError) as error:
        reason = f"its agent answered what this galeractl cannot read: {error}"
        return NoAnswer(reason, answered=True, status=response.status)


def _sentence(content: bytes) -> str:
    """The sentence in an answer of an agent; of anything else the beginning."""
    try:
        told: Any = json.loads(content)
        return str(told["reason"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return content.decode(errors="replace").strip()[:200]  # 200: one line of a terminal or two
