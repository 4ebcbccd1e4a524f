"""The file that holds the user's key."""

from __future__ import annotations

import stat
from pathlib import Path

from backup.core.key import BadKey, parse_key
from backup.core.store import StoreTrouble


def read_key(path: Path) -> bytes:
    """Read the key; raises StoreTrouble, also where everybody on this machine can read it."""
    make = f"(umask 077; head -c 32 /dev/urandom | base64 > {path}) makes one; keep a copy where no backup is"
    try:
        mode = path.stat().st_mode
        if mode & stat.S_IROTH:
            seen = f"the key file {path} can be read by everybody on this machine ({stat.filemode(mode)})"
            raise StoreTrouble(seen, f"chmod 600 {path}", wrong=True)
        return parse_key(path.read_bytes())
    except OSError as error:
        raise StoreTrouble(f"the key file {path} cannot be read: {error.strerror}", make, wrong=True) from None
    except BadKey as error:
        raise StoreTrouble(f"the key file {path} holds no key, but {error}", make, wrong=True) from None
