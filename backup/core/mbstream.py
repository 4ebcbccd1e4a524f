"""The stream of mariadb-backup (mbstream), read as it passes: is it whole, and what does it say of itself?

It is a sequence of chunks, each of a head and, for some, content; numbers are little-endian. The head: `XBSTCK01`, one
byte of flags, one byte of type, the length of a path (4 bytes) and the path. The types:

    P  a piece of a file: its length (8), its offset (8), its CRC-32 (4), the piece
    E  the file is complete
    S  the file goes on at another offset (8)
    R  a file has another name now: its length (4), the name
    D  a file is gone

Pieces of several files alternate. A stream may only end between two chunks, and no file may be left without its E: the
program that unpacks it (mbstream) notices neither (measured: it exits with 0). A reader that `checks` the pieces costs
a CRC for each byte; else the content is only counted, and some small files are kept, in which mariadb-backup tells
where in its history the copy is.
"""

from __future__ import annotations

import re
import zlib

from backup.core.damage import Damaged

_MAGIC = b"XBSTCK01"
_HEAD = len(_MAGIC) + 1 + 1 + 4
_PIECE = 8 + 8 + 4
_OFFSET = 8
_LENGTH = 4
MOST_PATH = 4096  # bytes; servers stop at FN_REFLEN, 512
_IGNORABLE = 0x01  # of the flags: who does not know the type may pass over it. How far, nobody can know
_REWRITES = 0x02  # of the flags: the file begins anew

_INFO = re.compile(r"(?:\./)?((?:xtrabackup|mariadb_backup)_(?:galera_info|binlog_info|checkpoints|info))")
"""Exact names: an SST that this node once got has left files with endings beside them, which are copied, too."""
MOST_INFO = 1 << 16  # bytes that are kept of one; they have some hundred


class BadStream(Damaged):
    """This is no whole stream; the message says what is wrong, and where."""


class MbstreamReader:
    """Reads a stream that comes in pieces, cut anywhere."""

    def __init__(self, *, checks: bool = False) -> None:
        self.info: dict[str, bytes] = {}  # the small files, by their names without `xtrabackup_` or `mariadb_backup_`
        self.files = 0  # that are complete
        self.size = 0  # bytes of the stream
        self._checks = checks
        self._open: set[bytes] = set()  # files without their E so far
        self._held = bytearray()  # of what is to be read next
        self._wanted = _HEAD
        self._read = self._read_head
        self._type = 0
        self._flags = 0
        self._path = b""
        self._missing = 0  # bytes of the piece that have not come
        self._crc = self._expected_crc = 0
        self._keep = ""  # the name of the small file that a piece is of

    def feed(self, piece: bytes | memoryview) -> None:
        """Take the next bytes; raises BadStream."""
        rest = memoryview(piece)
        self.size += len(rest)
        while rest:
            if self._missing:
                rest = self._pass_over(rest)
                continue
            taken = rest[: self._wanted - len(self._held)]
            self._held += taken
            rest = rest[len(taken) :]
            if len(self._held) == self._wanted:
                content = bytes(self._held)
                self._held.clear()
                self._read(content)

    def finish(self) -> None:
        """Say that the stream has ended; raises BadStream where it is not whole."""
        where = f"after {self.size} bytes"
        if self._missing or self._held or self._read != self._read_head:
            raise BadStream(f"the mbstream breaks off in the middle of a chunk, {where}")
        if self._open:
            some = ", ".join(sorted(_text(path) for path in self._open)[:3])
            raise BadStream(f"the mbstream ends without the end of {len(self._open)} files ({some}), {where}")
        if not self.files:
            raise BadStream("the mbstream is empty")

    def _next(self, wanted: int, read: object) -> None:
        self._wanted, self._read = wanted, read  # type: ignore[assignment]  # one of the methods below

    def _read_head(self, head: bytes) -> None:
        if not head.startswith(_MAGIC):
            raise BadStream(f"no chunk of an mbstream begins at byte {self.size}, or somewhat before it")
        self._flags, self._type = head[8], head[9]
        length = int.from_bytes(head[10:14], "little")
        if chr(self._type) not in "PESRD":
            raise BadStream(
                f"a chunk of the mbstream is of an unknown type, {chr(self._type)!r}, before byte {self.size}"
            )
        if not 0 < length <= MOST_PATH:
            raise BadStream(f"the mbstream has a path of {length} bytes, before byte {self.size}")
        self._next(length, self._read_path)

    def _read_path(self, path: bytes) -> None:
        self._path = path
        match chr(self._type):
            case "P":
                self._next(_PIECE, self._read_piece)
            case "S":
                self._next(_OFFSET, self._read_offset)
            case "R":
                self._next(_LENGTH, self._read_length)
            case "E":
                self._open.discard(path)
                self.files += 1
                if name := _info_name(path):
                    self.info.setdefault(name, b"")
                self._next(_HEAD, self._read_head)
            case _:
                self._next(_HEAD, self._read_head)

    def _read_piece(self, numbers: bytes) -> None:
        self._missing = int.from_bytes(numbers[:8], "little")
        offset = int.from_bytes(numbers[8:16], "little")
        self._expected_crc, self._crc = int.from_bytes(numbers[16:], "little"), 0
        self._open.add(self._path)
        self._keep = _info_name(self._path)
        if self._keep and offset == 0:
            self.info[self._keep] = b""
        self._next(_HEAD, self._read_head)
        if not self._missing:
            self._end_piece()

    def _read_offset(self, _offset: bytes) -> None:
        self._next(_HEAD, self._read_head)

    def _read_length(self, length: bytes) -> None:
        number = int.from_bytes(length, "little")
        if not 0 < number <= MOST_PATH:
            raise BadStream(f"the mbstream has a path of {number} bytes, before byte {self.size}")
        self._next(number, self._read_new_name)

    def _read_new_name(self, _name: bytes) -> None:
        self._next(_HEAD, self._read_head)

    def _pass_over(self, rest: memoryview) -> memoryview:
        """Take what has come of a piece of a file; gives what comes behind it."""
        taken = rest[: self._missing]
        self._missing -= len(taken)
        if self._checks:
            self._crc = zlib.crc32(taken, self._crc)
        if self._keep:
            self.info[self._keep] = (self.info.get(self._keep, b"") + bytes(taken))[:MOST_INFO]
        if not self._missing:
            self._end_piece()
        return rest[len(taken) :]

    def _end_piece(self) -> None:
        if self._checks and self._crc != self._expected_crc:
            raise BadStream(f"a piece of {_text(self._path)} was changed: its CRC is wrong, before byte {self.size}")


def _info_name(path: bytes) -> str:
    found = _INFO.fullmatch(_text(path)) if len(path) < 64 else None  # 64: all of them are shorter
    return found[1].removeprefix("xtrabackup_").removeprefix("mariadb_backup_") if found else ""


def _text(path: bytes) -> str:
    return path.decode(errors="replace")
