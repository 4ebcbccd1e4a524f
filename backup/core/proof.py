"""What stands between a backup and the proof that it is good, and what the programs say on the way there."""

from __future__ import annotations

import re

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_NO_ROOM = re.compile(r"no space left|disk (?:is )?full|errcode: 28|os error 28", re.IGNORECASE)


class CannotVerify(Exception):
    """Nothing was found out, because something is missing here: `seen`, and what to do."""

    def __init__(self, seen: str, remedy: str) -> None:
        super().__init__(seen)
        self.seen, self.remedy = seen, remedy


def series(version: str) -> str:
    """Give the series of a version, as in 10.11; '' where it is none."""
    found = _VERSION.search(version)
    return f"{found[1]}.{found[2]}" if found else ""


def other_series(program: str, there: str, wanted: str) -> str:
    """Say that a program is not of the series that wrote the data, '' where it is: the formats are its own."""
    if series(there) == series(wanted):
        return ""
    return (
        f"the data are those of a server {series(wanted)}, and {program} of this machine is {there or 'of no version'}"
    )


def is_about_room(log: str) -> bool:
    """Whether a program failed because its disk is full, which says nothing of the backup."""
    return bool(_NO_ROOM.search(log))


def complaints(rows: list[tuple[str, str, str, str]]) -> list[str]:
    """Give what CHECK TABLE found wrong: of its rows (table, operation, type, text) the errors, and a bad status."""
    return [
        f"{table}: {text}"
        for table, _operation, kind, text in rows
        if kind.lower() == "error" or (kind.lower() == "status" and text != "OK")
    ]
