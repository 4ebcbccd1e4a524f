"""A copy as it comes over the sidecar's socket: what is asked, what comes, and what comes instead."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from entrypoint.adapters.copy_line import CopyLine, NoCopy
from peerfinder.core.copying import CopyOrder
from peerfinder.core.report import Purpose

ORDER = CopyOrder(Purpose.SEED, 2, allow_writer=True)


@contextmanager
def sidecar(path: Path, answer: bytes) -> Iterator[list[bytes]]:
    """A socket that reads one line, answers, and hangs up; what it was asked."""
    asked: list[bytes] = []
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        line, _ = listener.accept()
        with line:
            asked.append(line.makefile("rb").readline())
            line.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield asked
    thread.join(10)
    listener.close()


def test_it_asks_for_the_copy_of_a_node_and_gives_what_comes(tmp_path: Path) -> None:
    with sidecar(tmp_path / "s", b'{"ok":true}\nBbytes\n{') as asked:
        assert b"".join(CopyLine(tmp_path / "s", "db-1", ORDER).pieces(5)) == b"Bbytes\n{"
    question = json.loads(asked[0])
    assert (question["verb"], question["node"]) == ("copy", "db-1")
    assert question["order"] | {"purpose": "seed", "parallel": 2, "allow_writer": True} == question["order"]


@pytest.mark.parametrize(
    ("answer", "said", "passing", "why"),
    [
        (b'{"error":"db-1 is the writer","passing":false,"why":"writer"}\n', "db-1 is the writer", False, "writer"),
        (b'{"error":"db-1 is busy","passing":true,"why":"busy"}\n', "db-1 is busy", True, "busy"),
        (b"", "it has hung up", True, ""),
        (b"what?\n", "the sidecar brings no copy from db-1", True, ""),
        (b"[]\n", "no object", True, ""),
    ],
    ids=["refused", "busy", "hung up", "no JSON", "no object"],
)
def test_what_comes_instead_is_a_sentence(tmp_path: Path, answer: bytes, said: str, passing: bool, why: str) -> None:
    with sidecar(tmp_path / "s", answer), pytest.raises(NoCopy, match=said) as told:
        next(CopyLine(tmp_path / "s", "db-1", ORDER).pieces(5))
    assert (told.value.passing, told.value.why) == (passing, why)


def test_without_a_sidecar_there_is_none_now(tmp_path: Path) -> None:
    with pytest.raises(NoCopy, match="brings no copy from db-1") as told:
        next(CopyLine(tmp_path / "nobody", "db-1", ORDER).pieces(5))
    assert told.value.passing


def test_who_closes_it_ends_whoever_waits_for_the_next_piece(tmp_path: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    line, got = CopyLine(tmp_path / "s", "db-1", ORDER), list[bytes]()
    begun = threading.Event()

    def read() -> None:
        with suppress(OSError):  # or the end, whichever it sees first
            for piece in line.pieces(60):
                got.append(piece)
                begun.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    with listener.accept()[0] as other:
        other.sendall(b'{"ok":true}\nB')
        assert begun.wait(10)
        line.close()
        thread.join(10)
    assert not thread.is_alive()
    assert got == [b"B"]
    listener.close()
