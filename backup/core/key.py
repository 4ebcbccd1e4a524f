"""The key of the user's by which backups are sealed: 32 bytes, in a file as they are, or as text.

A backup names the key that opens it by a hash of it, so that the wrong one is noticed before a byte is read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from backup.core.sealing import KEY_BYTES

_ID = b"galera-kit backup key\n"
_HEX = re.compile(rb"[0-9a-fA-F]{64}")


class BadKey(ValueError):
    """This is no key; the message tells nothing of what was there but its length."""


def parse_key(content: bytes) -> bytes:
    """Read a key: 32 bytes, 64 hexadecimal digits, or base64 of 32 bytes; raises BadKey."""
    if len(content) == KEY_BYTES:
        return content
    text = content.strip()
    if _HEX.fullmatch(text):
        return bytes.fromhex(text.decode())
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadKey(f"{len(content)} bytes that are neither {KEY_BYTES} bytes, nor they in hexadecimal or base64")
    return key


def key_id(key: bytes) -> str:
    """Name a key."""
    return hashlib.sha256(_ID + key).hexdigest()[:16]
