"""The API server's end of a port-forward over a websocket: two channels, one of data and one of errors."""

from __future__ import annotations

import base64
import hashlib
import select
import socket
import struct
from http.server import BaseHTTPRequestHandler

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
_PROTOCOL = "v4.channel.k8s.io"
_BINARY, _CLOSE = 2, 8
_DATA, _ERROR = b"\x00", b"\x01"


def is_wanted(handler: BaseHTTPRequestHandler) -> bool:
    """Whether a request asks for a websocket."""
    return handler.headers.get("Upgrade", "").lower() == "websocket"


def serve(handler: BaseHTTPRequestHandler, port: int, target: tuple[str, int] | None) -> None:
    """Carry bytes between the websocket and `target` until one of them ends; without one say that nobody listens."""
    key = handler.headers["Sec-WebSocket-Key"] + _MAGIC
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    handler.send_response(101)
    for name, value in {
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept,
        "Sec-WebSocket-Protocol": _PROTOCOL,
    }.items():  # fmt: skip
        handler.send_header(name, value)
    handler.end_headers()
    handler.close_connection = True
    line = handler.connection
    for channel in (_DATA, _ERROR):
        _send(line, channel + struct.pack("<H", port))
    try:
        pod = socket.create_connection(target or ("127.0.0.1", 1), 5)
    except OSError:
        _send(line, _ERROR + b"an error occurred forwarding 8008 -> 8008: connection refused")
        _send(line, b"", _CLOSE)
        return
    with pod:
        _carry(line, pod)


def _carry(line: socket.socket, pod: socket.socket) -> None:
    while True:
        ready, _, _ = select.select([line, pod], [], [], 20)
        if not ready:
            return
        if pod in ready:
            data = pod.recv(65536)
            if not data:
                _send(line, b"", _CLOSE)
                return
            _send(line, _DATA + data)
        if line in ready:
            head = _read(line, 2)
            if len(head) < 2 or head[0] & 15 == _CLOSE:
                return
            size = head[1] & 127
            if size == 126:
                size = struct.unpack(">H", _read(line, 2))[0]
            elif size == 127:
                size = struct.unpack(">Q", _read(line, 8))[0]
            mask, body = _read(line, 4), _read(line, size)
            plain = bytes(one ^ mask[place % 4] for place, one in enumerate(body))
            if head[0] & 15 == _BINARY and plain[:1] == _DATA:
                pod.sendall(plain[1:])


def _read(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size and (part := line.recv(size - len(found))):
        found += part
    return found


def _send(line: socket.socket, body: bytes, kind: int = _BINARY) -> None:
    size = len(body)
    if size < 126:
        head = struct.pack(">BB", 128 | kind, size)
    elif size < 1 << 16:
        head = struct.pack(">BBH", 128 | kind, 126, size)
    else:
        head = struct.pack(">BBQ", 128 | kind, 127, size)
    line.sendall(head + body)
