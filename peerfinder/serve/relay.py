"""A copy of another node's data, brought to the own entrypoint: the sidecar alone speaks to the network.

    {"verb":"copy","node":N,"order":CopyOrder} -> {"ok":true}, and then what N's agent sends, byte for byte (`frames`),
                                                  or {"error":sentence,"passing":bool,"why":W}

The entrypoint judges what came. Here only is seen to it that no more is held than is taken, and that both ends go when
one of them does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from peerfinder.adapters import copy_http
from peerfinder.core.codec import from_json, to_json
from peerfinder.core.copying import CopyOrder, Why


async def relay(
    question: Mapping[str, Any], writer: asyncio.StreamWriter, known: Mapping[str, str], port: int, token: str
) -> None:
    """Serve one such question; raises ValueError for one that is malformed, OSError when nobody takes what comes."""
    node = from_json(str, question.get("node"), "$.node")
    order = from_json(CopyOrder, question.get("order"), "$.order")
    address = known.get(node, "")
    if not address:
        await _answer(writer, {"error": f"the address of {node} is not known: it was never in DNS", "passing": True})
        return

    async def begin() -> None:
        await _answer(writer, {"ok": True})

    async def take(piece: bytes) -> None:
        writer.write(piece)
        await writer.drain()

    refusal = await copy_http.fetch(address, port, token, json.dumps(to_json(order)).encode(), begin, take)
    if refusal is not None:
        await _answer(writer, _told(node, refusal))


def _told(node: str, refusal: copy_http.Refusal) -> dict[str, Any]:
    """What an agent said, as the entrypoint is told."""
    if refusal.cause:
        return {"error": f"{node}: {refusal.cause}", "passing": False}
    try:
        said = json.loads(refusal.body)
        why = str(said.get("why", ""))
        is_passing = said.get("passing") is True or why == Why.BUSY
        return {"error": str(said["reason"]), "passing": is_passing, "why": why}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"error": f"{node} answers with {refusal.status}: is it of another version?", "passing": False}


async def _answer(writer: asyncio.StreamWriter, answer: Mapping[str, Any]) -> None:
    writer.write(json.dumps(answer, separators=(",", ":")).encode() + b"\n")
    await writer.drain()
