"""The cluster as a small tree, one line per node, in the style that operators of replication know.

    local-1f3a  ONLINE, can tolerate 1 failure
    db-0    [0,Synced,10.11.6,rw,812,writer]
    + db-1  [0,Synced,10.11.6,rw,812,]
    - db-2  [-,unreachable,-,-,-,]  its agent does not run

In brackets: receive queue, state, version, rw or ro, seqno, flags; `-` is "not known". The writer stands on top; `+` is
a node that takes part, `-` one that does not, with the reason behind it.
"""

from __future__ import annotations

from galeractl.core.diagnose import Diagnosis
from galeractl.core.nodeline import NodeLine
from peerfinder.core.state import State, tolerance

UNKNOWN = "-"


def render_topology(diagnosis: Diagnosis) -> str:
    """Draw the tree, without a line break at its end."""
    online = diagnosis.state in (State.ONLINE, State.ONLINE_PARTIAL)
    head = f"{diagnosis.cluster}  {diagnosis.state}" + (f", {tolerance(diagnosis.tolerates)}" if online else "")
    ordered = sorted(diagnosis.nodes, key=lambda node: node.name != diagnosis.writer)  # stable: by ordinal otherwise
    names = [_branch(node, diagnosis.writer) + node.name for node in ordered]
    width = max(map(len, names), default=0)
    lines = [f"{name:<{width}}  {line_of(node, diagnosis.writer)}" for name, node in zip(names, ordered, strict=True)]
    return "\n".join([head, *lines])


def line_of(node: NodeLine, writer: str | None) -> str:
    """Give what stands behind a node's name."""
    mode = UNKNOWN if node.read_only is None else "ro" if node.read_only else "rw"
    flags = (*(["writer"] if node.name == writer else []), *node.flags)
    cells = [_cell(node.recv_queue), _state(node), _cell(node.version), mode, _cell(node.seqno), "+".join(flags)]
    behind = "" if _takes_part(node) or not node.reason else f"  {node.reason}"
    return f"[{','.join(cells)}]{behind}"


def _branch(node: NodeLine, writer: str | None) -> str:
    if node.name == writer:
        return ""
    return "+ " if _takes_part(node) else "- "


def _takes_part(node: NodeLine) -> bool:
    return node.role.takes_part


def _state(node: NodeLine) -> str:
    return node.state if _takes_part(node) and node.state else str(node.role)


def _cell(value: int | str | None) -> str:
    return UNKNOWN if value is None else str(value)
