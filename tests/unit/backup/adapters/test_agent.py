"""The stream of an agent, from a pretended one: whole, or said not to be."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from backup.adapters import agent
from backup.adapters.agent import CopyFailed, CopyRefused, Way, copying
from peerfinder.core.copying import CopyOrder, Why
from peerfinder.core.frames import HEARTBEAT, CopyBegin, CopyEnd, begin_frame, data_head, end_frame
from peerfinder.core.report import Purpose

ORDER = CopyOrder(Purpose.BACKUP)
BEGIN = begin_frame(CopyBegin("db-1", "10.11.19-MariaDB", 700))
OK = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


@contextmanager
def agent_that(answers: Callable[[socket.socket, bytes], None]) -> Iterator[Way]:
    """A way to an agent that gets a request and answers as it likes."""
    ours, its = socket.socketpair()

    def serve() -> None:
        with its:
            request = b""
            while b"\r\n\r\n" not in request or not request.endswith(b"}"):
                request += its.recv(4096)
            answers(its, request)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Way("db-1", lambda: ours, "db-1:8008", "hush")
    finally:
        ours.close()
        thread.join()


def sent(*frames: bytes, end: bytes = b"0\r\n\r\n") -> Callable[[socket.socket, bytes], None]:
    return lambda line, _request: line.sendall(OK + b"".join(map(chunk, frames)) + end)


def taken(way: Way) -> bytes:
    with copying(way, ORDER) as copy:
        return b"".join(bytes(piece) for piece in copy.pieces())


def test_a_whole_copy():
    asked = []

    def answers(line: socket.socket, request: bytes) -> None:
        asked.append(request)
        data = data_head(3) + b"abc"
        sent(BEGIN, HEARTBEAT, data, end_frame(CopyEnd(ok=True, sent=3, version="10.11.19")))(line, request)

    with agent_that(answers) as way, copying(way, ORDER) as copy:
        assert b"".join(bytes(piece) for piece in copy.pieces()) == b"abc"
        assert copy.begin
        assert copy.begin.total == 700
        assert copy.end
        assert copy.end.version == "10.11.19"
    assert b"POST /v1/copy" in asked[0]
    assert b"Authorization: Bearer hush" in asked[0]
    assert b'"purpose": "backup"' in asked[0]


BROKEN = {
    "no end": (sent(BEGIN, data_head(3) + b"abc"), "the stream broke off after 3 bytes, without its end"),
    "a connection that was closed": (sent(BEGIN, data_head(3) + b"abc", end=b""), "broke off after 3 bytes"),
    "other bytes than were sent": (
        sent(BEGIN, data_head(3) + b"abc", end_frame(CopyEnd(ok=True, sent=4))), "3 bytes came of 4"),
    "a failure": (sent(BEGIN, end_frame(CopyEnd(ok=False, sent=0, reason="it broke"))), "it broke"),
    "no frames": (sent(b"<html>"), "it does not begin as a copy does"),
    "no HTTP": (lambda line, _request: line.sendall(b"hello\r\n\r\n"), "cannot be asked: hello"),
    "nothing": (lambda _line, _request: None, "cannot be asked: "),
    "another status": (
        lambda line, _request: line.sendall(b'HTTP/1.1 503 No\r\nContent-Length: 17\r\n\r\n{"reason": "why"}'),
        "the agent of db-1 answered 503 No: why"),
    "words of another program": (
        lambda line, _request: line.sendall(b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno"),
        "the agent of db-1 answered 409 Conflict: no"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_whole_copy(case):
    answers, message = BROKEN[case]
    with agent_that(answers) as way, pytest.raises(CopyFailed, match=message):
        taken(way)


def test_a_refusal_says_why_and_what_to_do():
    body = json.dumps({"ok": False, "why": "few", "reason": "too few", "remedy": "wait", "passing": True}).encode()
    head = f"HTTP/1.1 409 Conflict\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with agent_that(lambda line, _request: line.sendall(head + body)) as way, pytest.raises(CopyRefused) as caught:
        taken(way)
    refused = caught.value.refused
    assert (refused.why, refused.reason, refused.remedy, refused.passing) == (Why.FEW, "too few", "wait", True)


def test_an_agent_that_is_not_there():
    def nobody() -> socket.socket:
        raise ConnectionRefusedError(111, "Connection refused")

    with pytest.raises(CopyFailed, match=r"the agent of db-1 cannot be asked: .*refused"):
        taken(Way("db-1", nobody, "x", "t"))


def test_silence_is_not_waited_out(monkeypatch):
    monkeypatch.setattr(agent, "SILENT_SECONDS", 0.2)
    over = threading.Event()

    def answers(line: socket.socket, _request: bytes) -> None:
        line.sendall(OK + chunk(BEGIN))
        over.wait(10)

    with agent_that(answers) as way:
        with pytest.raises(CopyFailed, match="the agent of db-1 has said nothing for 0 s"):
            taken(way)
        over.set()
