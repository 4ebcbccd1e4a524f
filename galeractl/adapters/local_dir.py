"""The directory of a local cluster: what lies where, and how each file is written.

    D/cluster.json            settings (ClusterSettings)      D/lock        held by the command that changes something
    D/secrets/{token,root,monitor,app}                        D/zone.json   the names that DNS gives
    D/memory.json             the cluster memory              D/replicas    how many nodes are expected
    D/initdb/                 SQL for the first initialisation
    D/nodes/db-N/{volume,run,conf.d,log}                      D/nodes/db-N/pids.json

Files change by rename, so a reader never sees half of one. Secrets are readable by their owner only.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import string
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from galeractl.core.programs import Process, Processes
from galeractl.core.settings import ClusterSettings
from galeractl.core.trouble import Code, Trouble
from peerfinder.core.codec import Malformed, from_json, to_json

AWKWARD = "'\"\\ $`;#é%"  # in one of the passwords, so that quoting stays honest everywhere
LOCK_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class NodePlace:
    """The directory of one node."""

    root: Path

    @property
    def volume(self) -> Path:
        """What would be its persistent volume."""
        return self.root / "volume"

    @property
    def run(self) -> Path:
        """What its two programs share: node.json, cluster.json, the socket."""
        return self.root / "run"

    @property
    def conf(self) -> Path:
        """Configuration files of the user, read last."""
        return self.root / "conf.d"

    @property
    def pids(self) -> Path:
        """Which processes were started."""
        return self.root / "pids.json"

    def log(self, program: str) -> Path:
        """Where a program's output goes."""
        return self.root / "log" / f"{program}.log"


@dataclass(frozen=True, slots=True)
class Place:
    """The directory of a cluster; `root` is absolute."""

    root: Path

    @property
    def settings(self) -> Path:
        """cluster.json."""
        return self.root / "cluster.json"

    @property
    def memory(self) -> Path:
        """The cluster memory."""
        return self.root / "memory.json"

    @property
    def zone(self) -> Path:
        """What the name server reads."""
        return self.root / "zone.json"

    @property
    def replicas(self) -> Path:
        """How many nodes are expected, as a number."""
        return self.root / "replicas"

    @property
    def initdb(self) -> Path:
        """SQL that runs once, when the first node fills its volume."""
        return self.root / "initdb"

    @property
    def pids(self) -> Path:
        """Which process serves the names."""
        return self.root / "pids.json"

    @property
    def exists(self) -> bool:
        """Whether a cluster was created here."""
        return self.settings.is_file()

    def secret(self, name: str) -> Path:
        """The file of a secret: token, root, monitor or app."""
        return self.root / "secrets" / name

    def node(self, name: str) -> NodePlace:
        """The directory of a node."""
        return NodePlace(self.root / "nodes" / name)


def read_settings(place: Place) -> ClusterSettings:
    """Read cluster.json; Trouble if there is no cluster or the file is not one."""
    try:
        return from_json(ClusterSettings, json.loads(place.settings.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise Trouble(f"there is no cluster in {place.root}", "galeractl local start", Code.USAGE) from None
    except PermissionError as error:
        raise Trouble(f"{place.settings} cannot be read: {error.strerror}", "run as the user who started it") from None
    except (Malformed, ValueError) as error:
        raise Trouble(f"{place.settings} is damaged: {error}", "restore it, or start a cluster elsewhere") from None


def write_settings(place: Place, settings: ClusterSettings) -> None:
    """Write cluster.json, and the number of nodes where the programs read it."""
    write(place.settings, json.dumps(to_json(settings), indent=2) + "\n", 0o600)
    write(place.replicas, f"{settings.nodes}\n", 0o644)


def read_secret(place: Place, name: str) -> str:
    """Read a secret; Trouble if it cannot be read."""
    try:
        return place.secret(name).read_text(encoding="utf-8")
    except OSError as error:
        raise Trouble(
            f"{place.secret(name)} cannot be read: {error.strerror}", "run as the user who started it"
        ) from None


def make_secrets(place: Place) -> None:
    """Make the secrets that are not there yet."""
    letters = string.ascii_letters + string.digits
    for name in ("token", "root", "monitor", "app"):
        file = place.secret(name)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        if not file.exists():
            tail = AWKWARD + secrets.choice(letters) if name == "monitor" else ""
            write(file, "".join(secrets.choice(letters) for _ in range(24)) + tail, 0o600)


def read_pids(file: Path) -> dict[str, Process]:
    """Read which processes were started; a file that cannot be read names none (their marks still find them)."""
    try:
        return from_json(Processes, json.loads(file.read_text(encoding="utf-8"))).started
    except (OSError, ValueError):
        return {}


def write_pids(file: Path, pids: dict[str, Process]) -> None:
    """Write which processes were started."""
    write(file, json.dumps(to_json(Processes(pids)), indent=2) + "\n", 0o600)


def write(file: Path, text: str, mode: int) -> None:
    """Replace a file by rename; never readable beyond `mode`, not even for a moment."""
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(handle)
    draft.replace(file)


@contextlib.contextmanager
def exclusive(place: Place, seconds: float = 60.0) -> Iterator[None]:
    """Hold the directory's lock: commands that change the cluster run one after the other."""
    place.root.mkdir(parents=True, exist_ok=True)
    with (place.root / "lock").open("a") as stream:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Trouble(
                        f"another galeractl has been changing the cluster in {place.root} for {seconds:.0f} s",
                        "wait for it, or end it",
                        Code.TIMED_OUT,
                    ) from None
                time.sleep(LOCK_POLL_SECONDS)
        yield
