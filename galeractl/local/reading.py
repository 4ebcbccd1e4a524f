"""Reading a log that somebody else goes on writing."""

from __future__ import annotations

import os
import time
from pathlib import Path

from galeractl.core.trouble import Trouble

POLL_SECONDS = 0.2


def tail(file: Path, lines: int) -> tuple[list[str], int]:
    """Give the last lines of a log, and where it ended."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Trouble(f"{file} cannot be read: {error.strerror}", "start the node first") from None
    past = data.decode(errors="replace").splitlines()
    return past[-lines:] if lines > 0 else [], len(data)


def follow(file: Path, offset: int) -> None:
    """Print what is appended, until interrupted."""
    try:
        with file.open("rb") as stream:
            stream.seek(offset)
            while True:
                more = stream.read()
                if more:
                    os.write(1, more)
                else:
                    time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        return
