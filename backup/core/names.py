"""Names of backups: `2026-11-28.173005.db-1`, the time (UTC) at which one began, and the node it was taken from.

They sort by time as text, so that every listing of a store is a history. A backup is a folder of that name below the
prefix of the store:

    NAME/part-00000.mbstream.zst[.aes]   ...   its parts, in their order
    NAME/manifest.json                         what it is; written last: without it there is no backup
    NAME/verified.json                         what was found when it was verified, if it was
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import UTC, datetime

MANIFEST = "manifest.json"
VERIFIED = "verified.json"
_FORM = "%Y-%m-%d.%H%M%S"
_NAME = re.compile(r"(?P<at>\d{4}-\d\d-\d\d\.\d{6})\.(?P<node>[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)")


class Kind(enum.StrEnum):
    """How the data were read."""

    PHYSICAL = "physical"  # the files of a server, by mariadb-backup
    LOGICAL = "logical"  # statements that make the data again, by mariadb-dump


class BadName(ValueError):
    """This is no name of a backup."""


@dataclass(frozen=True, slots=True, order=True)
class BackupName:
    """When a backup began, to the second, and of which node it is."""

    at: datetime
    node: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC):{_FORM}}.{self.node}"


def parse_name(text: str) -> BackupName:
    """Read a name; raises BadName."""
    found = _NAME.fullmatch(text)
    if found is None:
        raise BadName(f"{text!r} is no name of a backup: those are like 2026-11-28.173005.db-1")
    try:
        at = datetime.strptime(found["at"], _FORM).replace(tzinfo=UTC)
    except ValueError:
        raise BadName(f"{text!r} is no name of a backup: there is no such time") from None
    return BackupName(at, found["node"])


def part_name(number: int, kind: Kind, *, is_encrypted: bool) -> str:
    """Name the part of this number, counted from 0, within the folder of its backup."""
    content = {Kind.PHYSICAL: "mbstream", Kind.LOGICAL: "sql"}[kind]
    return f"part-{number:05}.{content}.zst{'.aes' if is_encrypted else ''}"
