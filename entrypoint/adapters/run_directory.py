"""The run directory shared with the sidecar: node.json goes out, cluster.json comes in.

Two files by atomic rename are the whole picture of the node; they need no fsync, since neither means
anything after a crash (their clock is the boot's).
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from peerfinder.core.codec import Malformed, from_json, to_json
from peerfinder.core.report import NodeFacts
from peerfinder.core.snapshot import ClusterSnapshot
from peerfinder.core.wsrep import ServerFacts, parse_status_file


class RunDirectory:
    """The files two containers of a pod meet in."""

    def __init__(self, root: Path) -> None:
        """`root` must exist and be writable."""
        self.root = root
        self.socket = root / "mysqld.sock"
        self.pid_file = root / "mysqld.pid"
        self.status_file = root / "wsrep_status.json"
        self.config = root / "galera.cnf"
        self.vote_socket = root / "entrypoint.sock"
        self.agent_socket = root / "agent.sock"
        self._seen: tuple[int, int] = (0, 0)
        self._snapshot: ClusterSnapshot | None = None
        self.problem = "the sidecar has not written cluster.json yet"

    def publish(self, facts: NodeFacts) -> None:
        """Write node.json."""
        path = self.root / "node.json"
        aside = path.with_name("node.json.new")
        aside.write_text(json.dumps(to_json(facts)))
        aside.rename(path)

    def snapshot(self) -> ClusterSnapshot | None:
        """Read cluster.json if it changed; None before the first one, `problem` says why."""
        path = self.root / "cluster.json"
        try:
            found = path.stat()
            mark = (found.st_ino, found.st_mtime_ns)
            if mark != self._seen:
                self._snapshot = from_json(ClusterSnapshot, json.loads(path.read_text()))
                self._seen, self.problem = mark, ""
        except OSError as error:
            self._snapshot, self.problem = None, f"no {path} ({error.strerror}): does the sidecar run?"
        except (Malformed, ValueError) as error:
            self._snapshot, self.problem = None, f"{path} is not what it should be: {error}"
        return self._snapshot

    def server_status(self) -> ServerFacts | None:
        """Read what the server says of itself in its status file; None while there is none."""
        try:
            return parse_status_file(self.status_file.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            return None

    def clear_server_files(self) -> None:
        """Remove what a dead server left: its socket, pid and status file would speak for the next one."""
        for path in (self.socket, self.pid_file, self.status_file):
            path.unlink(missing_ok=True)

    def has_config(self, datadir: Path) -> bool:
        """Whether there is a configuration for this datadir: a run directory that was copied has one for another."""
        try:
            return f"\ndatadir = {datadir}\n" in self.config.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return False

    def write_config(self, text: str, owner: tuple[int, int] | None) -> None:
        """Write the server's configuration, readable by the server alone (it holds the state transfer's password)."""
        aside = self.config.with_name("galera.cnf.new")
        aside.unlink(missing_ok=True)
        fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as file:
            file.write(text)
        if owner and os.geteuid() == 0:
            os.chown(aside, *owner)
        aside.rename(self.config)
