"""A position in a Galera history: `uuid:seqno`.

Seqnos count the write sets of one history (the uuid). They may be compared only inside one uuid and,
since a history can fork (see `lineage`), only after the lineages agree. This type therefore has no
ordering of its own: whoever compares says why it may.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ZERO_UUID = "00000000-0000-0000-0000-000000000000"
UUID_PATTERN = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
UNDEFINED_SEQNO = -1  # WSREP_SEQNO_UNDEFINED of wsrep_api.h


@dataclass(frozen=True, slots=True)
class Position:
    """How far data reach: `seqno` write sets of history `uuid`; `gtid` is the server's own suffix, kept verbatim.

    `gtid` looks like `0-10-62` and is there with wsrep_gtid_mode=ON; --wsrep-start-position takes it back as is.
    """

    uuid: str
    seqno: int
    gtid: str = ""

    def __post_init__(self) -> None:
        """Reject what is no uuid: a position with a bad uuid would compare unequal to every good one."""
        if not re.fullmatch(UUID_PATTERN, self.uuid):
            raise ValueError(f"not a uuid: {self.uuid!r}")

    @property
    def is_undefined(self) -> bool:
        """Whether the server has never taken part in a history, or forgot (uuid 0 or seqno -1)."""
        return self.uuid == ZERO_UUID or self.seqno == UNDEFINED_SEQNO

    def __str__(self) -> str:
        """Give the form that --wsrep-start-position takes."""
        return f"{self.uuid}:{self.seqno}" + (f",{self.gtid}" if self.gtid else "")


_POSITION = re.compile(rf"(?P<uuid>{UUID_PATTERN}):(?P<seqno>-?\d+)(?:,(?P<gtid>[\d,-]+))?")


def parse_position(text: str) -> Position:
    """Read `uuid:seqno` or `uuid:seqno,domain-server-seqno`; raises ValueError naming the text."""
    match = _POSITION.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not a position: {text!r}")
    return Position(match["uuid"].lower(), int(match["seqno"]), match["gtid"] or "")
