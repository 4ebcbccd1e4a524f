"""mariadb-backup against the own server: its stream, its log, its end.

It reads the data directly and asks the server for the rest. Where the volume is mounted read-only that is enough: with
`--stream` nothing is written but temporary files, which have a directory of their own in the run directory (nothing was
left there on 10.11 and 11.8; the directory itself must be there). The account is the monitor user's, whose grants are
those that mariadb-backup asks for; name, password and socket stand in an option file of mode 600 in that directory,
which is gone when the program has ended.

The program runs in a process group of its own, which is killed when the copy is given up. If this process dies first,
the kernel kills it (`setpriv`, part of every Linux), and without that it ends at its next write, since nobody reads.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from peerfinder.core.option_file import option_file

PIPE_BYTES = 1 << 20
"""Of the pipe that the stream comes by: the most that Linux grants everybody. With the 64 KiB it has by itself the two
programs wait for each other all the time."""

PROGRAMS = ("mariadb-backup", "mariabackup")
_PLACES = os.pathsep.join(("/usr/bin", "/usr/sbin"))


class NoBackup(Exception):
    """mariadb-backup cannot be started; the message is a sentence."""


@dataclass(frozen=True)
class Account:
    """How it logs in."""

    user: str
    password_file: Path | None
    socket: Path


@dataclass(frozen=True)
class _Pipe:
    """Where the stream comes out."""

    reader: asyncio.StreamReader
    transport: asyncio.ReadTransport

    @classmethod
    async def of(cls, descriptor: int) -> _Pipe:
        reader = asyncio.StreamReader(PIPE_BYTES)
        transport, _protocol = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
        )
        return cls(reader, transport)


class Running:
    """One run: `read` gives its stream piece by piece, b'' at its end; `wait` its exit code."""

    def __init__(self, process: asyncio.subprocess.Process, pipe: _Pipe, log: asyncio.Task[None]) -> None:
        self._process, self._pipe, self._log = process, pipe, log

    async def read(self, most: int) -> bytes:
        """Give the next bytes of the stream."""
        return await self._pipe.reader.read(most)

    async def wait(self) -> int:
        """Wait for its end, and that of its log; gives its exit code, or the signal as a negative number."""
        await self._log
        return await self._process.wait()

    def kill(self) -> None:
        """End it at once, with whatever it has started."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def tidy(directory: Path) -> None:
    """Remove what a process that was killed left there: an option file, with a password in it."""
    shutil.rmtree(directory, ignore_errors=True)


@asynccontextmanager
async def running(
    directory: Path, account: Account, parallel: int, note: Callable[[str], None]
) -> AsyncIterator[Running]:
    """Run it, with `directory` as its own; `note` gets the lines of its log. Raises NoBackup.

    It does not outlive the block, and nothing of it is left in `directory`.
    """
    tidy(directory)
    try:
        options = _write_options(directory, account)
        process, pipe = await _start(_command(options, directory, parallel))
    except (OSError, NoBackup) as error:
        tidy(directory)
        if isinstance(error, NoBackup):
            raise
        raise NoBackup(f"mariadb-backup cannot be started: {error.strerror or error} ({directory})") from None
    assert process.stderr is not None  # noqa: S101 - it is a pipe
    log = asyncio.create_task(_read_log(process.stderr, note))
    found = Running(process, pipe, log)
    try:
        yield found
    finally:
        found.kill()
        log.cancel()
        pipe.transport.close()
        await process.wait()
        tidy(directory)


async def _start(command: Sequence[str]) -> tuple[asyncio.subprocess.Process, _Pipe]:
    """Start a program; its standard output comes by a pipe that holds more than pipes do by themselves."""
    ours, its = os.pipe()
    try:
        with contextlib.suppress(OSError):  # this user has used up what pipes may hold: it is only slower
            fcntl.fcntl(its, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=its,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(its)
    return process, await _Pipe.of(ours)


async def _read_log(stream: asyncio.StreamReader, note: Callable[[str], None]) -> None:
    """Give lines on, the last one of them also without its end; one that is too long comes in pieces."""
    rest = b""
    while piece := await stream.read(1 << 16):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            note(line.decode(errors="replace"))
        rest = rest[-(1 << 16) :]
    if rest:
        note(rest.decode(errors="replace"))


def _options(account: Account) -> bytes:
    values: dict[str, str | bytes] = {"user": account.user, "socket": str(account.socket)}
    if account.password_file is not None:
        try:
            values["password"] = account.password_file.read_bytes().rstrip(b"\n")
        except OSError as error:
            raise NoBackup(
                f"the password file of the monitor user {account.user!r} cannot be read ({error.strerror}): "
                f"{account.password_file}"
            ) from None
    return option_file("client", values)


def _write_options(directory: Path, account: Account) -> Path:
    """Make the directory, with the option file in it."""
    content, path = _options(account), directory / "my.cnf"
    directory.mkdir(mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return path


def _command(options: Path, directory: Path, parallel: int) -> list[str]:
    """The command line; --defaults-file comes first, and nothing else of this machine's my.cnf is read."""
    program = next((found for name in PROGRAMS if (found := _find(name))), None)
    if program is None:
        raise NoBackup("mariadb-backup is not on PATH: install mariadb-backup, of the server's version")
    setpriv = _find("setpriv")
    return [
        *([setpriv, "--pdeathsig", "KILL"] if setpriv else []),
        program,
        f"--defaults-file={options}",
        "--backup",
        "--stream=mbstream",
        "--galera-info",
        f"--parallel={parallel}",
        f"--target-dir={directory}",
        f"--tmpdir={directory}",
    ]


def _find(name: str) -> str | None:
    return shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + _PLACES)
