"""One node's agent: ask it for the cluster as it sees it (GET /v1/cluster)."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass

from peerfinder.core.codec import Malformed, from_json
from peerfinder.core.snapshot import ClusterSnapshot

TIMEOUT_SECONDS = 2.0  # an agent answers from memory; a machine under load may still take a second


@dataclass(frozen=True, slots=True)
class NoSnapshot:
    """No snapshot came; `answered` tells whether the agent is there all the same."""

    reason: str
    answered: bool


def ask(host: str, port: int, token: str, seconds: float = TIMEOUT_SECONDS) -> ClusterSnapshot | NoSnapshot:
    """Fetch one agent's snapshot, or say why there is none."""
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", "/v1/cluster", headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        body = response.read()
    except TimeoutError:
        return NoSnapshot(f"its agent did not answer within {seconds:.0f} s", answered=False)
    except ConnectionRefusedError:
        return NoSnapshot("its agent does not run", answered=False)
    except (OSError, http.client.HTTPException) as error:
        return NoSnapshot(f"its agent cannot be asked: {error or type(error).__name__}", answered=False)
    finally:
        connection.close()
    if response.status != http.client.OK:
        hint = body.decode(errors="replace").strip()[:200]  # 200: one line of a terminal or two
        return NoSnapshot(f"its agent answered {response.status} {response.reason}: {hint}", answered=True)
    try:
        return from_json(ClusterSnapshot, json.loads(body))
    except (Malformed, ValueError) as error:
        return NoSnapshot(f"its agent answered what this galeractl cannot read: {error}", answered=True)
