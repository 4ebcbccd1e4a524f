"""`gvwstate.dat`: the last Primary view as Galera itself wrote it.

Written by tmp file, fsync and rename at every Primary view, removed at a clean leave (gcomm `pc.cpp`,
`view.cpp`). So it is there after a crash and tells who was in the last Primary view, by process id only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from peerfinder.core.position import UUID_PATTERN

_MY_UUID = re.compile(rf"^my_uuid: ({UUID_PATTERN})\s*$", re.MULTILINE)
_VIEW_ID = re.compile(rf"^view_id: (\d+) ({UUID_PATTERN}) (\d+)\s*$", re.MULTILINE)
_MEMBER = re.compile(rf"^member: ({UUID_PATTERN}) \d+\s*$", re.MULTILINE)
_PRIMARY = 3  # gcomm ViewType V_PRIM


@dataclass(frozen=True, slots=True)
class SavedView:
    """What one gvwstate.dat says: the writer's own id, the view's sequence number, the ids of its members."""

    my_uuid: str
    seq: int
    members: tuple[str, ...]


def parse_gvwstate(text: str) -> SavedView | None:
    """Read the file's text; None when it is not a whole Primary view (empty, truncated, garbage)."""
    mine, view, members = _MY_UUID.search(text), _VIEW_ID.search(text), _MEMBER.findall(text)
    if not mine or not view or not members or "#vwend" not in text:
        return None
    if int(view[1]) != _PRIMARY:
        return None
    return SavedView(mine[1].lower(), int(view[3]), tuple(sorted(member.lower() for member in members)))
