"""The run directory and the data volume as files: node.json and the server's own state in, cluster.json out.

Whatever is written is written under another name in the same directory and renamed, so that a reader sees a whole
file or the one before. Nothing is synced to disk: after a power cut all of it is void anyway (another boot id).
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from peerfinder.core.codec import Malformed, from_json
from peerfinder.core.copying import holds_tables
from peerfinder.core.gvwstate import SavedView, parse_gvwstate
from peerfinder.core.report import NodeFacts
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.wsrep import ServerFacts, parse_status_file

NODE = "node.json"  # entrypoint -> sidecar
CLUSTER = "cluster.json"  # sidecar -> entrypoint
STATUS = "wsrep_status.json"  # the server's wsrep_status_file
SERVER_SOCKET = "mysqld.sock"
ENTRYPOINT_SOCKET = "entrypoint.sock"
AGENT_SOCKET = "agent.sock"
COPY = "copy"  # the sidecar's own, while it gives a copy away
_GVWSTATE = Path("data") / "gvwstate.dat"  # below the volume


@dataclass(frozen=True)
class NoFacts:
    """There is no usable node.json; `reason` is a sentence."""

    reason: str


def read_node(directory: Path) -> NodeFacts | NoFacts:
    """Read what the entrypoint published."""
    path = directory / NODE
    try:
        return from_json(NodeFacts, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return NoFacts("the entrypoint has not reported yet: no node.json in the run directory")
    except OSError as error:
        return NoFacts(f"node.json cannot be read ({error.strerror}): do both containers run as the same user?")
    except (Malformed, ValueError, RecursionError) as error:
        return NoFacts(f"node.json is malformed ({error}): is the entrypoint of another version?")


def read_status(directory: Path) -> ServerFacts | None:
    """Read the server's status file; None when it is absent, unreadable or not whole."""
    try:
        return parse_status_file((directory / STATUS).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def read_gvwstate(volume: Path) -> SavedView | None:
    """Read the last Primary view that Galera saved; None when there is none."""
    try:
        return parse_gvwstate((volume / _GVWSTATE).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def size_of_tables(volume: Path) -> int:
    """Add up the bytes of the tables, which is about what a copy of them sends; a million of tables take seconds."""
    total = 0
    for directory, _subdirectories, names in os.walk(volume / "data"):
        for name in names:
            if holds_tables(name):
                with contextlib.suppress(OSError):  # dropped meanwhile
                    total += (Path(directory) / name).stat().st_size
    return total


def read_cluster(directory: Path) -> ClusterSnapshot | None:
    """Read what a sidecar before this one published last; None when there is nothing usable."""
    try:
        return from_json(ClusterSnapshot, json.loads((directory / CLUSTER).read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return None


def write_cluster(directory: Path, text: str) -> None:
    """Publish the snapshot's JSON, mode 0600; raises OSError."""
    target, draft = directory / CLUSTER, directory / f".{CLUSTER}.tmp"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(target)
