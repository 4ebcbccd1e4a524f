"""Where in its history a physical backup is: what mariadb-backup writes into the small files of its stream.

It gives four of them, under names that begin with xtrabackup_ or mariadb_backup_:

    galera_info   `079e3e87-eb51-11f1-9253-2bf7c44dc8c3:1461 100`: uuid, seqno, and the domain of wsrep_gtid_mode
    binlog_info   `binlog.000004  379  100-1-1458`: file, position, GTID; only where the server writes binary logs
    checkpoints   `to_lsn = 65289` ...: of the redo log
    info          `tool_version = 10.11.19-MariaDB` ...
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backup.core.damage import Damaged
from peerfinder.core.position import UUID_PATTERN, Position

_GALERA = re.compile(rf"(?P<uuid>{UUID_PATTERN}):(?P<seqno>-?\d+)(?:[ ,]+(?P<domain>\S+))?\s*")


class NoPosition(Damaged):
    """The stream does not say where it is; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class BinlogPosition:
    """Where a replay of binary logs would begin."""

    file: str
    position: int
    gtid: str = ""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Everything that a stream says of itself."""

    galera: Position  # the last write set that is in the data
    gtid_domain: str = ""  # of wsrep_gtid_mode
    binlog: BinlogPosition | None = None
    to_lsn: int = 0
    tool_version: str = ""
    server_version: str = ""


def whereabouts(info: Mapping[str, bytes]) -> Whereabouts:
    """Read the small files of a stream; raises NoPosition where one that has to be there is not, or says nothing."""
    text = {name: content.decode(errors="replace").strip() for name, content in info.items()}
    if "galera_info" not in text:
        raise NoPosition("the copy says no position of Galera: galera_info is missing in it")
    galera, domain = _galera(text["galera_info"])
    facts, checkpoints = _assignments(text.get("info", "")), _assignments(text.get("checkpoints", ""))
    lsn = checkpoints.get("to_lsn") or facts.get("innodb_to_lsn", "")
    return Whereabouts(
        galera,
        domain,
        _binlog(text["binlog_info"]) if text.get("binlog_info") else None,
        int(lsn) if lsn.isdigit() else 0,
        facts.get("tool_version", ""),
        facts.get("server_version", ""),
    )


def _galera(text: str) -> tuple[Position, str]:
    found = _GALERA.fullmatch(text)
    if found is None:
        raise NoPosition(f"the copy says no position of Galera: {text[:80]!r} in galera_info is none")
    position = Position(found["uuid"].lower(), int(found["seqno"]))
    if position.is_undefined:
        raise NoPosition(f"the copy says no position of Galera: {position} is that of no history")
    return position, found["domain"] or ""


def _binlog(text: str) -> BinlogPosition:
    words = text.split("\n", 1)[0].split()
    if len(words) < 2 or not words[1].isdigit():
        raise NoPosition(f"binlog_info says no position: {text[:80]!r}")
    return BinlogPosition(words[0], int(words[1]), words[2] if len(words) > 2 else "")


def _assignments(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines())
    return {name.strip(): value.strip() for name, found, value in pairs if found}
