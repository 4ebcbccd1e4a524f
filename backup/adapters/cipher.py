"""AES-256-GCM and HKDF by the library `cryptography`, for the layout of `core.sealing`."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backup.core.sealing import (
    KEY_BYTES,
    PREFIX_BYTES,
    SALT_BYTES,
    SEGMENT_BYTES,
    TAG_BYTES,
    Segments,
    Tampered,
    head,
    read_head,
)


def sealing(key: bytes, name: str) -> tuple[bytes, Segments]:
    """Begin to seal the backup `name`: gives the head of the stream, and what makes segments of the rest."""
    salt = os.urandom(SALT_BYTES)
    cipher, prefix = _derive(key, salt)
    bound = name.encode()
    return head(salt), Segments(lambda nonce, data: cipher.encrypt(nonce, data, bound), prefix, SEGMENT_BYTES)


def unsealing(key: bytes, name: str, beginning: bytes) -> Segments:
    """Begin to open it, by the head of its stream; what does not open raises Tampered."""
    cipher, prefix = _derive(key, read_head(beginning))
    bound = name.encode()

    def decrypt(nonce: bytes, data: bytes | memoryview) -> bytes:
        try:
            return cipher.decrypt(nonce, data, bound)
        except (InvalidTag, ValueError):  # ValueError: shorter than a tag
            number = int.from_bytes(nonce[PREFIX_BYTES : PREFIX_BYTES + 4], "big")
            raise Tampered(f"segment {number} of the sealed stream does not open: it was changed, or cut") from None

    return Segments(decrypt, prefix, SEGMENT_BYTES + TAG_BYTES)


def _derive(key: bytes, salt: bytes) -> tuple[AESGCM, bytes]:
    made = HKDF(SHA256(), KEY_BYTES + PREFIX_BYTES, salt, b"galera-kit backup").derive(key)
    return AESGCM(made[:KEY_BYTES]), made[KEY_BYTES:]
