"""Pieces of a stream on their way from one thread to another, never more than so many bytes of them.

Each end learns how the other ended: who reads gets the error that the writer met, after all that came before it; who
writes gets GivenUp once nobody reads any more.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

Piece = bytes | memoryview


class GivenUp(Exception):
    """Nobody reads what is written."""


class Pipe:
    """One way, for one writer and one reader."""

    def __init__(self, most: int) -> None:
        """`most`: bytes that may wait in it; one piece may always."""
        self._most = most
        self._pieces: deque[Piece] = deque()
        self._size = 0
        self._changed = threading.Condition()
        self._ended: BaseException | bool = False  # True: in good order
        self._is_given_up = False

    def put(self, piece: Piece) -> None:
        """Write a piece, once there is room for it; raises GivenUp."""
        with self._changed:
            while self._size >= self._most and not self._is_given_up:
                self._changed.wait()
            if self._is_given_up:
                raise GivenUp
            self._pieces.append(piece)
            self._size += len(piece)
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing more comes, and why not."""
        with self._changed:
            self._ended = error or True
            self._changed.notify_all()

    def give_up(self) -> None:
        """Say that nobody reads any more; what waits is dropped."""
        with self._changed:
            self._is_given_up = True
            self._pieces.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[Piece]:
        """Give the pieces; raises what the writer met."""
        while True:
            with self._changed:
                while not self._pieces and not self._ended:
                    self._changed.wait()
                if not self._pieces:
                    if isinstance(self._ended, BaseException):
                        raise self._ended
                    return
                piece = self._pieces.popleft()
                self._size -= len(piece)
                self._changed.notify_all()
            yield piece
