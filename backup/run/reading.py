"""Reading a backup back: part after part, hashed, unsealed, decompressed. Whoever restores reads it in this way too.

Nothing is given before it was looked at: a segment that does not open, a part whose hash is wrong, a missing part are
Damaged, with the name of the part. But the hash of a part is known only at its end, so who uses the pieces of a backup
that is not sealed counts on them only when all have come.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from backup.adapters import cipher, zstd
from backup.adapters.objectstore import Store
from backup.core.damage import Damaged
from backup.core.key import key_id
from backup.core.manifest import Manifest, parse_manifest
from backup.core.names import MANIFEST, VERIFIED
from backup.core.sealing import HEAD_BYTES
from backup.core.store import StoreTrouble
from backup.core.verification import Verified, parse_verified


def read_manifest(store: Store, name: str) -> Manifest:
    """Read the manifest of a backup; raises Damaged, and StoreTrouble, `missing` where there is no such backup."""
    try:
        text = store.get(f"{name}/{MANIFEST}")
    except StoreTrouble as trouble:
        if trouble.missing:
            raise StoreTrouble(
                f"{store.url}: there is no backup {name}", "galeractl backup list", missing=True
            ) from None
        raise
    try:
        return parse_manifest(text, name)
    except Damaged as error:
        raise Damaged(f"the manifest of {name} cannot be used: {error}") from None


def read_verified(store: Store, name: str) -> Verified:
    """Read what was found when it was verified."""
    try:
        return parse_verified(store.get(f"{name}/{VERIFIED}"))
    except StoreTrouble as trouble:
        if trouble.missing:
            return Verified()
        raise


def check_key(store: Store, manifest: Manifest, key: bytes | None) -> None:
    """Raise StoreTrouble where this key does not open this backup."""
    encryption = manifest.encryption
    if encryption is None:
        return
    if key is None:
        seen = f"{store.url}: {manifest.name} is encrypted, by the key {encryption.key_id}"
        raise StoreTrouble(seen, "name the file of that key: --encrypt-key-file FILE", wrong=True)
    if key_id(key) != encryption.key_id:
        seen = f"{store.url}: {manifest.name} was encrypted by the key {encryption.key_id}, and this is {key_id(key)}"
        raise StoreTrouble(seen, "name the file of that key: --encrypt-key-file FILE", wrong=True)


def read_pieces(store: Store, manifest: Manifest, key: bytes | None) -> Iterator[bytes]:
    """Give what was stored, mbstream or SQL; raises Damaged, StoreTrouble."""
    check_key(store, manifest, key)
    stored = _stored(store, manifest)
    opened = _unseal(stored, key, manifest.name) if manifest.encryption and key else stored
    yield from zstd.decompress(opened, manifest.raw_bytes)
    for _rest in stored:  # so that the last part's hash is looked at, too
        raise Damaged("something comes behind the end of the compressed stream")


def _stored(store: Store, manifest: Manifest) -> Iterator[bytes]:
    for part in manifest.parts:
        path = f"{manifest.name}/{part.name}"
        digest, size = hashlib.sha256(), 0
        try:
            found = store.look(path).size
            if found != part.size:
                raise Damaged(f"{part.name} has {found} bytes, and had {part.size} when it was stored")
            for piece in store.get_pieces(path, part.size):
                digest.update(piece)
                size += len(piece)
                yield piece
        except StoreTrouble as trouble:
            if trouble.missing:
                raise Damaged(f"{part.name} is missing") from None
            raise
        if size != part.size or digest.hexdigest() != part.sha256:
            raise Damaged(f"{part.name} was changed: its SHA-256 is not that of the manifest")


def _unseal(pieces: Iterator[bytes], key: bytes, name: str) -> Iterator[bytes]:
    beginning = b""
    while len(beginning) < HEAD_BYTES:
        piece = next(pieces, b"")
        if not piece:
            raise Damaged("it is shorter than the head of a sealed stream")
        beginning += piece
    segments = cipher.unsealing(key, name, beginning[:HEAD_BYTES])
    yield from segments.feed(beginning[HEAD_BYTES:])
    for piece in pieces:
        yield from segments.feed(piece)
    yield segments.finish()
