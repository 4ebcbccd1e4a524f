"""A peer's agent by HTTP: one connection for each address, kept open between requests.

tornado's own client opens a new connection each time, which costs three and a half times the processor time of a kept
one (measured: 0.70 against 0.20 ms for both ends), and this is what an agent does most. So its HTTP/1 connection is
used directly. A kept connection may have been closed by the other end meanwhile: then a GET is sent once more on a new
one (a POST always has one of its own, so that it is never sent twice). Every exchange ends within `timeout` seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError
from tornado.tcpclient import TCPClient

NAME_HEADER = "Galerakit-Node"  # in every answer of an agent: whose agent it is
MAX_BODY = 1 << 20  # bytes of an answer; a report with its record is some kilobytes


@dataclass(frozen=True)
class Reply:
    """One answer: the HTTP status, the name of the node whose agent gave it ('' if it gave none), the body."""

    status: int
    node: str
    body: bytes


class NoReply(Exception):
    """No answer came; the message names the cause without the address."""


@dataclass
class _Delegate(HTTPMessageDelegate):
    status: int = 0
    node: str = ""
    closing: bool = False
    chunks: list[bytes] = field(default_factory=list)

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        if isinstance(start_line, ResponseStartLine):
            self.status = start_line.code
        self.node = headers.get(NAME_HEADER, "")
        self.closing = headers.get("Connection", "").lower() == "close"

    def data_received(self, chunk: bytes) -> None:
        self.chunks.append(chunk)


class Agents:
    """The agents of all peers; `port` is the same for all of them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._client = TCPClient()
        self._idle: dict[str, IOStream] = {}
        self._parameters = HTTP1ConnectionParameters(
            no_keep_alive=False, max_body_size=MAX_BODY, max_header_size=16384, decompress=False
        )

    async def get(self, address: str, path: str, token: str, timeout: float) -> Reply:  # noqa: ASYNC109 - one limit for all steps
        """Ask for `path`; raises NoReply."""
        return await self._exchange(address, RequestStartLine("GET", path, "HTTP/1.1"), token, b"", timeout)

    async def post(self, address: str, path: str, token: str, body: bytes, timeout: float) -> Reply:  # noqa: ASYNC109 - see get
        """Send a JSON body to `path`; raises NoReply."""
        return await self._exchange(address, RequestStartLine("POST", path, "HTTP/1.1"), token, body, timeout)

    def close(self) -> None:
        """Close all kept connections."""
        for stream in self._idle.values():
            stream.close()
        self._idle.clear()

    async def _exchange(self, address: str, line: RequestStartLine, token: str, body: bytes, limit: float) -> Reply:
        try:
            async with asyncio.timeout(limit):
                kept = self._idle.pop(address, None) if line.method == "GET" else None
                if kept is not None and not kept.closed():
                    with contextlib.suppress(StreamClosedError):
                        return await self._on(kept, address, line, token, body)
                stream = await self._client.connect(address, self._port)
                return await self._on(stream, address, line, token, body)
        except TimeoutError:
            raise NoReply(f"no answer within {limit:g} s") from None
        except StreamClosedError as error:
            raise NoReply(_cause(error)) from None
        except OSError as error:
            raise NoReply((error.strerror or str(error)).lower()) from None

    async def _on(self, stream: IOStream, address: str, line: RequestStartLine, token: str, body: bytes) -> Reply:
        """One request and its answer; the stream is kept when it may be used again, and closed in every other case."""
        reusable = False
        try:
            stream.set_nodelay(True)
            connection = HTTP1Connection(stream, is_client=True, params=self._parameters)
            host = f"[{address}]" if ":" in address else address
            headers = HTTPHeaders({"Host": f"{host}:{self._port}", "Authorization": f"Bearer {token}"})
            if body:
                headers["Content-Type"], headers["Content-Length"] = "application/json", str(len(body))
            delegate = _Delegate()
            await connection.write_headers(line, headers, body)
            connection.finish()
            await connection.read_response(delegate)
            if not delegate.status:
                raise StreamClosedError
            reusable = not delegate.closing and not stream.closed()
            return Reply(delegate.status, delegate.node, b"".join(delegate.chunks))
        finally:
            if reusable and address not in self._idle:
                self._idle[address] = stream
            else:
                stream.close()


def _cause(error: StreamClosedError) -> str:
    real = error.real_error
    if isinstance(real, OSError) and real.strerror:
        return real.strerror.lower()
    return str(real) if real else "the connection was closed"
