"""`galeractl backup` on a real cluster, and the stores that it is pointed at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.cluster import LocalCluster, wait_for

BIG_ROWS = 49152  # of a KiB, incompressible: the copy is longer than what sockets and pipes hold
SECONDS = 60.0


@dataclass
class Store:
    """A place for backups: its URL, what a client's environment has to say, and the directory where objects lie."""

    url: str
    environment: dict[str, str]
    folder: Path

    def part(self, name: str, number: int) -> Path:
        """The file of a part."""
        return sorted((self.folder / name).glob("part-*"))[number]


@dataclass
class Galeractl:
    """The program on a cluster, against a store."""

    cluster: LocalCluster

    def start(self, store: Store, *words: str) -> subprocess.Popen[str]:
        """Start `galeractl backup`; the store stands behind --to or --from, which is the last word."""
        command = [sys.executable, "-m", "galeractl", "--local", str(self.cluster.directory), "--json", "backup",
                   *words, store.url]  # fmt: skip
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return subprocess.Popen(
            command, env=environment | store.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, store: Store, *words: str, code: int = 0, seconds: float = 240.0) -> Any:
        """Run it, and give its answer."""
        process = self.start(store, *words)
        out, err = process.communicate(timeout=seconds)
        assert process.returncode == code, f"{words} ended with {process.returncode}: {out}{err}"
        return json.loads(out)


def at_rest(cluster: LocalCluster) -> None:
    """Wait until every node takes part again, and nothing is left of a copy."""

    def resting() -> bool:
        return all(
            node.status("wsrep_local_state_comment") == "Synced"
            and node.status("wsrep_desync_count") == "0"
            and not (node.run / "copy").exists()
            for node in cluster.nodes
        ) and all("stepped-out" not in one["flags"] for one in cluster.status()["nodes"])

    wait_for("every node to take part again", resting, SECONDS, cluster.words)


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Store]:
    """A directory on a file system of its own, which gets full."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "none", str(folder)], check=False)
    assert mounted.returncode == 0, "this test mounts a small file system: run it as root"
    try:
        yield Store(f"file://{folder}", {}, folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)
