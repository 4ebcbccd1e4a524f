"""The own entrypoint over its Unix socket: one JSON line there, one JSON line back, then the connection is closed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

ANSWER_SECONDS = 2.0  # a voter gathers its facts and syncs its promise to disk before it answers
_LIMIT = 1 << 20  # bytes of one line


class NoEntrypoint(Exception):
    """The entrypoint gave no answer; the message is a sentence."""


async def ask(socket: Path, request: dict[str, Any]) -> Any:
    """Send one request and give the parsed answer; raises NoEntrypoint."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(str(socket), limit=_LIMIT)
            try:
                writer.write(json.dumps(request, separators=(",", ":")).encode() + b"\n")
                await writer.drain()
                line = await reader.readline()
            finally:
                writer.close()
        if not line.endswith(b"\n"):
            raise NoEntrypoint("the entrypoint closed the connection without an answer; its log says why")
        return json.loads(line)
    except TimeoutError:
        raise NoEntrypoint(f"the entrypoint did not answer within {ANSWER_SECONDS:g} s") from None
    except OSError as error:
        raise NoEntrypoint(f"the entrypoint does not listen ({error.strerror or error}): is it running?") from None
    except ValueError as error:
        raise NoEntrypoint(f"the entrypoint's answer is no JSON ({error})") from None
