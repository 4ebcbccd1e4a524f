"""Option files (my.cnf), the way in which a password reaches the programs of MariaDB: argv shows it to everybody.

Values stand in double quotes, in which a backslash escapes itself, the quote, and line ends (mysys `my_default.c`);
then `#` and `;` begin no comment, and blanks at the ends are kept.
"""

from __future__ import annotations

from collections.abc import Mapping

_ESCAPES = {b"\\": b"\\\\", b'"': b'\\"', b"\n": b"\\n", b"\r": b"\\r", b"\t": b"\\t", b"\b": b"\\b"}


def option_file(group: str, values: Mapping[str, str | bytes]) -> bytes:
    """Write one group of options; a password is bytes, whatever its encoding is."""
    lines = [f"[{group}]".encode()]
    for name, value in values.items():
        lines.append(name.encode() + b'="' + _escaped(value if isinstance(value, bytes) else value.encode()) + b'"')
    return b"\n".join(lines) + b"\n"


def _escaped(text: bytes) -> bytes:
    return b"".join(_ESCAPES.get(text[place : place + 1], text[place : place + 1]) for place in range(len(text)))
