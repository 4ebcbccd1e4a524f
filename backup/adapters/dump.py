"""mariadb-dump: a logical backup, as one transaction of one node.

It logs in by an option file of mode 600, which is gone when it has ended, and ends with this process.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from peerfinder.core.option_file import option_file

READ_BYTES = 1 << 18
ENDS = b"-- Dump completed"  # its last line, without which it was cut
_TAIL = 4096  # bytes that are kept of the end: more than that line
_VERSION = re.compile(rb"^-- Server version\s+(\S+)", re.MULTILINE)


class DumpFailed(Exception):
    """No dump came, or not a whole one; the message is a sentence."""


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """Where to, and as whom; a `socket` or a host and port."""

    user: str
    password: bytes
    socket: str = ""
    host: str = ""
    port: int = 3306


@dataclass(frozen=True, slots=True)
class What:
    """What of the data; no databases are all of them."""

    databases: tuple[str, ...] = ()
    routines: bool = True
    events: bool = True
    users: bool = False  # accounts and roles, as statements


class Dump:
    """A dump that comes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._said = bytearray()
        self._listener = threading.Thread(target=self._listen, name="dump", daemon=True)
        self._listener.start()
        self.server_version = ""

    def pieces(self) -> Iterator[bytes]:
        """Give it piece by piece; raises DumpFailed at its end where it is not whole."""
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        head = tail = b""
        while piece := self._process.stdout.read(READ_BYTES):
            if not head:
                head = piece
                found = _VERSION.search(head[:_TAIL])
                self.server_version = found[1].decode(errors="replace") if found else ""
            tail = (tail + piece)[-_TAIL:]
            yield piece
        code = self._process.wait()
        self._listener.join()
        said = self._said.decode(errors="replace").strip()
        if code != 0 or ENDS not in tail:
            silent = "it does not say why" if ENDS in tail else "its last line is missing"
            last = said.splitlines()[-1] if said else silent
            raise DumpFailed(f"mariadb-dump ended with {code}: {last}")

    def _listen(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - it is a pipe
        while piece := self._process.stderr.read(READ_BYTES):
            self._said = (self._said + piece)[-_TAIL:]


@contextmanager
def dumping(login: Login, what: What) -> Iterator[Dump]:
    """Begin a dump; raises DumpFailed. The block's end gives up what has not come."""
    program = shutil.which("mariadb-dump") or shutil.which("mysqldump")
    if program is None:
        raise DumpFailed("mariadb-dump is not on PATH: install mariadb-client")
    with tempfile.TemporaryDirectory(prefix="galera-dump.") as own:
        options = Path(own) / "my.cnf"
        _write_options(options, login)
        setpriv = shutil.which("setpriv")
        process = subprocess.Popen(
            [*([setpriv, "--pdeathsig", "KILL"] if setpriv else []), program, *_words(options, what)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            yield Dump(process)
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


def _words(options: Path, what: What) -> Sequence[str]:
    return [
        f"--defaults-file={options}",
        "--single-transaction",
        "--quick",
        "--hex-blob",
        "--default-character-set=utf8mb4",
        "--triggers",
        *(["--routines"] if what.routines else []),
        *(["--events"] if what.events else []),
        *(["--system=users"] if what.users else []),
        *(["--databases", *what.databases] if what.databases else ["--all-databases"]),
    ]


def _write_options(path: Path, login: Login) -> None:
    where: dict[str, str | bytes] = {"socket": login.socket} if login.socket else {"host": login.host}
    if not login.socket:
        where |= {"port": str(login.port), "protocol": "tcp"}
    content = option_file("client", {"user": login.user, "password": login.password, **where})
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
