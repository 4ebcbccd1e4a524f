"""What the own entrypoint asks of its sidecar, over RUN_DIR/agent.sock: one JSON line there, one back, then closed.

    {"verb":"look"}                                    -> {"snapshot": ClusterSnapshot}, after a look made just now
    {"verb":"ask","request":VoteRequest}               -> {"replies": {name: VoteReply}, "silent": {name: why}}
    {"verb":"swap","expected_version":N,"memory":M}    -> {"outcome":"swapped"|"conflict"|"unreachable","reason":S}
    {"verb":"copy","node":N,"order":O}                 -> the data of another node (see `relay`)

Anything else -> {"error": sentence}. File rights are the access control (mode 0600): both containers run as one user.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from peerfinder.core.codec import Malformed, from_json, to_json
from peerfinder.core.memory import ClusterMemory
from peerfinder.core.vote import VoteReply, VoteRequest
from peerfinder.serve.look import Watch
from peerfinder.serve.relay import relay

_LIMIT = 1 << 20  # bytes of one line
_READ_SECONDS = 5.0  # for the question to arrive


async def listen(watch: Watch, path: Path) -> asyncio.Server:
    """Serve on `path`, taking over what an earlier sidecar left; raises OSError."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), _READ_SECONDS)
            question = _question(line)
            if isinstance(question, dict) and question.get("verb") == "copy":
                await relay(question, writer, watch.directory.known, watch.settings.port, watch.token.current)
                return
            answer = await _answer(watch, question) if isinstance(question, dict) else {"error": question}
            writer.write(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
            await writer.drain()
        except (OSError, TimeoutError):
            pass  # whoever asked is gone
        except ValueError as error:  # a line beyond the limit, or a malformed order for a copy
            writer.write(json.dumps({"error": str(error)}).encode() + b"\n")
        finally:
            writer.close()

    path.unlink(missing_ok=True)  # noqa: ASYNC240 - once, at the start
    server = await asyncio.start_unix_server(serve, path, limit=_LIMIT)
    path.chmod(0o600)  # noqa: ASYNC240 - see above
    return server


def _question(line: bytes) -> dict[str, Any] | str:
    try:
        return from_json(dict[str, Any], json.loads(line)) if line else {}
    except (Malformed, ValueError, RecursionError) as error:
        return f"no well-formed question: {error}"


async def _answer(watch: Watch, question: dict[str, Any]) -> dict[str, Any]:
    try:
        verb = question.get("verb")
        if verb == "look":
            return {"snapshot": to_json(await watch.look(full=True))}
        if verb == "ask":
            return await _ask(watch, from_json(VoteRequest, question.get("request"), "$.request"))
        if verb == "swap":
            version = from_json(int, question.get("expected_version"), "$.expected_version")
            return await _swap(watch, version, from_json(ClusterMemory, question.get("memory"), "$.memory"))
    except (Malformed, ValueError, RecursionError) as error:
        return {"error": f"no well-formed question: {error}"}
    return {"error": f"unknown verb {verb!r}: look, ask, swap or copy"}


async def _ask(watch: Watch, request: VoteRequest) -> dict[str, Any]:
    """Carry the question to everybody it is for, all at once."""
    others = [name for name in request.asked if name != watch.settings.name]
    body = json.dumps(to_json(request)).encode()
    known: Mapping[str, str] = watch.directory.known
    votes = await asyncio.gather(*(_ask_one(watch, name, known.get(name, ""), body) for name in others))
    given = dict(zip(others, votes, strict=True))
    return {
        "replies": {name: to_json(vote) for name, vote in given.items() if isinstance(vote, VoteReply)},
        "silent": {name: vote for name, vote in given.items() if isinstance(vote, str)},
    }


async def _ask_one(watch: Watch, name: str, address: str, body: bytes) -> VoteReply | str:
    if not address:
        return f"the address of {name} is not known: it was never in DNS"
    return await watch.peers.ask_vote(name, address, body)


async def _swap(watch: Watch, expected_version: int, memory: ClusterMemory) -> dict[str, Any]:
    outcome = await watch.keeper.swap(expected_version, memory)
    if isinstance(outcome, str):
        return {"outcome": "unreachable", "reason": outcome}
    if outcome:
        return {"outcome": "swapped", "reason": f"the memory is at version {expected_version + 1}"}
    return {"outcome": "conflict", "reason": f"the memory is not at version {expected_version} any more"}
