r"""How a backup is sealed: the stored stream as segments, each encrypted and authenticated by AES-256-GCM.

    stream    head, segment, segment ... last segment
    head      `GKSEAL1\n`, a salt of 32 bytes
    segment   up to 1 MiB of the stream and a tag of 16 bytes; all but the last are full

Each backup has a key of its own, made of the user's key and the salt (HKDF-SHA256), so that no nonce is used twice
under one key. The nonce of a segment is a random prefix of 7 bytes, which is derived with the key, the segment's number
(4 bytes) and one byte that is 1 for the last segment. So a segment that is changed, moved, left out or doubled does not
open; neither does a stream that was cut between two segments, because its end is none. What a segment authenticates
besides is the name of the backup: the parts of another one, sealed by the same key, do not pass for it.

The layout is here; the cipher itself is an adapter's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from backup.core.damage import Damaged

MAGIC = b"GKSEAL1\n"
SALT_BYTES = 32
HEAD_BYTES = len(MAGIC) + SALT_BYTES
SEGMENT_BYTES = 1 << 20  # of the stream; each costs its tag and one call of the cipher
TAG_BYTES = 16
PREFIX_BYTES = 7
KEY_BYTES = 32
MOST_SEGMENTS = 1 << 32

Cipher = Callable[[bytes, bytes | memoryview], bytes]
"""Encrypts, or decrypts, one segment under a nonce; raises Tampered where it does not open."""


class Tampered(Damaged):
    """The sealed stream was changed, or another key sealed it; the message says where."""


def head(salt: bytes) -> bytes:
    """Begin a sealed stream."""
    return MAGIC + salt


def read_head(head: bytes) -> bytes:
    """Give the salt; raises Tampered."""
    if len(head) != HEAD_BYTES or not head.startswith(MAGIC):
        raise Tampered("it does not begin as a sealed backup does")
    return head[len(MAGIC) :]


def nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    """The nonce of a segment, counted from 0."""
    if not 0 <= number < MOST_SEGMENTS:
        raise ValueError(f"a sealed stream has at most {MOST_SEGMENTS} segments, of {SEGMENT_BYTES} bytes")
    return prefix + number.to_bytes(4, "big") + (b"\x01" if is_last else b"\x00")


class Segments:
    """Cuts a stream that comes in pieces into segments of `size` bytes; only the last one is known to be the last."""

    def __init__(self, transform: Cipher, prefix: bytes, size: int) -> None:
        self._transform, self._prefix, self._size = transform, prefix, size
        self._held = bytearray()
        self._number = 0

    def feed(self, piece: bytes | memoryview) -> Iterator[bytes]:
        """Take the next bytes; gives the segments that are complete and not the last."""
        self._held += piece
        while len(self._held) > self._size:
            segment = bytes(memoryview(self._held)[: self._size])
            del self._held[: self._size]
            yield self._next(segment, is_last=False)

    def finish(self) -> bytes:
        """Say that the stream has ended; gives the last segment."""
        return self._next(bytes(self._held), is_last=True)

    def _next(self, segment: bytes, *, is_last: bool) -> bytes:
        found = self._transform(nonce(self._prefix, self._number, is_last=is_last), segment)
        self._number += 1
        return found
