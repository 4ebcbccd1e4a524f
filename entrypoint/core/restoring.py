"""A new cluster that begins with a stored backup: what is known of that, and whether this node can take it.

Theory. The vote decides who may form a Primary, as ever; only what that node fills its empty volume with is another
thing. A backup is never restored over anything: nobody holds data, and the memory knows no history. If it cannot be had
the node says so and tries again, and never begins an empty cluster in its place: that would be taken for the restored
one. The data begin a new history, with a uuid of its own, so nothing of the old one can ever be joined to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from backup.core.fetched import Described
from backup.core.proof import series
from peerfinder.core.codec import Malformed, from_json
from peerfinder.core.copying import room_for
from peerfinder.core.progress import amount


@dataclass(frozen=True, slots=True)
class RestoreSource:
    """Where the data of a new cluster come from; '' as the URL: from nowhere, it begins empty."""

    url: str = ""
    name: str = ""  # of the backup; '': the newest that nobody has found to be bad
    options: tuple[str, ...] = ()  # of the store, K=V
    key_file: str = ""  # of an encrypted one

    @property
    def words(self) -> list[str]:
        """The arguments that name it (see `backup.run.fetching`)."""
        named = ["--name", self.name] if self.name else []
        key = ["--key-file", self.key_file] if self.key_file else []
        options = [word for option in self.options for word in ("--store-option", option)]
        return ["--from", self.url, *named, *key, *options]


def read_description(raw: object) -> Described | str:
    """Read what the store says of the backup; a sentence where that is no description."""
    try:
        described: Described = from_json(Described, raw)
    except Malformed as error:
        return f"what is told of the backup cannot be read: {error}"
    return described


def why_not(backup: Described, version: str, free: int) -> str:
    """Say why this node cannot take it; `version` of its server, `free` bytes on its volume. '' where it can."""
    if series(backup.server_version) != series(version):
        return (
            f"{backup.name} was made by MariaDB {backup.server_version}, and this is {version}: restore it with that "
            "series, and upgrade then"
        )
    needed = room_for(backup.raw_bytes)
    if free < needed:
        return f"{backup.name} needs {amount(needed)}, and the volume has {amount(free)} free: make it larger"
    return ""


def read_progress(lines: list[str]) -> tuple[int, int]:
    """Find out how far it is, in bytes, from the last such line; (0, 0) where there is none."""
    for line in reversed(lines):
        word, _, rest = line.partition(" ")
        numbers = rest.split()
        if word == "progress" and len(numbers) == 2 and all(one.isdecimal() for one in numbers):
            return int(numbers[0]), int(numbers[1])
    return 0, 0


def last_sentence(lines: list[str]) -> str:
    """Give the last line that is no progress, without which nobody knows what was wrong."""
    said = [line.strip() for line in lines if line.strip() and not line.startswith("progress ")]
    return said[-1] if said else "the program that reads the store has ended without a word"
