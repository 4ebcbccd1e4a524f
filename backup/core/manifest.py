"""The manifest of a backup: what it is, of which parts it consists, and how they are read.

It is written last, and read back; a folder without one is what a dead job left, and no backup. So it is read strictly:
one that is cut, changed or of a newer form is an error that names the field, never half of a backup.

The stored bytes are one stream, cut into parts of equal size but for the last: mbstream or SQL, compressed, and sealed
if the backup is encrypted (`sealing`). `raw_bytes` are those before both.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from backup.core.damage import Damaged
from backup.core.names import BackupName, Kind, parse_name, part_name
from backup.core.whereabouts import BinlogPosition
from peerfinder.core.codec import Malformed, from_json, to_json
from peerfinder.core.position import Position

VERSION = 1
"""Of this form. A reader refuses a higher one; what is only added, it ignores, so that needs no new number."""

ZSTD, AES = "zstd", "aes-256-gcm"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class BadManifest(Damaged):
    """This is no manifest, or not a whole one; the message names the field."""


@dataclass(frozen=True, slots=True)
class Part:
    """One object of the stored stream."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Encryption:
    """How it is sealed, and by which key: `key_id` is a hash of it, and tells nothing else."""

    cipher: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that is known of a backup."""

    version: int
    name: str
    kind: Kind
    cluster: str
    node: str
    started_at: str  # UTC, as in 2026-11-28T17:30:05Z
    ended_at: str
    server_version: str  # of the server that was copied, as in 10.11.19-MariaDB: it is the one that can read it
    raw_bytes: int
    stored_bytes: int
    parts: tuple[Part, ...]
    compression: str
    encryption: Encryption | None = None
    galera: Position | None = None  # the last write set that is in it; None where a dump knows none
    gtid_domain: str = ""  # of wsrep_gtid_mode
    binlog: BinlogPosition | None = None
    to_lsn: int = 0  # of the redo log
    files: int = 0  # in the mbstream
    databases: tuple[str, ...] = ()  # of a dump; empty: all
    tools: dict[str, str] = field(default_factory=dict)  # name and version of what made it

    @property
    def backup_name(self) -> BackupName:
        """Its name, parsed."""
        return parse_name(self.name)


def to_text(manifest: Manifest) -> str:
    """Write a manifest, for people too."""
    return json.dumps(to_json(manifest), indent=2) + "\n"


def parse_manifest(text: str | bytes, folder: str) -> Manifest:
    """Read the manifest that lies in `folder`; raises BadManifest."""
    try:
        raw: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadManifest(f"it is no JSON, or was cut: {error}") from None
    _check_version(raw)
    try:
        manifest = from_json(Manifest, raw)
    except Malformed as error:
        raise BadManifest(str(error).replace("Manifest.__init__() missing", "missing")) from None
    _check(manifest, folder)
    return manifest


def _check_version(raw: Any) -> None:
    version = raw.get("version") if isinstance(raw, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BadManifest(f"version: {version!r} is none")
    if version > VERSION:
        raise BadManifest(
            f"version: {version} is newer than {VERSION}, which is what this galeractl reads: use a newer one"
        )


def _check(manifest: Manifest, folder: str) -> None:
    """Refuse what is well-formed and makes no sense."""

    def need(name: str, value: object, *, is_good: bool) -> None:
        if not is_good:
            raise BadManifest(f"{name}: {value!r} cannot be")

    need("name", manifest.name, is_good=manifest.name == folder)
    try:
        parse_name(manifest.name)
    except ValueError as error:
        raise BadManifest(f"name: {error}") from None
    for name in ("started_at", "ended_at"):
        need(name, getattr(manifest, name), is_good=bool(_TIME.fullmatch(getattr(manifest, name))))
    need("compression", manifest.compression, is_good=manifest.compression == ZSTD)
    encryption = manifest.encryption
    if encryption is not None:
        need("encryption.cipher", encryption.cipher, is_good=encryption.cipher == AES)
        need("encryption.key_id", encryption.key_id, is_good=bool(encryption.key_id))
    need("server_version", manifest.server_version, is_good=bool(manifest.server_version))
    need("raw_bytes", manifest.raw_bytes, is_good=manifest.raw_bytes > 0)
    need("parts", manifest.parts, is_good=bool(manifest.parts))
    for number, part in enumerate(manifest.parts):
        wanted = part_name(number, manifest.kind, is_encrypted=encryption is not None)
        need(f"parts[{number}].name", part.name, is_good=part.name == wanted)
        need(f"parts[{number}].size", part.size, is_good=part.size > 0)
        need(f"parts[{number}].sha256", part.sha256, is_good=bool(_SHA256.fullmatch(part.sha256)))
    total = sum(part.size for part in manifest.parts)
    need("stored_bytes", manifest.stored_bytes, is_good=manifest.stored_bytes == total)
    if manifest.kind is Kind.PHYSICAL:
        need("galera", manifest.galera, is_good=manifest.galera is not None and not manifest.galera.is_undefined)
        need("files", manifest.files, is_good=manifest.files > 0)
