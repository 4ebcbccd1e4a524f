"""Zstandard, by several threads; what it has compressed carries a checksum of what it was made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import zstandard

from backup.core.damage import Damaged

LEVEL = 3  # what `zstd` takes by itself
MOST_LEVEL = 19  # beyond it, readers need more memory
PIECE_BYTES = 1 << 20


def compress(pieces: Iterable[bytes | memoryview], level: int, threads: int) -> Iterator[bytes]:
    """Compress a stream, by `threads` besides the calling one; 0: by the calling one."""
    compressor = zstandard.ZstdCompressor(level=level, threads=threads, write_checksum=True)
    stream = compressor.compressobj()
    for piece in pieces:
        if made := stream.compress(piece):
            yield made
    yield stream.flush()


def decompress(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Decompress it to `size` bytes, a MiB at a time however well it was compressed; raises Damaged if it is not so."""
    source, made = _Source(pieces), 0
    as_file: Any = source  # of a file it has what is used
    with zstandard.ZstdDecompressor().stream_reader(as_file, read_size=PIECE_BYTES) as stream:
        try:
            while piece := stream.read(PIECE_BYTES):
                made += len(piece)
                yield piece
        except zstandard.ZstdError as error:
            raise Damaged(f"it does not decompress: {error}, after {made} bytes") from None
    if made != size:
        raise Damaged(f"it decompresses to {made} bytes, and not to the {size} that it was made of")
    if source.read(1):
        raise Damaged("something comes behind the end of the compressed stream")


class _Source:
    """Pieces as a file; it gives them as they come, whatever size is asked for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._rest = iter(pieces), memoryview(b"")

    def read(self, most: int) -> bytes:
        """Give the next bytes, b'' at the end."""
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        found, self._rest = self._rest[:most], self._rest[most:]
        return bytes(found)
