"""Is a copy whole? By the log and the exit status of mariadb-backup, never by one of them."""

from __future__ import annotations

import pytest

from peerfinder.core.backup_log import MOST_CHARACTERS, MOST_LINES, BackupLog

STAMP = "[00] 2026-11-28 17:28:35 "
NOISE = [
    "[01] 2026-11-28 17:28:35 Streaming ./mysql/gtid_slave_pos.ibd",
    "[00] 2026-11-28 17:28:35         ...done",
    "[01] 2026-11-28 17:28:35 aria table file ./mysql/proc.MAI is copied successfully.",
    "[01] 2026-11-28 17:28:35 Copied file ./mysql/slow_log.CSV for log table `mysql`.`slow_log`, 0 bytes",
]


def log(*lines: str) -> BackupLog:
    one = BackupLog()
    for line in lines:
        one.add(line)
    return one


ENDS = {
    "done": ([f"{STAMP}completed OK!"], 0, ""),
    "done, and then something": (
        [f"{STAMP}completed OK!", "oops"], 0, "mariadb-backup ended with 0, and not with 'completed OK!': oops"),
    "said to be done, and failed": (
        [f"{STAMP}completed OK!"], 1, "mariadb-backup ended with 1: completed OK!"),
    "refused": (
        [f"{STAMP}Failed to connect to MariaDB server: Access denied."], 1,
        "mariadb-backup ended with 1: Failed to connect to MariaDB server: Access denied."),
    "the error, not what follows": (
        [f"{STAMP}Error: cannot read ./a/b.ibd", f"{STAMP}Stopping log copying thread."], 1,
        "mariadb-backup ended with 1: Error: cannot read ./a/b.ibd"),
    "a line of the storage engine": (
        ["2026-11-28 17:28:35 0 [ERROR] InnoDB: no"], 1, "mariadb-backup ended with 1: [ERROR] InnoDB: no"),
    "killed, in silence": ([], -9, "mariadb-backup was ended by signal 9"),
    "ended well, in silence": ([""], 0, "mariadb-backup ended with 0, and not with 'completed OK!'"),
}  # fmt: skip


@pytest.mark.parametrize("case", ENDS)
def test_why_it_failed(case):
    lines, code, reason = ENDS[case]
    assert log(*lines).why_failed(code) == reason


def test_the_tail_is_without_single_files_and_short():
    assert log(*NOISE).tail == ()
    assert log("a\n", *NOISE, "b").tail == ("a", "b")
    many = log(*(f"{number} " + "x" * 1000 for number in range(100)))
    assert len(many.tail) == MOST_LINES
    assert max(map(len, many.tail)) == MOST_CHARACTERS
