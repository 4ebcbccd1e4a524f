"""A copy from another node's agent: POST /v1/copy, of which the answer may be long, and come for hours.

What comes is handed on as it comes, and no more is read before it was taken. Nothing here knows what a copy is: a
stream that breaks off just ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from tornado.iostream import StreamClosedError
from tornado.tcpclient import TCPClient

PATH = "/v1/copy"
CONNECT_SECONDS = 3.0
PIECE = 1 << 20  # bytes that are read at a time
_PARAMETERS = HTTP1ConnectionParameters(
    no_keep_alive=True, chunk_size=PIECE, max_body_size=1 << 62, max_header_size=16384, decompress=False
)
_LONGEST_REFUSAL = 1 << 16

Take = Callable[[bytes], Awaitable[None]]
"""Takes what came and waits until there is room for more; what it raises ends the copy."""


@dataclass(frozen=True)
class Refusal:
    """The agent gives none: its status and its words; 0 where it could not be asked."""

    status: int
    body: bytes = b""
    cause: str = ""


@dataclass
class _Delegate(HTTPMessageDelegate):
    take: Take
    begin: Callable[[], Awaitable[None]]
    status: int = 0
    refusal: bytearray = field(default_factory=bytearray)

    async def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        if isinstance(start_line, ResponseStartLine):
            self.status = start_line.code
        if self.status == 200:
            await self.begin()

    async def data_received(self, chunk: bytes) -> None:
        if self.status == 200:
            await self.take(chunk)
        elif len(self.refusal) < _LONGEST_REFUSAL:
            self.refusal += chunk


async def fetch(
    address: str, port: int, token: str, order: bytes, begin: Callable[[], Awaitable[None]], take: Take
) -> Refusal | None:
    """Have a copy from an agent; `begin` is called before its first byte. None: it came, and has ended in some way."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            stream = await TCPClient().connect(address, port, max_buffer_size=4 * PIECE)
    except TimeoutError:
        return Refusal(0, cause=f"its agent does not answer within {CONNECT_SECONDS:g} s")
    except OSError as error:
        return Refusal(0, cause=f"its agent cannot be reached: {(error.strerror or str(error)).lower()}")
    host = f"[{address}]" if ":" in address else address
    headers = HTTPHeaders(
        {
            "Host": f"{host}:{port}",
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Content-Length": str(len(order)),
        }
    )
    delegate = _Delegate(take, begin)
    try:
        connection = HTTP1Connection(stream, is_client=True, params=_PARAMETERS)
        await connection.write_headers(RequestStartLine("POST", PATH, "HTTP/1.1"), headers, order)
        connection.finish()
        await connection.read_response(delegate)
    except StreamClosedError as error:
        if not delegate.status:
            return Refusal(0, cause=f"its agent has hung up: {error.real_error or 'the connection was closed'}")
    finally:
        stream.close()
    if not delegate.status:
        return Refusal(0, cause="its agent has hung up")
    return None if delegate.status == 200 else Refusal(delegate.status, bytes(delegate.refusal))
