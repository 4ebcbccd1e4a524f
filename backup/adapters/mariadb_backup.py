"""mariadb-backup --prepare: makes a datadir of what was copied, by its redo log."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from backup.core.damage import Damaged
from backup.core.proof import CannotVerify, is_about_room, other_series
from peerfinder.core.backup_log import BackupLog

PROGRAMS = ("mariadb-backup", "mariabackup")


def check_version(wanted: str) -> str:
    """Give the program's version; raises CannotVerify where it is not there, or not of the series of the data."""
    shown = subprocess.run([_program(), "--version"], capture_output=True, text=True, check=False)
    version = next((word for word in (shown.stdout + shown.stderr).split() if word[:1].isdigit()), "")
    if wrong := other_series("mariadb-backup", version, wanted):
        raise CannotVerify(wrong, "verify it where that version is: in the image of the cluster, say")
    return version


def prepare(directory: Path, use_memory: int) -> None:
    """Prepare what was unpacked there, with so many bytes of memory; raises Damaged, CannotVerify."""
    command = [_program(), "--prepare", f"--target-dir={directory}", f"--use-memory={use_memory}"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    said = done.stderr.decode(errors="replace")
    log = BackupLog()
    for line in said.splitlines():
        log.add(line)
    reason = log.why_failed(done.returncode)
    if reason and (is_about_room(said) or done.returncode < 0):
        raise CannotVerify(f"it could not be prepared: {reason}", "more room (--work-dir) or memory (--use-memory)")
    if reason:
        raise Damaged(f"it cannot be prepared: {reason}")


def _program() -> str:
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        raise CannotVerify("mariadb-backup is not on PATH", "install mariadb-backup, of the server's version")
    return found
