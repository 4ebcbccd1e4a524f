"""Between two threads: in order, bounded, and each learns how the other ended."""

from __future__ import annotations

import threading

import pytest

from backup.run.pipe import GivenUp, Pipe


def test_pieces_come_in_order_and_then_the_end():
    pipe = Pipe(100)
    for piece in (b"a", b"b"):
        pipe.put(piece)
    pipe.end()
    assert list(pipe) == [b"a", b"b"]


def test_an_error_comes_after_what_came_before_it():
    pipe, found = Pipe(100), []
    pipe.put(b"a")
    pipe.end(ValueError("gone"))
    with pytest.raises(ValueError, match="gone"):
        found.extend(pipe)
    assert found == [b"a"]


def test_who_writes_waits_for_room():
    pipe, written = Pipe(10), threading.Event()

    def write() -> None:
        pipe.put(b"x" * 10)
        pipe.put(b"y")
        written.set()
        pipe.end()

    thread = threading.Thread(target=write)
    thread.start()
    assert not written.wait(0.1)
    assert b"".join(pipe) == b"x" * 10 + b"y"
    thread.join()
    assert written.is_set()


def test_who_writes_is_told_when_nobody_reads():
    pipe = Pipe(1)
    pipe.put(b"xx")
    told = []

    def write() -> None:
        with pytest.raises(GivenUp):
            pipe.put(b"y")
        told.append(True)

    thread = threading.Thread(target=write)
    thread.start()
    pipe.give_up()
    thread.join(5)
    assert told == [True]
