"""The frames in which an agent sends a copy: the answer of POST /v1/copy, read by whoever asked for it.

Theory. A copy takes hours, and its end is what matters: a stream that just stops must never be taken for a whole one.
So it is cut into frames, of one byte that says what it is, four bytes of length (big-endian), and the content:

    B  begin       JSON (`CopyBegin`), the first frame
    D  data        up to 1 MiB of mariadb-backup's mbstream
    H  heart-beat  nothing; sent while there is no data, so that a reader can tell a long wait from a dead sender
    E  end         JSON (`CopyEnd`), the last frame: whether the copy is whole, and how much was sent

A stream without its end frame, or whose end counts other bytes than came, is a failed copy, whatever else was seen.

`FrameReader` takes the bytes as they come, cut anywhere, and gives data on at once: it holds back no more than a
frame's head or a JSON frame.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from peerfinder.core.codec import from_json, to_json

MOST_DATA = 1 << 20  # bytes of a data frame
MOST_JSON = 1 << 18  # bytes of begin and end: some facts, and the end of a log
HEARTBEAT_SECONDS = 5.0  # without data, after which a heart-beat is sent
SILENT_SECONDS = 60.0  # without any frame, after which a reader may give its sender up: a dozen heart-beats missed

_HEAD = 5  # bytes: what it is, and the length
_BEGIN, _DATA, _HEARTBEAT, _END = b"BDHE"


class BadFrame(ValueError):
    """What came is no stream of frames; the message says where."""


@dataclass(frozen=True, slots=True)
class CopyBegin:
    """What is known of a copy when it begins."""

    node: str
    version: str  # of the server, as in 10.11.19-MariaDB: it prepares, and runs on, what comes
    total: int = 0  # bytes of the files that are copied, 0 where not known; the stream is about as long


@dataclass(frozen=True, slots=True)
class CopyEnd:
    """How a copy ended."""

    ok: bool
    sent: int  # bytes of data
    reason: str = ""  # why it is not whole
    exit_code: int = 0  # of mariadb-backup; negative: the signal that ended it
    seconds: float = 0.0
    log: tuple[str, ...] = ()  # the last lines of mariadb-backup's log
    version: str = ""  # of the server


def begin_frame(begin: CopyBegin) -> bytes:
    """Write the first frame."""
    return _json_frame(_BEGIN, begin)


def end_frame(end: CopyEnd) -> bytes:
    """Write the last frame."""
    return _json_frame(_END, end)


def data_head(length: int) -> bytes:
    """Write the head of a data frame whose content, of 1 to MOST_DATA bytes, follows."""
    if not 0 < length <= MOST_DATA:
        raise ValueError(f"a data frame has 1 to {MOST_DATA} bytes, not {length}")
    return bytes((_DATA,)) + length.to_bytes(4, "big")


HEARTBEAT = bytes((_HEARTBEAT,)) + bytes(4)


def _json_frame(kind: int, value: CopyBegin | CopyEnd) -> bytes:
    content = json.dumps(to_json(value), separators=(",", ":")).encode()
    if len(content) > MOST_JSON:
        raise ValueError(f"a frame of {len(content)} bytes of JSON is longer than {MOST_JSON}")
    return bytes((kind,)) + len(content).to_bytes(4, "big") + content


class FrameReader:
    """Reads frames from bytes that come in pieces; `begin` and `end` are None until they came."""

    def __init__(self) -> None:
        self.begin: CopyBegin | None = None
        self.end: CopyEnd | None = None
        self.received = 0  # bytes of data
        self._held = bytearray()  # of a head, or of a JSON frame
        self._kind = 0  # of the frame whose content comes; 0: a head comes
        self._missing = 0  # bytes of its content

    def feed(self, piece: bytes | memoryview) -> Iterator[memoryview]:
        """Take the next bytes and give the data in them, as views of `piece`; raises BadFrame."""
        rest = memoryview(piece)
        while rest:
            if self.end is not None:
                raise BadFrame("something comes behind the end of the copy")
            if self._kind == _DATA:
                data, rest = rest[: self._missing], rest[self._missing :]
                self._missing -= len(data)
                self.received += len(data)
                if not self._missing:
                    self._kind = 0
                yield data
            else:
                rest = self._hold(rest)

    def why_failed(self) -> str:
        """Say, after the last byte, why the copy is not whole; '' where it is."""
        if self.end is None:
            return f"the stream broke off after {self.received} bytes, without its end"
        if not self.end.ok:
            return self.end.reason or "mariadb-backup failed"
        if self.end.sent != self.received:
            return f"{self.received} bytes came of {self.end.sent}"
        return ""

    def _hold(self, rest: memoryview) -> memoryview:
        """Keep the next bytes of a head or of JSON, and read it when it is whole; gives what is left."""
        wanted = self._missing if self._kind else _HEAD - len(self._held)
        self._held += rest[:wanted]
        left = rest[wanted:]
        if self._kind:
            self._missing -= len(rest) - len(left)
            if not self._missing:
                self._read_json(self._kind)
        elif len(self._held) == _HEAD:
            self._read_head()
        return left

    def _read_head(self) -> None:
        kind, length = self._held[0], int.from_bytes(self._held[1:], "big")
        self._held.clear()
        if self.begin is None and kind != _BEGIN:
            raise BadFrame("it does not begin as a copy does")
        if kind == _HEARTBEAT and length == 0:
            return
        most = {_BEGIN: MOST_JSON if self.begin is None else 0, _DATA: MOST_DATA, _END: MOST_JSON}.get(kind, 0)
        if not 0 < length <= most:
            raise BadFrame(f"no frame begins with {chr(kind)!r} and a length of {length}, after {self.received} bytes")
        self._kind, self._missing = kind, length

    def _read_json(self, kind: int) -> None:
        content = bytes(self._held)
        self._held.clear()
        self._kind = 0
        try:
            raw = json.loads(content)
            if kind == _BEGIN:
                self.begin = from_json(CopyBegin, raw)
            else:
                self.end = from_json(CopyEnd, raw)
        except (ValueError, RecursionError) as error:
            raise BadFrame(f"a frame of the copy cannot be read: {error}") from None
