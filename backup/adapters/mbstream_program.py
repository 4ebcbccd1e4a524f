"""mbstream, the program that unpacks what mariadb-backup streams.

It ends with 0 also where it could not write a file (measured), so what it says counts, too.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from backup.core.proof import CannotVerify

PROGRAM = "mbstream"


def unpack(pieces: Iterable[bytes | memoryview], directory: Path, threads: int) -> None:
    """Unpack a stream into a directory; raises CannotVerify where that does not succeed, and what `pieces` raises."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise CannotVerify("mbstream is not on PATH", "install mariadb-backup, of the server's version")
    command = [program, "--extract", f"--parallel={threads}", f"--directory={directory}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stderr is not None  # noqa: S101
        try:
            with suppress(BrokenPipeError):  # it has ended, and says why
                for piece in pieces:
                    _write_all(process, piece)
            with suppress(BrokenPipeError):
                process.stdin.close()
            said = process.stderr.read().decode(errors="replace").strip()
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0 or said:
        last = said.splitlines()[-1] if said else f"it ended with {process.returncode}"
        raise CannotVerify(
            f"mbstream could not unpack it into {directory}: {last}", "room and rights there: --work-dir"
        )


def _write_all(process: subprocess.Popen[bytes], piece: bytes | memoryview) -> None:
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    rest = memoryview(piece)
    while rest:
        rest = rest[process.stdin.write(rest) :]
